"""What a request counts against, and the answer to one too many.

A request counts once, against the most specific scope it falls in. Who shows a good token or key
is counted by name, everybody else by address; what takes a password is counted by address always.
"""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.module_loading import import_string

from .addresses import client_address
from .envelope import Problem, is_api_path, is_under
from .errors import LOCKED, TOO_MANY, problem_response
from .limiter import Verdict, get_limiter
from .middleware import TwoWayMiddleware

AUTH, REDEEM, LEADERBOARDS = "auth", "redeem", "leaderboards"
REPORTS, ADMIN, GENERAL = "reports", "admin", "general"
SIGN_IN_PATH = "/api/auth/login"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """The scope of some methods under some paths."""

    scope: str
    methods: tuple[str, ...]
    paths: tuple[str, ...]

    def covers(self, method: str, path: str) -> bool:
        """Say whether a request falls under the rule."""
        return method in self.methods and any(is_under(path, known) for known in self.paths)


RULES = (
    Rule(
        scope=AUTH,
        methods=("POST",),
        paths=(
            SIGN_IN_PATH,
            "/api/auth/register",
            "/api/auth/change-password",
            "/admin/login",
            "/login",
            "/auth/jwt/sign-up",
            "/dashboard/password",
        ),
    ),
    Rule(
        scope=REDEEM,
        methods=("POST",),
        paths=(
            "/v2/gamification/rewards/redeem",
            "/api/points/redeem",
            "/rewards/redeem",
            "/dashboard/rewards",
            "/dashboard/options",
        ),
    ),
    Rule(
        scope=LEADERBOARDS,
        methods=("GET", "HEAD"),
        paths=("/v2/gamification/leaderboard", "/api/points/leaderboard"),
    ),
    Rule(
        scope=REPORTS,
        methods=("POST", "PUT"),
        paths=(
            "/v2/gamification/activities",
            "/v2/gamification/members",
            "/api/points/purchases",
        ),
    ),
)
EXEMPT_PATHS = ("/health", "/api/health")


class RateLimitMiddleware(TwoWayMiddleware):
    """Answers 429 to one request too many, before anybody looks at who is calling.

    A request is counted when its view is known, since the view says whether it is for staff.
    One that ends without a view, such as one for a path that is not there, is counted on its way
    out.
    """

    def __call__(self, request: HttpRequest) -> Any:
        """Pass a request on, and say in the answer what is left."""
        if self.is_async:
            return self.answer_later(request)
        return finish(request, self.get_response(request))

    async def answer_later(self, request: HttpRequest) -> HttpResponseBase:
        """Do the same in the server's loop; only counting goes to a thread."""
        response = await self.get_response(request)
        if is_uncounted(request):
            return await sync_to_async(finish)(request, response)
        return finish(request, response)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Count a request whose view is known. The framework calls this in a thread."""
        scope = find_scope(request, getattr(view, "view_class", None))
        return count_request(request, scope) if scope else None


def finish(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Count a request that no view answered, and write the headers."""
    scope = find_scope(request, None) if is_uncounted(request) else None
    if scope:
        response = count_request(request, scope) or response
    verdict: Verdict | None = getattr(request, "rate_verdict", None)
    if verdict is not None:
        response["RateLimit-Limit"] = str(verdict.limit)
        response["RateLimit-Remaining"] = str(verdict.remaining)
        response["RateLimit-Reset"] = str(math.ceil(verdict.reset_seconds))
    return response


def is_uncounted(request: HttpRequest) -> bool:
    """Say whether a request of the API ended before its view was known."""
    return request.resolver_match is None and is_api_path(request.path_info)


def find_scope(request: HttpRequest, view_class: type | None) -> str | None:
    """Return what a request counts against, None for what is not limited."""
    method, path = request.method or "", request.path_info
    for rule in RULES:
        if rule.covers(method, path):
            return rule.scope
    if not is_api_path(path) or path.rstrip("/") in EXEMPT_PATHS:
        return None
    needs_permission = getattr(view_class, "required_permissions", {}).get(method)
    return ADMIN if needs_permission else GENERAL


def count_request(request: HttpRequest, scope: str) -> HttpResponse | None:
    """Count a request against a scope; return the refusal of one too many."""
    verdict = hit(request, scope, by_address=scope == AUTH)
    if verdict is None:
        return None
    request.rate_verdict = verdict  # type: ignore[attr-defined]  # read by `finish`
    if verdict.passes:
        return None
    problem = find_lock(request, scope) or too_many(scope, verdict)
    return problem_response(request, problem)


def hit(request: HttpRequest, scope: str, *, by_address: bool) -> Verdict | None:
    """Count a request for its caller, or for its address; None where the scope has no limit."""
    limit = settings.LOYALTY_RATE_LIMITS[scope]
    if limit <= 0:
        return None
    window_seconds = settings.LOYALTY_RATE_LIMIT_WINDOW_SECONDS
    caller = None if by_address else import_string(settings.LOYALTY_CALLER_NAMER)(request)
    identity = caller or f"address:{client_address(request)}"
    return get_limiter().hit(scope, identity, limit=limit, window_seconds=window_seconds)


def too_many(scope: str, verdict: Verdict) -> Problem:
    """Return the refusal, which says when to come back."""
    seconds = max(1, math.ceil(verdict.reset_seconds))
    details = {"scope": scope, "limit": verdict.limit, "retryAfterSeconds": seconds}
    return replace(TOO_MANY, details=details, headers={"Retry-After": str(seconds)})


def find_lock(request: HttpRequest, scope: str) -> Problem | None:
    """Return the 423 of a locked name, which tells more than 429, to one sign-in too many.

    Looking is cheap but not free, so it counts against the address's general requests.
    """
    if scope != AUTH or not is_under(request.path_info, SIGN_IN_PATH):
        return None
    verdict = hit(request, GENERAL, by_address=True)
    email = read_email(request) if verdict is None or verdict.passes else None
    if email is None:
        return None
    get_lock_seconds = import_string(settings.LOYALTY_SIGN_IN_LOCK)
    seconds = get_lock_seconds(email=email, now=timezone.now())
    if seconds is None:
        return None
    details = {"retryAfterSeconds": seconds}
    return replace(LOCKED, details=details, headers={"Retry-After": str(seconds)})


def read_email(request: HttpRequest) -> str | None:
    """Return the name a sign-in is for, None when the body holds none."""
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError, RequestDataTooBig, OSError):
        return None
    email = body.get("email") if isinstance(body, dict) else None
    return email if isinstance(email, str) and email else None
