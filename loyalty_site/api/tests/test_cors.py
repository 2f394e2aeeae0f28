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


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "path", ["/api/points/my-points", "/v2/gamification/rewards/redeem/", "/rewards/options"]
)
def test_the_front_end_may_ask_beforehand(client, path, method):
    wanted = "authorization,content-type,idempotency-key,x-api-key,x-requested-with"
    response = client.options(
        path,
        headers={
            "Origin": settings.FRONTEND_URL,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": wanted,
        },
    )
    assert response.status_code == 200
    assert response["Access-Control-Allow-Origin"] == settings.FRONTEND_URL
    assert response["Access-Control-Allow-Credentials"] == "true"
    assert method in response["Access-Control-Allow-Methods"].split(", ")
    assert set(wanted.split(",")) <= set(response["Access-Control-Allow-Headers"].split(", "))


@pytest.mark.django_db
def test_an_answer_to_the_front_end_can_be_read_whatever_it_is(client):
    for path, status in (("/api/auth/me", 401), ("/api/nowhere", 404), ("/api/points/levels", 401)):
        response = client.get(path, headers={"Origin": settings.FRONTEND_URL})
        assert response.status_code == status
        assert response["Access-Control-Allow-Origin"] == settings.FRONTEND_URL


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
