"""Requests to the API against plain views that run the same SQL, in one process, without a socket.

Both go through the site's own WSGI handler and all of its middleware, which counts requests, and
run the queries that sign in and look permissions up. Ours show a real token and pay for what the
API does besides: DRF, the token's signature, checks, envelope.
"""

import io
import json
import random
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test import override_settings

from loyalty_site.accounts.groups import HOST_GROUP
from loyalty_site.accounts.models import User
from loyalty_site.accounts.sessions import issue_tokens

from .ledger import LedgerBenchmarks
from .rounds import Ratio, call_for, compare

READERS = 200
WARM_UP_CALLS = 50
# Limits that count and are never reached.
REQUESTS_PER_SECOND_MAX = 10_000
POOL = {"min_size": 1, "max_size": 2, "timeout": 10}


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked for; a body makes it a POST."""

    path: str
    query: str = ""
    token: str = ""
    body: Any = None


def measure_http(ledger: LedgerBenchmarks, *, rounds: int) -> Iterator[Ratio]:
    """A report of one activity and a look at one's points, each against its plain view."""
    members = len(ledger.accounts)
    readers = [(user, sign_in(user)) for user in User.objects.order_by("pk")[:READERS]]
    host = make_host()
    host_token = sign_in(host)

    def new_activity() -> dict[str, str]:
        user_id = f"m{random.randrange(members)}"
        return {"eventId": secrets.token_hex(12), "userId": user_id, "action": "ATTEND_EVENT"}

    with serve() as send:

        def report() -> None:
            path = "/v2/gamification/activities"
            send(Request(path=path, token=host_token, body=new_activity()))

        def report_plainly() -> None:
            query = f"caller={host.public_id}"
            send(Request(path="/api/plain/report", query=query, body=new_activity()))

        def look() -> None:
            _, token = random.choice(readers)
            send(Request(path="/api/points/my-points", token=token))

        def look_plainly() -> None:
            reader, _ = random.choice(readers)
            send(Request(path="/api/plain/points", query=f"caller={reader.public_id}"))

        yield compare(
            work="POST /v2/gamification/activities with one activity",
            limit="a plain view with the same SQL",
            ours=warmed_up(report),
            theirs=warmed_up(report_plainly),
            wanted=0.60,
            rounds=rounds,
        )
        yield compare(
            work="GET /api/points/my-points",
            limit="a plain view with the same SQL",
            ours=warmed_up(look),
            theirs=warmed_up(look_plainly),
            wanted=0.65,
            rounds=rounds,
        )


def warmed_up(call: Callable[[], None]) -> Callable[[], float]:
    """Return what measures calls per second, after a few that do not count."""

    def measure() -> float:
        for _ in range(WARM_UP_CALLS):
            call()
        return call_for(lambda _: call())

    return measure


@contextmanager
def serve() -> Iterator[Callable[[Request], bytes]]:
    """Yield what sends a request through the site, with a pool as servers have and no 429."""
    options = connection.settings_dict["OPTIONS"]
    limits = dict.fromkeys(settings.LOYALTY_RATE_LIMITS, REQUESTS_PER_SECOND_MAX)
    connection.close()
    options["pool"] = POOL
    try:
        with override_settings(
            ROOT_URLCONF="benchmarks.plain",
            LOYALTY_RATE_LIMITS=limits,
            LOYALTY_RATE_LIMIT_WINDOW_SECONDS=1,
        ):
            handler = WSGIHandler()
            yield lambda request: send_request(handler, request)
    finally:
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's
        del options["pool"]


def send_request(handler: WSGIHandler, request: Request) -> bytes:
    """Return the body of the answer; raise RuntimeError when it is none of 2xx."""
    body = b"" if request.body is None else json.dumps(request.body).encode()
    environ = {
        "REQUEST_METHOD": "GET" if request.body is None else "POST",
        "PATH_INFO": request.path,
        "QUERY_STRING": request.query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost",
        "HTTP_ACCEPT": "application/json",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http",
    }
    if request.token:
        environ["HTTP_AUTHORIZATION"] = f"Bearer {request.token}"
    response: Any = handler(environ, lambda *_: lambda _: None)
    answer = b"".join(response)
    response.close()
    if response.status_code // 100 != 2:  # noqa: PLR2004 -- every kind of success
        raise RuntimeError(f"{request.path} answered {response.status_code}: {answer!r}")
    return answer


def make_host() -> User:
    """Return a service account that may report activities."""
    host, _ = User.objects.get_or_create(public_id="benchmark-host")
    host.groups.add(Group.objects.get(name=HOST_GROUP))
    return host


def sign_in(user: User) -> str:
    """Return an access token."""
    return issue_tokens(user=user)["accessToken"]
