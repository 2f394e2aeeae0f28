"""Every route of the site under every kind of bad request: never a 5xx, always the envelope."""

import json
import logging
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.db import OperationalError, connection
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from loyalty_site.api.envelope import is_api_path

pytestmark = pytest.mark.django_db

WRITES = ("post", "put", "patch", "delete")
METHODS = ("get", *WRITES)
JSON = "application/json"
# Pages for people.
PAGES = ("/api/docs",)
DEEP = "[" * 2_000 + "]" * 2_000
HUGE = "9" * 5_000

BODIES = {
    "empty": (b"", JSON),
    "half an object": (b'{"a": ', JSON),
    "a list": (b"[]", JSON),
    "a text": (b'"a"', JSON),
    "null": (b"null", JSON),
    "not UTF-8": (b'{"a": "\xff"}', JSON),
    "deep": (DEEP.encode(), JSON),
    "deep below a key": (f'{{"metadata": {DEEP}}}'.encode(), JSON),
    "a huge integer": (f'{{"points": {HUGE}, "amount": {HUGE}}}'.encode(), JSON),
    "beyond 64 bits": (b'{"points": 9223372036854775808}', JSON),
    "not a number": (b'{"points": NaN}', JSON),
    "infinite": (b'{"points": 1e400}', JSON),
    "a zero": (b'{"userId": "a\\u0000b"}', JSON),
    "a zero in a key": (b'{"a\\u0000b": 1}', JSON),
    "half a pair": (b'{"userId": "\\ud800"}', JSON),
    "one key twice": (b'{"a": 1, "a": 2}', JSON),
    "unknown keys": (b'{"isStaff": true, "balance": 5}', JSON),
    "too large": (b'{"a": "' + b"a" * (1024 * 1024) + b'"}', JSON),
    "another charset": (b"{}", "application/json; charset=rot13"),
    "a charset of two bytes": (b"{}", "application/json; charset=utf-16"),
    "a form": (b"a=b", "application/x-www-form-urlencoded"),
    "parts": (b"--x\r\n", "multipart/form-data"),
    "plain text": (b"{}", "text/plain"),
    "no type": (b"{}", ""),
    "a type of nothing": (b"{}", "a/b/c; x=\x01"),
}
BODY_STATUSES = {
    "half an object": {400},
    "not UTF-8": {400},
    "deep": {400},
    "deep below a key": {400},
    "a huge integer": {400},
    "beyond 64 bits": {400},
    "a zero": {400},
    "half a pair": {400},
    "one key twice": {400},
    "unknown keys": {400},
    "too large": {413},
    "another charset": {415},
    "a form": {415},
    "plain text": {415},
}
QUERIES = [
    "page=0",
    "page=-1",
    "page=abc",
    "page=1.5",
    "page=",
    f"page={10**30}",
    "page=%EF%BC%91",
    "limit=0",
    "limit=1000000000",
    f"limit={10**30}",
    "limit=abc",
    "offset=-1",
    "page=1&offset=1",
    "page=1&page=2",
    "sortBy=nothing",
    "sortBy=password",
    "sortBy=-pk",
    "sortOrder=up",
    "type=nothing",
    "status=nothing",
    "timeframe=century",
    "period=century",
    "action=nothing",
    "action=%00",
    "category=%00",
    "search=%00",
    "search=" + "a" * 5_000,
    "search=%25_%5C",
    "search=%ED%A0%80",
    "a=%ff",
    "minPoints=abc",
    f"minPoints={10**30}",
    "maxPoints=-1",
    "minPoints=NaN",
    "available=perhaps",
    "from=2024-02-30",
    "from=garbage",
    "from=0001-01-01",
    "to=9999-12-31",
    "from=9999-12-31T23:59:59-12:00",
    "startDate=2024-02-30",
    "endDate=99999-01-01",
    "startDate=2024-01-01T00:00:00",
    "at=garbage",
    "month=2024-13",
    "days=0",
    f"days={10**30}",
    "userId=nobody",
    "userId=" + "a" * 3_000,
    "format=xml",
    "format=csv",
    "neighbours=99999999999",
]
IDENTIFIERS = [
    "abc",
    "0",
    "-1",
    "1e9",
    str(2**63),
    str(10**30),
    "a" * 3_000,
    "..",
    "%25",
    "é",
    "None",
]


class Route:
    """One path of the URL table, with what its view answers."""

    def __init__(self, template: str, view: Any) -> None:
        self.template = template
        self.methods = [name for name in METHODS if hasattr(view, name)]
        self.is_public = view.permission_classes[0].__name__ == "AllowAny"

    def path(self, identifier: str = "1") -> str:
        """Return an address, with this in place of each parameter."""
        return re.sub(r"<[^>]+>", quote(identifier, safe="%"), self.template)


def routes(patterns: Any = None, before: str = "/") -> Iterator[Route]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        template = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, template)
        elif isinstance(pattern, URLPattern) and is_api_path(template):
            callback: Any = pattern.callback
            if template not in PAGES:
                yield Route(template, callback.view_class)


ROUTES = list(routes())
every_route = pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.template)


@pytest.fixture
def api(make_staff, sign_in):
    """Return a client of somebody who may do everything, so that nothing hides behind a 403."""
    boss = make_staff("boss")
    client: APIClient = sign_in(boss)
    client.raise_request_exception = False
    # What pages ask for takes a session.
    client.force_login(boss)
    return client


