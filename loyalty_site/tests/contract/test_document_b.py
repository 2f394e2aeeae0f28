"""The whole API: health, discovery, sign-in, the envelope, pages and errors."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from .cases import FIELD_ERRORS, PAGINATION, Call, Case, Scene, check, check_shape, every
from .conftest import PASSWORD
from .documented import check_documented
from .shapes import INSTANT, NUMBER, TEXT

pytestmark = pytest.mark.django_db

ABOUT_THE_SITE = {"environment": TEXT, "version": TEXT}
PERSON = {"userId": str, "name": str, "email": str, "role": str}
TOKENS = {"accessToken": TEXT, "refreshToken": TEXT}
CASES = [
    Case(10, "answers", caller="nobody", fields={**ABOUT_THE_SITE, "message": TEXT}),
    Case(
        11,
        "names what it stands on",
        caller="nobody",
        data={
            "version": TEXT,
            "checks": {
                "database": {"status": "up", "milliseconds": NUMBER},
                "redis": {"status": "up"},
            },
        },
        fields=ABOUT_THE_SITE,
    ),
    Case(
        12,
        "maps prefixes",
        caller="nobody",
        data={
            "services": {
                "auth": "/api/auth",
                "points": "/api/points",
                "gamification": "/v2/gamification",
                "referral": "/api/referral",
                "rewards": "/rewards",
                "analytics": "/analytics",
            }
        },
    ),
]


@every(CASES)
def test_document_b(case: Case, scene: Scene) -> None:
    check(case, scene)


def test_12_a_browser_that_asks_for_a_page_gets_the_interactive_documentation(scene, client):
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    response = client.get("/api", headers={"Accept": accept}, follow=True)

    assert response.redirect_chain[-1][0] == "/api/docs"
    assert response["Content-Type"].startswith("text/html")


def sign_in(path: str, body: Any, status: int, **expected: Any) -> Any:
    """Send a request of the sign-in, check the envelope and return `data`."""
    response = APIClient().post(f"/api/auth/{path}", body)
    shape = {"success": status < 400, "statusCode": status, "path": f"/api/auth/{path}"}
    check_shape(response, {"timestamp": INSTANT, "method": "POST", **shape, **expected})
    assert response.status_code == status
    check_documented(response)
    return response.json().get("data")


REGISTRATION = {"name": "Eva Wood", "email": "eva@example.com", "password": PASSWORD}


def test_somebody_registers_signs_in_renews_and_signs_out(scene: Scene) -> None:
    session = {"user": PERSON | {"name": "Eva Wood", "role": "buyer"}, "tokens": TOKENS}
    body = REGISTRATION | {"referralCode": scene.names["code"]}
    sign_in("register", body, 201, data=session)
    given = sign_in("login", {"email": "EVA@example.com", "password": PASSWORD}, 200, data=session)
    used = {"refreshToken": given["tokens"]["refreshToken"]}
    renewed = sign_in("refresh-token", used, 200, data={"tokens": TOKENS})
    scene.tokens["eva"] = renewed["tokens"]["accessToken"]
    me = scene.send(Call("eva", "GET", "/api/auth/me"))
    check_shape(me, {"data": PERSON | {"email": "eva@example.com"}})
    sign_in("logout", {"refreshToken": renewed["tokens"]["refreshToken"]}, 200)
    sign_in("refresh-token", {"refreshToken": renewed["tokens"]["refreshToken"]}, 401)


def test_a_changed_password_ends_every_session_at_once(scene: Scene) -> None:
    session = sign_in("register", REGISTRATION, 201)
    scene.tokens["eva"] = session["tokens"]["accessToken"]
    change = {"currentPassword": PASSWORD, "newPassword": "battery-staple-7"}
    assert scene.send(Call("eva", "POST", "/api/auth/change-password", change)).status_code == 200

    refused = scene.send(Call("eva", "GET", "/api/auth/me"))
    check_shape(refused, {"success": False, "statusCode": 401, "error": "Unauthorized"})
    sign_in("refresh-token", {"refreshToken": session["tokens"]["refreshToken"]}, 401)
    sign_in("login", {"email": "eva@example.com", "password": PASSWORD}, 401)


def test_an_e_mail_that_is_taken_is_a_conflict_in_any_case(scene: Scene) -> None:
    sign_in("register", REGISTRATION, 201)
    sign_in("register", REGISTRATION | {"email": "Eva@Example.com"}, 409, code="email_taken")


@pytest.mark.parametrize("field", ["name", "email", "password"])
def test_a_registration_without_a_field_names_it(scene: Scene, field: str) -> None:
    body = {name: value for name, value in REGISTRATION.items() if name != field}
    errors = [{"field": field, "message": TEXT}]
    sign_in("register", body, 400, code="validation_failed", details=errors, data=FIELD_ERRORS)


def test_a_name_is_locked_after_ten_wrong_passwords(scene: Scene) -> None:
    wrong = {"email": "ben@example.com", "password": "wrong"}
    for _ in range(10):
        sign_in("login", wrong, 401)
    sign_in("login", wrong | {"password": PASSWORD}, 423, error=TEXT, code="sign_in_locked")


@pytest.mark.parametrize("path", ["/api/nothing", "/v2/gamification/nothing", "/rewards/a/b/c"])
def test_a_route_there_is_not_is_404_in_the_envelope(scene: Scene, path: str) -> None:
    facts = {"success": False, "error": TEXT, "code": "not_found", "details": None}
    response = scene.send(Call("member", "GET", path))
    check_shape(response, {**facts, "statusCode": 404, "path": path, "method": "GET"})


LISTS = [
    "/api/points/transactions",
    "/api/points/referrals",
    "/v2/gamification/points/history",
    "/v2/gamification/rewards",
    "/v2/gamification/rewards/redemptions",
    "/rewards/transactions/{member}",
    "/rewards/redemptions/{member}",
    "/rewards/admin/users",
    "/rewards/admin/transactions",
    "/rewards/admin/redemptions",
]


FILES = [
    *(path for path in LISTS if "/admin/" in path or path.endswith("transactions")),
    "/rewards/transactions/{member}",
    "/api/points/statement",
    "/analytics/rewards-distribution",
]


@pytest.mark.parametrize("path", FILES)
def test_what_a_path_takes_is_told_as_json_even_where_a_list_can_be_a_file(
    scene: Scene, path: str
) -> None:
    told = scene.send(Call("staff", "OPTIONS", f"{path}?format=csv"))
    check_shape(told, {"statusCode": 200, "data": {"methods": [str]}})


@pytest.mark.parametrize("path", LISTS)
def test_every_list_can_be_turned_round(scene: Scene, path: str) -> None:
    caller = "staff" if "/admin/" in path else "member"
    asked = f"{path}?sortBy=createdAt&sortOrder"
    upwards, downwards = (
        scene.send(Call(caller, "GET", f"{asked}={order}")) for order in ("asc", "desc")
    )
    check_documented(upwards)
    name = next(key for key, value in upwards.json()["data"].items() if isinstance(value, list))
    assert upwards.json()["data"][name] == downwards.json()["data"][name][::-1]


@pytest.mark.parametrize("path", LISTS)
def test_every_list_is_paged_alike(scene: Scene, path: str) -> None:
    caller = "staff" if "/admin/" in path else "member"
    first = scene.send(Call(caller, "GET", f"{path}?limit=1"))
    check_shape(first, {"pagination": PAGINATION | {"page": 1, "limit": 1}})
    total = first.json()["pagination"]["total"]
    assert first.json()["pagination"]["totalPages"] == total
    assert first.json()["pagination"]["hasMore"] is (total > 1)
    assert first.json()["data"]["total"] == total
    past = scene.send(Call(caller, "GET", f"{path}?page=1000"))
    check_shape(past, {"pagination": {"page": 1000, "total": total, "hasMore": False}})
    for query in ("page=0", "limit=0", "page=one", "sortBy=nothing", "sortOrder=sideways"):
        refused = scene.send(Call(caller, "GET", f"{path}?{query}"))
        name = query.partition("=")[0]
        check_shape(refused, {"statusCode": 400, "details": [{"field": name, "message": TEXT}]})
        check_documented(refused)
