"""What every request passes before its view is looked up."""

from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.http import HttpRequest

from .charset import BAD_CHARSET, declares_utf8
from .envelope import Problem, is_api_path, is_under
from .errors import problem_response

GetResponse = Callable[[HttpRequest], Any]
# Pages whose addresses end without a slash; the console's end with one.
BARE_PAGES = ("/r/", "/login", "/auth/jwt/sign-up", "/sign-out", "/language", "/dashboard", "/live")
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
BAD_TEXT = Problem(
    status=400,
    code="invalid_text",
    message="The address or the form holds a zero byte or text that is not UTF-8.",
)


class TwoWayMiddleware:
    """Middleware that runs in the server's own loop or thread, with no hop between the two."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)  # type: ignore[type-var]  # an instance, not a function


class OptionalTrailingSlashMiddleware(TwoWayMiddleware):
    """Takes one slash off the end of API paths and members' pages: both forms reach one view.

    `request.path` stays what the caller sent. Nothing is redirected, so a POST keeps its body.
    """

    def __call__(self, request: HttpRequest) -> Any:
        """Pass the request on under its bare path."""
        path = request.path_info
        if path.endswith("/") and (is_api_path(path) or has_bare_path(path)):
            request.path_info = path[:-1]
        return self.get_response(request)


def has_bare_path(path: str) -> bool:
    """Say whether a page's address is written without a slash at its end."""
    return any(is_under(path, prefix) for prefix in BARE_PAGES)


class RejectBadTextMiddleware(TwoWayMiddleware):
    """Refuses what no view could store or tell apart.

    Zero bytes and bytes that are not UTF-8 in the path, the query or a form; a charset other than
    UTF-8; on API paths also a query parameter given twice.
    """

    def __call__(self, request: HttpRequest) -> Any:
        """Refuse the request, or pass it on."""
        if self.is_async:
            return self.answer_later(request)
        problem = address_problem(request)
        if problem is None and has_form(request):
            problem = form_problem(request)
        if problem is not None:
            return problem_response(request, problem)
        return self.get_response(request)

    async def answer_later(self, request: HttpRequest) -> Any:
        """Do the same in the server's loop; only a form, which may be large, goes to a thread."""
        problem = address_problem(request)
        if problem is None and has_form(request):
            problem = await sync_to_async(form_problem)(request)
        if problem is not None:
            return await sync_to_async(problem_response)(request, problem)
        return await self.get_response(request)


def address_problem(request: HttpRequest) -> Problem | None:
    """Return what is wrong with the path, the query string or the charset."""
    query = query_bytes(request)
    if not is_text(path_bytes(request)) or not is_text(unquote_to_bytes(query)):
        return BAD_TEXT
    if not declares_utf8(request.META.get("CONTENT_TYPE", "")):
        return BAD_CHARSET
    if query and is_api_path(request.path_info):
        return repeated_parameters(request)
    return None


def path_bytes(request: HttpRequest) -> bytes:
    """Return the path as it came, percent signs resolved.

    Under WSGI the framework has put percent signs back before bytes it could not read.
    """
    scope = getattr(request, "scope", {})
    raw: bytes = scope.get("raw_path") or request.path.encode("utf-8", "surrogatepass")
    return unquote_to_bytes(raw)


def query_bytes(request: HttpRequest) -> bytes:
    """Return the query string as it came; WSGI hands it over as Latin-1, ASGI as UTF-8."""
    query: str = request.META.get("QUERY_STRING", "")
    return query.encode("utf-8" if hasattr(request, "scope") else "latin-1", "replace")


def is_text(raw: bytes) -> bool:
    """Say whether bytes are UTF-8 without a zero."""
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return b"\0" not in raw


def repeated_parameters(request: HttpRequest) -> Problem | None:
    """Name the query parameters that came more than once: which one was meant is a guess."""
    counts = Counter({name: len(values) for name, values in request.GET.lists()})
    repeated = [name for name, count in counts.items() if count > 1]
    if not repeated:
        return None
    return Problem(
        status=400,
        code="validation_failed",
        message="Validation failed",
        details=[{"field": name, "message": "Give this only once."} for name in repeated],
    )


def has_form(request: HttpRequest) -> bool:
    """Say whether a body is a form for a page; API paths take none, so none is read."""
    return request.content_type in FORM_TYPES and not is_api_path(request.path_info)


def form_problem(request: HttpRequest) -> Problem | None:
    """Return what is wrong with a form's text."""
    is_plain = request.content_type == FORM_TYPES[0]
    if is_plain and not is_text(unquote_to_bytes(request.body)):
        return BAD_TEXT
    texts = (text for name, values in request.POST.lists() for text in (name, *values))
    return BAD_TEXT if any("\0" in text for text in texts) else None