def check(response: Any, what: str, statuses: set[int] | None = None) -> None:
    assert response.status_code < 500, (what, response.content[:300])
    if statuses is not None:
        assert response.status_code in statuses, (what, response.content[:300])
    if response.status_code >= 400 or response["Content-Type"] == JSON:
        assert response["Content-Type"] == JSON, what
        body = json.loads(response.content)
        if "openapi" not in body:
            assert body["statusCode"] == response.status_code, what
            assert body["success"] is (response.status_code < 400), what
            assert {"message", "timestamp", "path", "method"} <= set(body), what


def takes_body(api: APIClient, route: Route, method: str) -> bool:
    """Say whether a write reads its body: one that does refuses what no JSON can be."""
    response = getattr(api, method)(route.path(), b"{", content_type=JSON)
    return response.status_code in (400, 415)


def test_the_table_is_not_empty():
    assert len(ROUTES) > 20


@every_route
def test_methods_a_path_does_not_take(api, route):
    for method in METHODS:
        if method not in route.methods:
            response = api.generic(method.upper(), route.path(), "{}", content_type=JSON)
            check(response, method, {405})
            assert method.upper() not in response["Allow"]
    for method in ("TRACE", "PROPFIND", "DISPATCH", "INITIAL"):
        check(api.generic(method, route.path()), method, {405})


@every_route
def test_bodies(api, route):
    for method in route.methods:
        if method == "get":
            continue
        reads = takes_body(api, route, method)
        for what, (body, content_type) in BODIES.items():
            response = api.generic(method.upper(), route.path(), body, content_type=content_type)
            check(response, f"{method} {what}", BODY_STATUSES.get(what) if reads else None)


@every_route
def test_bodies_under_an_idempotency_key(api, route):
    for method in route.methods:
        if method == "get":
            continue
        for number, (what, (body, content_type)) in enumerate(BODIES.items()):
            headers = {"Idempotency-Key": f"key-{number}"}
            response = api.generic(
                method.upper(), route.path(), body, content_type=content_type, headers=headers
            )
            check(response, f"{method} {what}")


def ask_all(api: APIClient, route: Route, queries: list[str]) -> None:
    if "get" in route.methods:
        for query in queries:
            check(api.get(f"{route.path()}?{query}"), query)


@every_route
def test_queries(api, route):
    """A third of them, the next third for the next route."""
    ask_all(api, route, QUERIES[ROUTES.index(route) % 3 :: 3])


@pytest.mark.long
@every_route
def test_all_queries(api, route):
    ask_all(api, route, QUERIES)


@every_route
def test_a_parameter_that_is_not_known_is_ignored(api, route):
    if "get" in route.methods:
        plain, with_more = (api.get(f"{route.path()}{query}") for query in ("", "?_=1760000000000"))
        assert with_more.status_code == plain.status_code


@every_route
def test_identifiers(api, route):
    if "<" not in route.template:
        return
    for method in route.methods:
        for identifier in IDENTIFIERS:
            response = api.generic(method.upper(), route.path(identifier), "{}", content_type=JSON)
            check(response, f"{method} {identifier[:20]}")
        for raw in ("%00", "a%00b", "%ff", "%ED%A0%80"):
            check(api.generic(method.upper(), route.path(raw)), f"{method} {raw}", {400})


@every_route
def test_without_a_token_and_with_a_bad_one(route):
    client = APIClient(raise_request_exception=False)
    for method in route.methods:
        for token in (None, "nonsense"):
            headers = {} if token is None else {"Authorization": f"Bearer {token}"}
            response = client.generic(
                method.upper(), route.path(), "{}", content_type=JSON, headers=headers
            )
            check(response, f"{method} {token}", None if route.is_public else {401})


@every_route
def test_every_list_refuses_pages_that_are_none(api, route):
    if "get" not in route.methods or "pagination" not in api.get(route.path()).json():
        return
    for query in ("page=0", "limit=0", "page=abc", "sortBy=nothing", "sortOrder=up"):
        check(api.get(f"{route.path()}?{query}"), query, {400})
    response = api.get(f"{route.path()}?limit=999999999&page=999")
    check(response, "past the end", {200})
    assert response.json()["pagination"]["limit"] <= 1_000


@pytest.fixture
def no_log():
    """Log nothing meanwhile: a stack for each failure would take most of the time."""
    logging.disable()
    yield
    # Not an attribute put back: every logger remembers whether it was enabled until this call.
    logging.disable(logging.NOTSET)


@every_route
@pytest.mark.usefixtures("no_log")
@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (OperationalError("server closed the connection, secret"), 503, "service_unavailable"),
        (ZeroDivisionError("secret"), 500, "internal_error"),
    ],
)
def test_a_database_that_is_away_and_a_bug(api, route, refusal, error, status, code):
    def fail(*_):
        raise error

    for method in route.methods:
        for headers in ({}, {"Idempotency-Key": "k"}):
            with connection.execute_wrapper(fail):
                response = api.generic(
                    method.upper(), route.path(), "{}", content_type=JSON, headers=headers
                )
            if not route.is_public:
                refusal(response, status, code)
                assert response.has_header("Retry-After") is (status == 503)
