"""Refuses requests that declare another charset than UTF-8."""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.utils.http import parse_header_parameters

from .envelope import Problem, answer_bytes, is_api_path

BAD_CHARSET = Problem(
    status=415, code="unsupported_media_type", message="Only the charset utf-8 is accepted."
)


def declares_utf8(content_type: str) -> bool:
    """Say whether a Content-Type names UTF-8 or no charset."""
    charset = parse_header_parameters(content_type)[1].get("charset", "utf-8")
    return charset.strip("\"' ").lower() in ("utf-8", "utf8", "utf_8")


class CharsetGuard:
    """WSGI application in front of another: 415 for a charset other than UTF-8.

    Under WSGI the framework reads the query string in the declared charset while it makes the
    request, before any middleware, and fails on one like `rot13` outside every error handler.
    """

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass a request on, or refuse it."""
        if declares_utf8(environ.get("CONTENT_TYPE", "")):
            return self.application(environ, start_response)
        path = environ.get("PATH_INFO", "").encode("latin-1", "replace").decode("utf-8", "replace")
        content_type, content = answer_bytes(
            BAD_CHARSET, path=path, method=environ["REQUEST_METHOD"], is_api=is_api_path(path)
        )
        headers = [("Content-Type", content_type), ("Content-Length", str(len(content)))]
        start_response("415 Unsupported Media Type", headers)
        return [content]
