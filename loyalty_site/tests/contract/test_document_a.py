"""Points: balance, levels, referrals, redeeming against a purchase, points by hand."""

import re

import pytest

from .cases import Case, Scene, check, every
from .shapes import CODE, INSTANT, Rows

pytestmark = pytest.mark.django_db

LEVEL = {"name": str, "tier": int, "minPoints": int, "perks": Rows(str)}
TRANSACTION = {
    "id": str,
    "type": str,
    "amount": int,
    "balanceAfter": int,
    "action": (str, None),
    "category": str,
    "description": str,
    "createdAt": INSTANT,
    "occurredAt": INSTANT,
}
NESTED_PAGES = {"page": int, "limit": int, "total": int, "hasMore": bool}
REFERRER = {
    "userId": str,
    "name": str,
    "avatar": (str, None),
    "referrals": int,
    "pointsEarned": int,
}
TYPES = [
    *("earn", "spend", "expire", "admin_grant"),
    *("admin_deduct", "penalty", "reversal"),
]
SHORT_LINK = re.compile(r"https?://\S+/r/[0-9A-Z]{8}")


def redeem(points: object, purchase: str = "open-too") -> dict[str, object]:
    return {"pointsToUse": points, "purchaseRequestId": purchase}


def add(amount: object, user_id: str = "{member}", **more: object) -> dict[str, object]:
    return {"userId": user_id, "amount": amount, "reason": "Lost parcel", **more}


