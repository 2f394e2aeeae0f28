"""Rewards by type: members, points, redeeming, analytics, the views of staff, pages and samples."""

from typing import Any

import pytest
from django.core.management import call_command

from points.models import PointAccount, PointTransaction

from .cases import Call, Case, Scene, check, check_shape, every, refused, without
from .numbers import ENDPOINTS
from .shapes import INSTANT, NUMBER, TEXT

pytestmark = pytest.mark.django_db

NEW_MEMBER = {"id": "sam123", "name": "Sam Stone", "email": "sam@example.com"}
EARNING = {"points": 500, "category": "shopping", "amount": 100}
REDEEMING = {"pointsToRedeem": 200, "rewardType": "voucher"}
TRANSACTION = {
    "id": str,
    "type": str,
    "amount": int,
    "points": int,
    "balanceAfter": int,
    "category": str,
    "description": str,
    "createdAt": INSTANT,
    "occurredAt": INSTANT,
}
BY_TYPE = {
    "id": str,
    "userId": str,
    "rewardType": str,
    "points": int,
    "value": NUMBER,
    "currency": "USD",
    "status": "COMPLETED",
    "createdAt": INSTANT,
}


CASES = [
    Case(
        48,
        "a new one",
        caller="host",
        body=NEW_MEMBER,
        status=201,
        data=NEW_MEMBER | {"userId": "sam123"},
    ),
    Case(
        48,
        "an id that is taken",
        caller="host",
        body=NEW_MEMBER | {"id": "{member}"},
        status=409,
    ),
    Case(
        48,
        "an e-mail that is taken",
        caller="host",
        body=NEW_MEMBER | {"email": "MIA@example.com"},
        status=409,
        code="email_taken",
    ),
    *(
        refused(48, f"no {name}", name, caller="host", body=without(NEW_MEMBER, name))
        for name in NEW_MEMBER
    ),
    refused(
        48,
        "an e-mail that is none",
        "email",
        caller="host",
        body=NEW_MEMBER | {"email": "sam"},
    ),
    Case(
        49,
        "for a purchase",
        caller="host",
        path="/rewards/add-points/{poor}",
        body=EARNING,
        status=201,
        data={
            "transaction": TRANSACTION | {"type": "earn", "points": 500, "category": "shopping"},
            "points": 500,
        },
    ),
    *(
        refused(49, f"no {name}", name, caller="host", body=without(EARNING, name))
        for name in EARNING
    ),
    refused(49, "no points", "points", caller="host", body=EARNING | {"points": 0}),
    refused(
        49,
        "points in quotes",
        "points",
        caller="host",
        body=EARNING | {"points": "500"},
    ),
    Case(
        49, "to nobody", caller="host", path="/rewards/add-points/nobody", body=EARNING, status=404
    ),
    Case(50, "my own", data={"userId": "{member}", "points": int, "lifetimePoints": int}),
    Case(
        50,
        "a member's, for staff",
        caller="staff",
        path="/rewards/points/{silver}",
        data={"userId": "{silver}", "points": 320, "lifetimePoints": 1280},
    ),
    Case(50, "somebody else's", caller="poor", status=404),
    Case(50, "nobody's", caller="staff", path="/rewards/points/nobody", status=404),
    Case(51, "my own", data={"transactions": [TRANSACTION]}, is_page=True),
    Case(
        51,
        "by page and limit",
        path="?page=2&limit=1",
        data={"transactions": [TRANSACTION]},
        is_page=True,
        fields={"pagination": {"page": 2, "limit": 1}},
    ),
    Case(51, "a member's, for staff", caller="staff", data={"transactions": [TRANSACTION]}),
    Case(51, "somebody else's", caller="poor", status=404),
    Case(51, "nobody's", caller="staff", path="/rewards/transactions/nobody", status=404),
    Case(
        52,
        "a voucher",
        body=REDEEMING,
        status=201,
        data={
            "redemption": BY_TYPE
            | {"userId": "{member}", "rewardType": "voucher", "points": 200, "value": 2.0},
            "remainingPoints": int,
        },
    ),
    Case(
        52,
        "too few points",
        caller="poor",
        path="/rewards/redeem/{poor}",
        body=REDEEMING,
        status=400,
        code="insufficient_points",
        details={"required": 200, "available": 0, "current": 0},
    ),
    *(
        refused(52, f"no {name}", name, caller="member", body=without(REDEEMING, name))
        for name in REDEEMING
    ),
    refused(
        52,
        "a type there is not",
        "rewardType",
        caller="member",
        body=REDEEMING | {"rewardType": "yacht"},
    ),
    refused(
        52,
        "no points at all",
        "pointsToRedeem",
        caller="member",
        body=REDEEMING | {"pointsToRedeem": 0},
    ),
    Case(52, "below the minimum", body=REDEEMING | {"pointsToRedeem": 99}, status=400),
    Case(52, "for somebody else", caller="poor", body=REDEEMING, status=404),
    Case(
        52, "for nobody", caller="staff", path="/rewards/redeem/nobody", body=REDEEMING, status=404
    ),
    Case(
        53,
        "all of them",
        caller="silver",
        data={
            "options": [
                {
                    "type": ("voucher", "cashback", "gift_card", "discount"),
                    "name": TEXT,
                    "minimumPoints": (100, 500, 1000),
                    "pointsPerUnit": 100,
                    "currency": "USD",
                    "available": True,
                }
            ],
            "total": 4,
            "userPoints": 320,
        },
    ),
    Case(54, "of the last days", caller="staff", data={}),
    Case(
        55,
        "all of them",
        caller="staff",
        data={
            "users": [
                {
                    "userId": str,
                    "name": str,
                    "email": (str, None),
                    "points": int,
                    "lifetimePoints": int,
                    "level": (str, None),
                }
            ]
        },
        is_page=True,
    ),
    *(
        Case(
            55,
            f"narrowed by {query}",
            caller="staff",
            path=f"?{query}",
            data={"users": [{"userId": "{member}", "level": "silver"}], "total": 1},
            is_page=True,
        )
        for query in ("search=LOPEZ", "search=mia@&role=buyer&isActive=true&page=1&limit=5")
    ),
    Case(55, "refuses a role there is not", caller="staff", path="?role=king", status=400),
    Case(
        56,
        "all of them",
        caller="staff",
        data={"transactions": [TRANSACTION | {"userId": str}]},
        is_page=True,
    ),
    Case(
        57,
        "from the catalogue and by type",
        caller="staff",
        data={
            "redemptions": [
                {
                    "id": str,
                    "userId": "{member}",
                    "type": ("catalogue", "voucher"),
                    "title": str,
                    "points": int,
                    "status": str,
                    "createdAt": INSTANT,
                }
            ],
            "total": 3,
        },
        is_page=True,
    ),
    Case(
        58,
        "how much there is",
        caller="staff",
        data={"users": int, "transactions": int, "redemptions": int},
    ),
]


