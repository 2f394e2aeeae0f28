import json
from wsgiref.util import setup_testing_defaults

import pytest

from loyalty_site.api.charset import CharsetGuard
from loyalty_site.wsgi import application

CODECS_OF_BYTES = ["rot13", "zlib", "hex", "bz2_codec", "base64", "utf-16", '"utf-7"']


def never_called(*arguments):
    raise AssertionError(arguments)


def ask(path, content_type):
    """Call the WSGI application as a server does, and return its status and JSON or text."""
    environ = {
        "PATH_INFO": path,
        "QUERY_STRING": "a=1",
        "CONTENT_TYPE": content_type,
        "HTTP_HOST": "localhost",
    }
    setup_testing_defaults(environ)
    statuses: list[str] = []

    def start_response(status, headers, error=None, /):
        statuses.append(status)
        return statuses

    body = b"".join(application(environ, start_response))
    return int(statuses[0][:3]), body


@pytest.mark.parametrize("charset", CODECS_OF_BYTES)
def test_a_charset_that_would_break_the_request_is_refused_in_the_envelope(charset):
    status, body = ask("/health", f"application/json; charset={charset}")
    envelope = json.loads(body)
    assert status == envelope["statusCode"] == 415
    assert envelope["code"] == "unsupported_media_type"
    assert envelope["path"] == "/health"


def test_a_page_refuses_it_with_a_sentence():
    status, body = ask("/admin/", "text/html; charset=rot13")
    assert status == 415
    assert body == b"Only the charset utf-8 is accepted."


@pytest.mark.parametrize("charset", ["", "; charset=utf-8", "; charset=UTF8", '; charset="UTF-8"'])
def test_utf8_and_no_charset_pass(charset):
    guard = CharsetGuard(lambda environ, start_response: [b"passed"])
    environ = {"CONTENT_TYPE": f"application/json{charset}"}
    assert guard(environ, never_called) == [b"passed"]
