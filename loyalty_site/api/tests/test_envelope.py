import re

import pytest

pytestmark = pytest.mark.urls("loyalty_site.api.tests.endpoints")


def test_a_success_has_exactly_the_documented_keys(api):
    response = api.get("/api/test/echo?a=1")
    body = response.json()
    timestamp = body.pop("timestamp")
    assert body == {
        "success": True,
        "message": "Success",
        "data": {"query": {"a": "1"}},
        "statusCode": 200,
        "path": "/api/test/echo",
        "method": "GET",
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", timestamp)


def test_the_views_sentence_and_status_are_told(api, db):
    response = api.post("/api/test/echo", {"name": "n"})
    assert response.status_code == 201
    assert response.json()["message"] == "Kept"
    assert response.json()["statusCode"] == 201


def test_an_answer_without_data_has_null(api):
    response = api.delete("/api/test/echo")
    assert response.status_code == 200
    assert response.json()["data"] is None
    assert response.json()["message"] == "Deleted"


def test_no_content_has_no_body(api):
    response = api.delete("/api/test/empty")
    assert response.status_code == 204
    assert response.content == b""


def test_instants_are_told_in_utc(api):
    data = api.get("/api/test/instants").json()["data"]
    assert data == {"noon": "2026-01-31T12:00:00.250Z", "east": "2026-01-31T12:00:00.250Z"}


def test_options_tells_the_methods(api):
    data = api.options("/api/test/echo").json()["data"]
    assert {"GET", "POST", "PUT", "DELETE"} <= set(data["methods"])
