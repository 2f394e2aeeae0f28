"""Every failure becomes one `Problem`, and every problem the envelope's error shape.

`exception_handler` serves the API's views, the four handlers at the end serve everything that
fails outside a view. Nothing here ever shows a stack.
"""

import logging
import math
import sys
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from rest_framework import exceptions
from rest_framework.response import Response

from points import errors as refusals

from .body_limit import body_too_large
from .envelope import Problem, error_body, is_api_path
from .renderers import EnvelopeRenderer, EnvelopeResponse

logger = logging.getLogger(__name__)

FIELD_ERRORS_MAX = 100
RETRY_AFTER_SECONDS = 5
UNAUTHORIZED = 401
RATE_LIMITED = 429

REFUSAL_STATUSES: dict[type[refusals.LoyaltyError], int] = {
    refusals.Invalid: 400,
    refusals.Forbidden: 403,
    refusals.NotFound: 404,
    refusals.Conflict: 409,
}
NOT_FOUND = Problem(status=404, code="not_found", message="Not found")
NOT_ALLOWED = Problem(status=403, code="permission_denied", message="Insufficient permissions")
MALFORMED = Problem(status=400, code="bad_request", message="The request is malformed.")
SIGNED_OUT = Problem(
    status=UNAUTHORIZED, code="not_authenticated", message="Sign in first.", error="Unauthorized"
)
REFUSED_BY_STATE = Problem(
    status=409, code="conflict", message="The current state does not allow this."
)
TOO_LARGE = body_too_large("/api/")
WRONG_TYPE = Problem(
    status=415, code="unsupported_media_type", message="Only application/json is accepted."
)
# What the sign-in answers with `error_statuses`; its own class has the seconds of the moment.
LOCKED = Problem(
    status=423,
    code="sign_in_locked",
    message="Too many failed attempts. Try again later.",
    headers={"Retry-After": "900"},
)
TOO_MANY = Problem(
    status=RATE_LIMITED,
    code="rate_limited",
    message="Too many requests. Try again later.",
    headers={"Retry-After": "900"},
)
KEY_REUSED = Problem(
    status=422,
    code="idempotency_key_reused",
    message="This Idempotency-Key was used with another body.",
)
NOT_STORABLE = Problem(
    status=400, code="value_out_of_range", message="A value is outside what can be stored."
)
UNAVAILABLE = Problem(
    status=503,
    code="service_unavailable",
    message="The service is not available at the moment. Try again shortly.",
    headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
)
PLAIN_PROBLEMS: dict[type[exceptions.APIException], Problem] = {
    exceptions.NotAuthenticated: SIGNED_OUT,
    exceptions.NotFound: NOT_FOUND,
    exceptions.PermissionDenied: NOT_ALLOWED,
}
FAILED = Problem(status=500, code="internal_error", message="Something went wrong on our side.")


class PayloadTooLarge(exceptions.APIException):
    """A body over the limit, found by a parser."""

    status_code = 413
    default_code = "payload_too_large"
    default_detail = "The request body is too large."


class IdempotencyKeyInvalid(exceptions.APIException):
    """The header holds nothing that could be a key."""

    status_code = 400
    default_code = "idempotency_key_invalid"
    default_detail = "Idempotency-Key must be 1 to 255 printable ASCII characters."


class IdempotencyKeyInUse(exceptions.APIException):
    """The first request with this key is still at work."""

    status_code = 409
    default_code = "idempotency_key_in_use"
    default_detail = "The first request with this Idempotency-Key is still running."
    wait = 1


