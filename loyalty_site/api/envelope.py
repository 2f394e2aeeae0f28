"""The one shape of every JSON answer, built here for views, middleware and the ASGI layer alike."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.conf import settings


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A refusal or failure as clients see it.

    `code` is the stable word, `message` the sentence, `error` the short sentence older clients
    show (the message unless given), `details` a list of `{field, message}`, an object or None.
    """

    status: int
    code: str
    message: str
    error: str = ""
    details: Any = None
    headers: dict[str, str] = field(default_factory=dict)


def is_api_path(path: str) -> bool:
    """Say whether a path answers in the envelope whatever goes wrong."""
    return any(is_under(path, prefix) for prefix in settings.API_PREFIXES)


def is_under(path: str, prefix: str) -> bool:
    """Say whether a path is a prefix (its last slash aside) or stands below it."""
    stem = prefix.rstrip("/")
    return path == stem or path.startswith(f"{stem}/")


def instant_text(instant: datetime) -> str:
    """Return an aware instant as `2026-05-23T10:00:00.000Z`."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def success_body(
    data: Any,
    *,
    status: int,
    message: str,
    path: str,
    method: str,
    pagination: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the envelope around `data`."""
    body = {
        "success": True,
        "message": message,
        "data": data,
        **request_facts(status=status, path=path, method=method),
    }
    if pagination is not None:
        body["pagination"] = pagination
    return body


def error_body(problem: Problem, *, path: str, method: str) -> dict[str, Any]:
    """Return the envelope of a failure; a list of fields stands in `data` as well."""
    body: dict[str, Any] = {
        "success": False,
        "message": problem.message,
        "error": problem.error or problem.message,
        "code": problem.code,
        "details": problem.details,
    }
    if isinstance(problem.details, list):
        body["data"] = problem.details
    return body | request_facts(status=problem.status, path=path, method=method)


def answer_bytes(problem: Problem, *, path: str, method: str, is_api: bool) -> tuple[str, bytes]:
    """Return a problem's content type and body where there is no request object to answer."""
    if is_api:
        body = json.dumps(
            error_body(problem, path=path, method=method), ensure_ascii=False, separators=(",", ":")
        )
        return "application/json", body.encode()
    return "text/plain; charset=utf-8", problem.message.encode()


def request_facts(*, status: int, path: str, method: str) -> dict[str, Any]:
    """Return what every envelope says about its request."""
    return {
        "statusCode": status,
        "timestamp": instant_text(datetime.now(UTC)),
        "path": path,
        "method": method,
    }
