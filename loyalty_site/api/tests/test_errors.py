import pytest
from django.test import override_settings

pytestmark = [pytest.mark.urls("loyalty_site.api.tests.endpoints"), pytest.mark.django_db]


@pytest.mark.parametrize(
    ("failure", "status", "code", "message"),
    [
        ("invalid", 400, "validation_failed", "That makes no sense."),
        ("forbidden", 403, "forbidden", "Insufficient permissions"),
        ("missing", 404, "member_not_found", "Member not found"),
        ("conflict", 409, "insufficient_points", "Insufficient points balance"),
        ("moved", 410, "stone_cold", "The reward is cold."),
        ("http404", 404, "not_found", "Not found"),
        ("denied", 403, "permission_denied", "Insufficient permissions"),
        ("api-denied", 403, "permission_denied", "Insufficient permissions"),
        ("suspicious", 400, "bad_request", "The request is malformed."),
        ("data", 400, "value_out_of_range", "A value is outside what can be stored."),
    ],
)
def test_each_kind_of_refusal_has_its_status_and_code(api, refusal, failure, status, code, message):
    body = refusal(api.get(f"/api/test/fail/{failure}"), status, code)
    assert body["message"] == body["error"] == message
    assert body["path"] == f"/api/test/fail/{failure}"
    assert body["method"] == "GET"


def test_a_refusal_tells_its_details(api, refusal):
    body = refusal(api.get("/api/test/fail/conflict"), 409, "insufficient_points")
    assert body["details"] == {"required": 50, "available": 30, "current": 30}
    assert "data" not in body


@pytest.mark.parametrize("failure", ["database", "interface"])
def test_a_database_that_is_away_is_503_with_a_time_to_come_back(api, refusal, failure):
    response = api.get(f"/api/test/fail/{failure}")
    refusal(response, 503, "service_unavailable")
    assert int(response["Retry-After"]) >= 1


def test_a_bug_is_500_and_logged_with_its_stack(api, refusal, caplog):
    refusal(api.get("/api/test/fail/bug"), 500, "internal_error")
    assert any(record.exc_info and record.levelname == "ERROR" for record in caplog.records)


@override_settings(DEBUG=True)
def test_a_refusal_shows_no_stack_even_while_debugging(api, refusal):
    refusal(api.get("/api/test/fail/data"), 400, "value_out_of_range")


@pytest.mark.parametrize(
    ("failure", "status", "code", "seconds"),
    [
        ("throttled", 429, "rate_limited", "13"),
        ("throttled-without-wait", 429, "rate_limited", "1"),
        ("locked", 423, "account_locked", "91"),
    ],
)
def test_a_refusal_for_a_while_says_how_long(api, refusal, failure, status, code, seconds):
    response = api.get(f"/api/test/fail/{failure}")
    refusal(response, status, code)
    assert response["Retry-After"] == seconds


def test_nobody_is_asked_to_sign_in(api, refusal):
    response = api.get("/api/test/members")
    body = refusal(response, 401, "not_authenticated")
    assert body["error"] == "Unauthorized"
    assert response["WWW-Authenticate"] == "Bearer"


def test_a_bad_token_is_401_where_the_view_is_for_members(api, refusal):
    response = api.get("/api/test/members", headers={"Authorization": "Bearer nonsense"})
    refusal(response, 401, "token_invalid")
    assert response["WWW-Authenticate"] == "Bearer"


def test_a_member_without_the_permission_is_refused(sign_in, member, refusal):
    body = refusal(sign_in(member).post("/api/test/members", {}), 403, "permission_denied")
    assert body["error"] == "Insufficient permissions"


def test_an_unknown_method_is_405_and_names_the_known_ones(api, refusal):
    response = api.patch("/api/test/echo", {})
    refusal(response, 405, "method_not_allowed")
    assert "POST" in response["Allow"]


def test_a_client_that_accepts_no_json_is_told_so_in_json(api, refusal):
    refusal(api.get("/api/test/echo", headers={"Accept": "image/png"}), 406, "not_acceptable")
