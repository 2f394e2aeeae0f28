"""Refuses large request bodies before Django spools them to disk."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from .envelope import Problem, answer_bytes, is_api_path

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

API_BODY_BYTES_MAX = 1024 * 1024
PAGE_BODY_BYTES_MAX = 10 * 1024 * 1024


class BodyTooLargeError(Exception):
    """More bytes arrived than the path takes."""


def body_bytes_max(path: str) -> int:
    """Return the largest body, in bytes, that a path takes."""
    return API_BODY_BYTES_MAX if is_api_path(path) else PAGE_BODY_BYTES_MAX


def body_too_large(path: str) -> Problem:
    """Return the refusal of a body that is too large for a path."""
    return Problem(
        status=413,
        code="payload_too_large",
        message=f"The request body is larger than {body_bytes_max(path)} bytes.",
    )


class BodyLimit:
    """ASGI application in front of another: 413 for bodies over the limit.

    A declared length is judged at once. What arrives is counted as well, and an API body sent in
    chunks is collected and passed on with its length, since the framework behind takes a body
    without a length for an empty one.
    """

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        limit = body_bytes_max(path)
        declared = declared_length(scope)
        if declared is not None and declared > limit:
            await refuse(scope, send, body_too_large(path))
            return
        counted = counting(receive, limit)
        try:
            if declared is None and is_chunked(scope) and is_api_path(path):
                body = await collect(counted)
                scope = scope | {"headers": with_length(scope, len(body))}
                counted = replaying(body, receive)
            await self.application(scope, counted, send)
        except BodyTooLargeError:
            await refuse(scope, send, body_too_large(path))


def header(scope: Scope, name: bytes) -> bytes | None:
    """Return a header's value, or None."""
    return next((value for key, value in scope["headers"] if key.lower() == name), None)


def declared_length(scope: Scope) -> int | None:
    """Return Content-Length, or None when there is none that can be read."""
    text = header(scope, b"content-length") or b""
    return int(text) if text.isdigit() else None


def is_chunked(scope: Scope) -> bool:
    """Say whether the body comes in chunks."""
    return b"chunked" in (header(scope, b"transfer-encoding") or b"").lower()


def with_length(scope: Scope, length: int) -> list[tuple[bytes, bytes]]:
    """Return the request's headers with the length of the collected body."""
    kept = [(name, value) for name, value in scope["headers"] if name.lower() != b"content-length"]
    return [*kept, (b"content-length", str(length).encode())]


def counting(receive: Receive, limit: int) -> Receive:
    """Return a `receive` that raises BodyTooLargeError once more than `limit` bytes came."""
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise BodyTooLargeError
        return message

    return counted


async def collect(receive: Receive) -> bytes:
    """Read a body to its end, or to where the client left."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return b"".join(parts)


def replaying(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives a collected body once, then what the server says."""
    given = False

    async def replayed() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed


async def refuse(scope: Scope, send: Send, problem: Problem) -> None:
    """Answer with a problem: the envelope on API paths, a sentence elsewhere."""
    content_type, content = answer_bytes(
        problem,
        path=scope["path"],
        method=scope["method"],
        is_api=is_api_path(scope["path"].removeprefix(scope.get("root_path", ""))),
    )
    headers = problem.headers | {
        "Content-Type": content_type,
        "Content-Length": str(len(content)),
    }
    await send(
        {
            "type": "http.response.start",
            "status": problem.status,
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": content})