READING = [
    Case(
        1,
        "of a silver member",
        caller="silver",
        data={
            "balance": 320,
            "lifetimePoints": 1280,
            "level": LEVEL | {"name": "silver", "tier": 2, "minPoints": 1000, "perks": [str]},
            "nextLevel": {"name": "gold", "tier": 3, "minPoints": 2500, "pointsToGo": 1220},
            "referralCode": CODE,
            "referralsCount": 0,
        },
    ),
    Case(1, "of who brought somebody", data={"referralCode": "{code}", "referralsCount": 1}),
    Case(1, "at the top", caller="top", data={"level": {"tier": 4}, "nextLevel": None}),
    Case(
        2,
        "without parameters",
        data={"transactions": [TRANSACTION], "pagination": NESTED_PAGES | {"page": 1, "limit": 20}},
        is_page=True,
    ),
    Case(
        2,
        "by page and limit",
        path="?page=2&limit=1&sortBy=createdAt&sortOrder=asc",
        data={
            "transactions": [TRANSACTION],
            "pagination": NESTED_PAGES | {"page": 2, "limit": 1, "hasMore": True},
        },
        is_page=True,
    ),
    Case(2, "past the end", path="?page=999", data={"transactions": []}, is_page=True),
    *(
        Case(
            2,
            f"of the type {name}",
            path=f"?type={name}",
            data={"transactions": Rows(TRANSACTION | {"type": name})},
            is_page=True,
        )
        for name in TYPES
    ),
    Case(
        2,
        "between dates",
        path="?from=2020-01-01&to=2020-12-31T23:59:59Z",
        data={"transactions": [], "pagination": {"total": 0}},
        is_page=True,
    ),
    *(
        Case(2, f"refuses {query}", path=f"?{query}", status=400, details=[{"field": name}])
        for query, name in {
            "type=redeem": "type",
            "type=referral": "type",
            "from=yesterday": "from",
            "page=0": "page",
            "limit=0": "limit",
            "sortBy=nothing": "sortBy",
            "sortOrder=up": "sortOrder",
        }.items()
    ),
    Case(
        3,
        "brought one",
        data={
            "referrals": [
                {
                    "userId": "{newcomer}",
                    "name": str,
                    "joinedAt": INSTANT,
                    "pointsEarned": int,
                    "status": "activated",
                }
            ]
        },
        is_page=True,
    ),
    Case(3, "brought nobody", caller="poor", data={"referrals": []}, is_page=True),
    Case(4, "all of them", data={"levels": [LEVEL], "total": 4}),
    Case(5, "without parameters", data={"entries": [REFERRER]}),
    *(
        Case(
            5,
            f"of the period {period}",
            path=f"?period={period}&limit=1",
            data={"entries": [REFERRER | {"userId": "{member}", "referrals": 1}]},
        )
        for period in ("all", "year", "month", "week")
    ),
    Case(5, "refuses a period there is not", path="?period=decade", status=400),
]
WRITING = [
    Case(
        6,
        "all of 320 points are 3.20",
        caller="silver",
        body=redeem(320, "open"),
        status=201,
        data={
            "transaction": TRANSACTION | {"type": "spend", "amount": -320, "balanceAfter": 0},
            "discount": {"creditAmount": 3.2, "currency": "USD"},
            "remainingPoints": 0,
        },
    ),
    Case(
        6,
        "too few points",
        caller="silver",
        body=redeem(321, "open"),
        status=400,
        code="insufficient_points",
        details={"required": 321, "available": 320, "current": 320},
    ),
    *(
        Case(6, f"refuses {body}", body=body, status=400, details=[{"field": name, "message": str}])
        for name, body in [
            ("pointsToUse", {"purchaseRequestId": "open-too"}),
            ("purchaseRequestId", {"pointsToUse": 100}),
            ("pointsToUse", redeem(0)),
            ("pointsToUse", redeem(-1)),
            ("pointsToUse", redeem("100")),
            ("pointsToUse", redeem(1.5)),
        ]
    ),
    Case(6, "worth more than the purchase", body=redeem(101, "cheap"), status=400),
    Case(6, "claimed before", body=redeem(100, "claimed"), status=409, code="already_claimed"),
    Case(6, "no longer in progress", body=redeem(100, "delivered"), status=409),
    Case(6, "somebody else's purchase", body=redeem(100, "open"), status=404),
    Case(6, "no such purchase", body=redeem(100, "nothing"), status=404),
    Case(7, "is there", body={}, data={"referralCode": "{code}", "link": SHORT_LINK}),
    Case(7, "without a body", data={"referralCode": "{code}", "link": SHORT_LINK}),
    Case(7, "unforced", body={"force": False}, data={"referralCode": "{code}"}),
    Case(7, "forced", body={"force": True}, data={"referralCode": CODE, "link": SHORT_LINK}),
    Case(7, "refuses a force that is no boolean", body={"force": "yes"}, status=400),
    Case(
        8,
        "a grant",
        caller="staff",
        body=add(250, "{poor}", metadata={"ticket": "4711"}),
        data={
            "transaction": TRANSACTION | {"type": "admin_grant", "amount": 250},
            "newBalance": 250,
        },
    ),
    Case(
        8,
        "a deduction",
        caller="staff",
        body=add(-20, "{silver}"),
        data={
            "transaction": TRANSACTION | {"type": "admin_deduct", "amount": -20},
            "newBalance": 300,
        },
    ),
    Case(
        8,
        "below zero",
        caller="staff",
        body=add(-321, "{silver}"),
        status=400,
        code="insufficient_points",
        details={"required": 321, "available": 320, "current": 320},
    ),
    Case(8, "no such member", caller="staff", body=add(10, "nobody"), status=404),
    Case(8, "no such member, for a member", body=add(10, "nobody"), status=403),
    *(
        Case(8, f"refuses {body}", caller="staff", body=body, status=400, details=[{"field": name}])
        for name, body in [
            ("reason", {"userId": "{member}", "amount": 10}),
            ("reason", add(10, reason=" ")),
            ("amount", add(0)),
            ("amount", add("10")),
            ("userId", {"amount": 10, "reason": "Lost parcel"}),
            ("note", add(10, note="unknown")),
        ]
    ),
]


@every(READING)
def test_reading(case: Case, scene: Scene) -> None:
    check(case, scene)


@every(WRITING)
def test_writing(case: Case, scene: Scene) -> None:
    check(case, scene)


@pytest.mark.parametrize("slash", ["", "/"])
def test_9_a_short_link_leads_to_the_sign_up_page(scene: Scene, client, settings, slash) -> None:
    response = client.get(f"/r/{scene.names['code']}{slash}")

    assert response.status_code == 302
    page = f"{settings.FRONTEND_URL}/auth/jwt/sign-up"
    assert response["Location"] == f"{page}?ref={scene.names['code']}"
