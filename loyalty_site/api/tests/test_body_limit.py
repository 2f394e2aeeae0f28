import json
from typing import Any

import pytest

from loyalty_site.api.body_limit import BodyLimit

MEGABYTE = 1024 * 1024


async def call(path, parts, *headers, kind="http"):
    """Send a body in parts through the limit to an application that reads it, and return the
    answer's status and body, and what the application saw: its headers and the bytes read.
    """
    messages = [
        {"type": "http.request", "body": part, "more_body": number < len(parts)}
        for number, part in enumerate(parts, start=1)
    ]
    sent: list[Any] = []
    seen: dict[str, Any] = {"bytes": None}

    async def application(scope, receive, send):
        seen["headers"] = dict(scope["headers"])
        seen["bytes"] = 0
        while True:
            message = await receive()
            seen["bytes"] += len(message.get("body", b""))
            if not message.get("more_body"):
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})

    async def receive():
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    scope = {"type": kind, "path": path, "method": "POST", "headers": list(headers)}
    await BodyLimit(application)(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent)
    return sent[0]["status"], body, seen, len(messages)


def length(number):
    return (b"content-length", str(number).encode())


CHUNKED = (b"transfer-encoding", b"chunked")


async def test_a_declared_length_over_the_limit_is_refused_before_anything_is_read():
    status, body, seen, unread = await call("/api/x", [b"a"] * 3, length(MEGABYTE + 1))
    envelope = json.loads(body)
    assert status == envelope["statusCode"] == 413
    assert envelope["code"] == "payload_too_large"
    assert envelope["path"] == "/api/x"
    assert seen["bytes"] is None
    assert unread == 3


async def test_chunks_are_counted_and_refused_at_the_limit():
    parts = [b"a" * 64 * 1024] * 200
    status, body, seen, unread = await call("/v2/x", parts, CHUNKED)
    assert status == 413
    assert json.loads(body)["code"] == "payload_too_large"
    assert seen["bytes"] is None
    assert unread == 200 - 17


async def test_a_length_that_lies_is_found_out():
    status, _, seen, _ = await call("/api/x", [b"a" * MEGABYTE] * 3, length(10))
    assert status == 413
    assert seen["bytes"] == MEGABYTE


@pytest.mark.parametrize("header", [length(MEGABYTE), CHUNKED])
async def test_a_body_at_the_limit_passes_whole(header):
    status, body, seen, _ = await call("/api/x", [b"a" * (MEGABYTE // 2)] * 2, header)
    assert (status, body) == (200, b"done")
    assert seen["bytes"] == MEGABYTE


async def test_a_chunked_body_arrives_with_its_length():
    _, _, seen, _ = await call("/api/x", [b"abc", b"de"], CHUNKED)
    assert seen["headers"][b"content-length"] == b"5"


async def test_pages_take_uploads_of_ten_megabytes():
    assert (await call("/admin/x", [b"a" * MEGABYTE] * 10, CHUNKED))[0] == 200
    status, body, _, _ = await call("/admin/x", [b"a" * MEGABYTE] * 11, CHUNKED)
    assert status == 413
    assert body.startswith(b"The request body is larger")
    assert (await call("/admin/x", [b"a"], length(11 * MEGABYTE)))[0] == 413


async def test_other_protocols_are_left_alone():
    status, *_ = await call("/ws/", [b"a"], length(100 * MEGABYTE), kind="websocket")
    assert status == 200
