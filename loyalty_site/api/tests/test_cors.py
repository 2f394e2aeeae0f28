import pytest
from django.conf import settings

PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type",
}


def test_the_front_end_may_call_with_credentials(client):
    response = client.get("/health", headers={"Origin": settings.FRONTEND_URL})
    assert response["Access-Control-Allow-Origin"] == settings.FRONTEND_URL
    assert response["Access-Control-Allow-Credentials"] == "true"
    assert "origin" in response["Vary"].lower()


@pytest.mark.parametrize("path", ["/api/points/redeem", "/v2/gamification/rewards/redeem/"])
def test_the_front_end_may_ask_beforehand(client, path):
    response = client.options(path, headers=PREFLIGHT | {"Origin": settings.FRONTEND_URL})
    assert response.status_code == 200
    assert response["Access-Control-Allow-Origin"] == settings.FRONTEND_URL
    assert "POST" in response["Access-Control-Allow-Methods"]
    allowed = response["Access-Control-Allow-Headers"]
    assert {"authorization", "content-type", "idempotency-key"} <= set(allowed.split(", "))


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        settings.FRONTEND_URL.replace("://", "://sub."),
        settings.FRONTEND_URL + ".evil.example",
        settings.FRONTEND_URL.replace("http://", "https://"),
        settings.FRONTEND_URL + "0",
        "http://[",
    ],
)
@pytest.mark.parametrize("method", ["get", "options"])
def test_nobody_else_may(client, origin, method):
    response = getattr(client, method)("/health", headers=PREFLIGHT | {"Origin": origin})
    assert "Access-Control-Allow-Origin" not in response


def test_scripts_may_read_how_long_to_wait_and_whether_an_answer_is_a_repetition(client):
    response = client.get("/health", headers={"Origin": settings.FRONTEND_URL})
    exposed = response["Access-Control-Expose-Headers"].lower().split(", ")
    assert {"retry-after", "idempotency-hit", "ratelimit-remaining"} <= set(exposed)
