import json

import pytest

pytestmark = [pytest.mark.urls("loyalty_site.api.tests.endpoints"), pytest.mark.django_db]


def put(api, body, content_type="application/json"):
    return api.put("/api/test/echo", body, content_type=content_type)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nonsense",
        b"\xff\xfe{}",
        b"\xef\xbb\xbf{}",
        b'{"a": "\xff"}',
        b'{"a": "\\u0000"}',
        b'{"\\u0000": 1}',
        b'{"a": "\\ud800"}',
        b'{"\\udfff": 1}',
        b'{"a": {"b": ["\\udc00"]}}',
        b'{"a": 1, "a": 2}',
        b'{"x": [{"a": 1, "a": 1}]}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1e400}',
        b'{"a": 9223372036854775808}',
        b'{"a": -9223372036854775809}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b"[" * 33 + b"]" * 33,
        b'{"a":' * 33 + b"1" + b"}" * 33,
        b"[" * 1000 + b"]" * 1000,
        b"[" * 200_000 + b"]" * 200_000,
        b'{"a":' * 100_000,
    ],
    ids=lambda body: repr(body[:24]),
)
def test_a_body_that_is_unsafe_is_refused(api, refusal, body):
    refusal(put(api, body), 400, "invalid_json")


@pytest.mark.parametrize(
    "value",
    [
        {"a": 2**63 - 1, "b": -(2**63), "c": 1e300},
        {"text": "Zoë 李 🙂 \\ud800 \u2028"},
        [[]] * 1000,
        {},
        "text",
        None,
    ],
)
def test_a_safe_body_arrives_as_it_was_sent(api, value):
    response = put(api, json.dumps(value))
    assert response.status_code == 200
    assert response.json()["data"] == {"got": value}


def test_thirty_two_levels_are_allowed(api):
    assert put(api, b"[" * 32 + b"]" * 32).status_code == 200


def test_a_pair_of_surrogates_is_one_character(api):
    assert put(api, b'{"a": "\\ud83d\\ude42"}').json()["data"]["got"] == {"a": "🙂"}


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "",
    ],
)
def test_anything_but_json_is_415(api, refusal, content_type):
    response = api.generic("PUT", "/api/test/echo", b"a=1", content_type=content_type)
    refusal(response, 415, "unsupported_media_type")


def test_a_megabyte_is_the_limit(api, refusal):
    megabyte = 1024 * 1024
    assert put(api, b'"' + b"a" * (megabyte - 2) + b'"').status_code == 200
    refusal(put(api, b'"' + b"a" * (megabyte - 1) + b'"'), 413, "payload_too_large")
    refusal(put(api, b'"' + b"a" * 3 * megabyte + b'"'), 413, "payload_too_large")


def test_an_empty_body_is_an_empty_object(api):
    assert put(api, b"").json()["data"] == {"got": {}}
