"""Every payload of a corpus into every place a request has: never a 5xx, always the envelope."""

import json
from typing import Any
from urllib.parse import quote

import pytest

pytestmark = [pytest.mark.urls("loyalty_site.api.tests.endpoints"), pytest.mark.django_db]

TEXTS = [
    "",
    " ",
    "\0",
    "a\0b",
    "\ud800",
    "\udfff",
    "\u202e\u0000",
    "\ufeff",
    "\uffff",
    "\U0010ffff",
    "🙂" * 300,
    "a" * 10_000,
    "' or 1=1 --",
    "%s%n{0}{{7*7}}${7*7}",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "\r\nSet-Cookie: a=b",
    "null",
    "true",
    "NaN",
    "-1",
    "0",
    "1e400",
    "9" * 30,
    "2147483648",
    "9223372036854775808",
    "0x10",
    "\uff11\uff12",
    "2024-02-30",
    "2024-02-30T25:61:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00",
    "2024-01-01T00:00:00",
    "=1+1",
    "[]",
    "{}",
    "sortBy",
]
VALUES: list[Any] = [
    *TEXTS,
    None,
    True,
    False,
    0,
    -1,
    1.5,
    5.0,
    2**31,
    2**63 - 1,
    -(2**63),
    2**63,
    10**30,
    float("nan"),
    float("inf"),
    [],
    {},
    [[]],
    [None],
    {"a": None},
    {"": ""},
    {"\0": "\0"},
    {"\ud800": 1},
    {"a": ["\0"]},
    {"__proto__": {"isAdmin": True}},
]
PARAMETERS = ["page", "limit", "offset", "sortBy", "sortOrder", "format", "search", "userId", "\0"]
FIELDS = ["name", "items", "tags", "metadata", "isAdmin"]


def percent(text):
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def check(response):
    assert response.status_code < 500, response.content[:300]
    body = response.json()
    assert body["statusCode"] == response.status_code
    assert body["success"] is (response.status_code < 400)
    assert {"message", "timestamp", "path", "method"} <= set(body)


@pytest.mark.parametrize("name", PARAMETERS)
def test_queries(api, name):
    for text in TEXTS:
        check(api.get(f"/v2/test/groups?{percent(name)}={percent(text)}"))


def test_paths(api):
    for text in TEXTS:
        check(api.get(f"/api/test/echo/{percent(text)}"))
        check(api.get(f"/rewards/test/{percent(text)}"))


@pytest.mark.parametrize("field", FIELDS)
def test_fields_of_bodies(api, field):
    for value in VALUES:
        body = json.dumps({"name": "n"} | {field: value})
        check(api.post("/api/test/echo", body, content_type="application/json"))


@pytest.mark.parametrize("field", ["code", "count"])
def test_fields_of_items(api, field):
    for value in VALUES:
        item = {"code": "c", "count": 1} | {field: value}
        body = json.dumps({"name": "n", "items": [item]})
        check(api.post("/api/test/echo", body, content_type="application/json"))


def test_whole_bodies(api):
    for value in VALUES:
        for method in ("post", "put"):
            body = json.dumps(value)
            check(getattr(api, method)("/api/test/echo", body, content_type="application/json"))


def test_headers(api):
    for text in ["", "\x01", "a" * 9000, "application/json;q=x", "é", "*/*;q=1.5", "text"]:
        for name in ("Accept", "Accept-Language", "Authorization", "Origin", "X-Forwarded-For"):
            check(api.get("/api/test/echo", headers={name: text}))


@pytest.mark.parametrize("content_type", ["", "a", "application/json;", "application/json; a=\x00"])
def test_content_types(api, content_type):
    check(api.generic("POST", "/api/test/echo", b'{"name": "n"}', content_type=content_type))


def test_methods(api):
    for method in ("HEAD", "TRACE", "CONNECT", "PATCH", "PROPFIND", "get", "X" * 1000):
        response = api.generic(method, "/api/test/echo")
        assert response.status_code < 500
