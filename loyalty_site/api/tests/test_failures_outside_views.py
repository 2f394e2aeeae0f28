import pytest
from django.core.exceptions import RequestDataTooBig

from loyalty_site.api.tests.endpoints import FAILURES

pytestmark = pytest.mark.urls("loyalty_site.api.tests.endpoints")


@pytest.fixture
def too_big(monkeypatch):
    monkeypatch.setitem(FAILURES, "too-big", RequestDataTooBig("secret detail"))


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        ("http404", 404, "not_found"),
        ("denied", 403, "permission_denied"),
        ("suspicious", 400, "bad_request"),
        ("bad-request", 400, "bad_request"),
        ("too-big", 413, "payload_too_large"),
        ("database", 503, "service_unavailable"),
        ("bug", 500, "internal_error"),
    ],
)
def test_api_paths_fail_in_the_envelope_and_pages_with_a_page(
    api, refusal, too_big, failure, status, code
):
    refusal(api.get(f"/api/test/page-fail/{failure}"), status, code)
    page = api.get(f"/page/fail/{failure}")
    assert page.status_code == status
    assert page["Content-Type"].startswith("text/html")
    assert f"<title>{status} " in page.content.decode()
    assert "secret" not in page.content.decode()


@pytest.mark.parametrize(
    "path",
    ["/api/nowhere", "/api/", "/v2", "/v2/nowhere/", "/rewards", "/analytics/x", "/health/x"],
)
def test_an_unknown_path_under_a_prefix_is_404_in_the_envelope(api, refusal, path):
    assert refusal(api.get(path), 404, "not_found")["path"] == path


@pytest.mark.parametrize("path", ["/apiary", "/v20/x", "/healthy", "/rewardsx", "/static/x"])
def test_a_path_that_only_begins_like_a_prefix_is_a_page(api, path):
    response = api.get(path)
    assert response.status_code == 404
    assert response["Content-Type"].startswith("text/html")


def test_an_unknown_host_is_refused_in_the_envelope(api, refusal):
    refusal(api.get("/api/test/echo", headers={"Host": "evil.example"}), 400, "bad_request")


def test_a_request_that_database_loss_ended_may_be_tried_again(api):
    assert int(api.get("/page/fail/database")["Retry-After"]) >= 1


def test_a_form_with_too_many_fields_is_a_page(api, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 10
    body = "&".join(f"f{number}=1" for number in range(20))
    response = api.post("/page", body, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 400


def test_a_query_with_too_many_fields_is_refused_in_the_envelope(api, refusal, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 10
    address = "/api/test/echo?" + "&".join(f"f{number}=1" for number in range(20))
    refusal(api.get(address), 400, "bad_request")