@every(CASES)
def test_document_e(case: Case, scene: Scene) -> None:
    check(case, scene)


def test_the_quick_start_goes_through_in_its_order(
    scene: Scene, django_capture_on_commit_callbacks: Any
) -> None:
    steps = [
        (Call("host", "POST", "/rewards/create-user", NEW_MEMBER), 201, {"userId": "sam123"}),
        (Call("host", "POST", "/rewards/add-points/sam123", EARNING), 201, {"points": 500}),
        (Call("host", "GET", "/rewards/points/sam123"), 200, {"points": 500}),
        (Call("host", "GET", "/rewards/transactions/sam123"), 200, {"transactions": [TRANSACTION]}),
        (Call("host", "POST", "/rewards/redeem/sam123", REDEEMING), 201, {"remainingPoints": 300}),
        (Call("host", "GET", "/rewards/points/sam123"), 200, {"points": 300}),
    ]
    for call, status, data in steps:
        # A posting drops the balance that is kept once it is committed.
        with django_capture_on_commit_callbacks(execute=True):
            answer = scene.send(call)
        check_shape(answer, {"statusCode": status, "data": data})


@pytest.mark.parametrize("number", [59, 60])
@pytest.mark.parametrize("slash", ["", "/"])
def test_59_and_60_are_pages_for_a_browser(scene: Scene, client, number, slash) -> None:
    response = client.get(f"{ENDPOINTS[number].path}{slash}", headers={"Accept": "text/html"})

    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/html")


def test_61_sample_data_are_members_with_transactions_and_balances(db) -> None:
    call_command("load_programme", verbosity=0)
    call_command("seed_demo", verbosity=0)

    assert PointAccount.objects.filter(balance__gt=0).count() > 2
    assert PointTransaction.objects.values("category").distinct().count() > 2
