import socket

import pytest
from rest_framework.test import APIClient

ENVELOPE_KEYS = {"success", "message", "statusCode", "timestamp", "path", "method"}


@pytest.fixture
def api():
    return APIClient(raise_request_exception=False)


@pytest.fixture
def refusal():
    """Return a function that checks a failure's status, code and shape and gives its body."""

    def check(response, status, code):
        assert response.status_code == status, response.content
        assert response["Content-Type"] == "application/json"
        body = response.json()
        assert set(body) - {"data"} == ENVELOPE_KEYS | {"error", "code", "details"}
        assert body["success"] is False
        assert body["statusCode"] == status
        assert body["code"] == code
        assert body["message"]
        assert body["error"]
        assert "secret" not in response.content.decode()
        assert "Traceback" not in response.content.decode()
        return body

    return check


@pytest.fixture
def silent_server():
    """Return the address of a server that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield {"host": "127.0.0.1", "port": server.getsockname()[1]}