class IdempotencyKeyReused(exceptions.APIException):
    """The key belongs to a request that said something else."""

    status_code = KEY_REUSED.status
    default_code = KEY_REUSED.code
    default_detail = KEY_REUSED.message


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the response to an exception in a view; None for a bug, which handler500 answers."""
    problem = problem_of(error, context.get("view"), context["request"].path_info)
    if problem is None:
        return None
    request = context["request"]
    # A failure is JSON even where a success is a file or a page.
    request.accepted_renderer = EnvelopeRenderer()
    request.accepted_media_type = EnvelopeRenderer.media_type
    data = {"code": problem.code, "message": problem.message, "details": problem.details}
    response = EnvelopeResponse(data, status=problem.status, headers=problem.headers)
    response.problem = problem
    return response


def problem_of(error: Exception, view: Any, path: str) -> Problem | None:
    """Return the problem an exception stands for, or None when it is a bug."""
    problem: Problem | None = None
    match error:
        case refusals.LoyaltyError():
            problem = refusal_problem(error, getattr(view, "error_statuses", {}))
        case exceptions.ValidationError():
            problem = validation_problem(error.detail)
        case exceptions.APIException():
            problem = framework_problem(error)
        case Http404():
            problem = NOT_FOUND
        case PermissionDenied():
            problem = NOT_ALLOWED
        case RequestDataTooBig():
            problem = body_too_large(path)
        case SuspiciousOperation():
            problem = MALFORMED
        case DataError():
            logger.warning("A value passed validation and not the database.", exc_info=error)
            problem = NOT_STORABLE
        case OperationalError() | InterfaceError():
            logger.error("The database is not available.", exc_info=error)
            problem = UNAVAILABLE
    return problem


def refusal_problem(error: refusals.LoyaltyError, statuses: dict[str, int]) -> Problem:
    """Return the problem of one of our own refusals; the view may give its code a status."""
    kinds = (status for kind, status in REFUSAL_STATUSES.items() if isinstance(error, kind))
    status = statuses.get(error.code) or next(kinds, 400)
    return Problem(
        status=status,
        code=error.code,
        message=error.message,
        details=error.details,
        headers=headers_of(error, status),
    )


def headers_of(error: Exception, status: int) -> dict[str, str]:
    """Return what a client needs in order to go on: when to come back, how to sign in.

    An error says how long to wait in `wait`, in seconds.
    """
    headers: dict[str, str] = {}
    wait = getattr(error, "wait", None)
    if wait is not None or status == RATE_LIMITED:
        headers["Retry-After"] = str(max(1, math.ceil(wait or 1)))
    if status == UNAUTHORIZED:
        headers["WWW-Authenticate"] = getattr(error, "auth_header", "") or "Bearer"
    return headers


def validation_problem(detail: Any) -> Problem:
    """Return the problem of a body or query that did not pass its serializer."""
    return Problem(
        status=400,
        code="validation_failed",
        message="Validation failed",
        details=field_errors(detail)[:FIELD_ERRORS_MAX],
    )


def field_errors(detail: Any, path: str = "") -> list[dict[str, str | None]]:
    """Flatten nested errors into `{field, message}`: `items.0.userId`, or null for the whole."""
    if isinstance(detail, dict):
        pairs = [(str(name), inner) for name, inner in detail.items()]
    elif isinstance(detail, list) and any(isinstance(inner, dict | list) for inner in detail):
        pairs = [(str(index), inner) for index, inner in enumerate(detail)]
    else:
        sentences = detail if isinstance(detail, list) else [detail]
        return [{"field": path or None, "message": str(sentence)} for sentence in sentences]
    found: list[dict[str, str | None]] = []
    for name, inner in pairs:
        within = path if name == "non_field_errors" else f"{path}.{name}".lstrip(".")
        found += field_errors(inner, within)
    return found


def framework_problem(error: exceptions.APIException) -> Problem:
    """Return the problem of an exception of the framework or of a subclass of one."""
    signed_out = isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed)
    # The framework turns 401 into 403 where a view has no authentication of its own.
    status = UNAUTHORIZED if signed_out else error.status_code
    message, code = sentence_and_code(error)
    if str(error.detail) == error.default_detail and type(error) in PLAIN_PROBLEMS:
        message = PLAIN_PROBLEMS[type(error)].message
    if isinstance(error, exceptions.Throttled):
        message, code = TOO_MANY.message, TOO_MANY.code
    return Problem(
        status=status,
        code=code,
        message=message,
        error=SIGNED_OUT.error if signed_out else "",
        headers=headers_of(error, status),
    )


def sentence_and_code(error: exceptions.APIException) -> tuple[str, str]:
    """Return what an exception says and its stable word."""
    detail = error.detail
    if isinstance(detail, dict):
        sentence = detail.get("detail", error.default_detail)
        return str(sentence), str(detail.get("code", error.default_code))
    if isinstance(detail, list):
        return " ".join(str(sentence) for sentence in detail), str(error.default_code)
    return str(detail), str(detail.code)


def problem_response(request: HttpRequest, problem: Problem) -> HttpResponse:
    """Return a problem outside the API's views: the envelope on API paths, a page elsewhere."""
    if is_api_path(request.path_info):
        body = error_body(problem, path=request.path, method=request.method or "")
        return JsonResponse(body, status=problem.status, headers=problem.headers)
    page = render_to_string("errors/page.html", {"problem": problem})
    return HttpResponse(page, status=problem.status, headers=problem.headers)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400, or 413 when it was the body's size."""
    too_big = isinstance(exception, RequestDataTooBig)
    return problem_response(request, body_too_large(request.path_info) if too_big else MALFORMED)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403."""
    return problem_response(request, NOT_ALLOWED)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404."""
    return problem_response(request, NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500, or 503 when it was the database; Django has logged the exception already."""
    is_database = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    return problem_response(request, UNAVAILABLE if is_database else FAILED)
