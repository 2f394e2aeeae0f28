"""Gamification: the catalogue, redeeming and deciding."""

import re

import pytest

from .cases import Case, Scene, check, every, refused, without
from .shapes import INSTANT, TEXT, Rows

pytestmark = pytest.mark.django_db

REWARD = {
    "id": str,
    "title": str,
    "description": str,
    "category": str,
    "pointsRequired": int,
    "partner": (str, None),
    "quantity": (int, None),
    "imageUrl": (str, None),
    "isActive": bool,
    "createdAt": INSTANT,
    "updatedAt": INSTANT,
}
REDEMPTION = {
    "id": str,
    "userId": "{member}",
    "rewardId": "{coffee}",
    "status": str,
    "redeemedAt": INSTANT,
    "approvedAt": (INSTANT, None),
    "completedAt": (INSTANT, None),
    "rewards": {
        "id": "{coffee}",
        "title": "Flat white",
        "pointsRequired": 50,
        "category": "Food & Drinks",
    },
}
SCARCE = {"error": "Insufficient points balance", "message": TEXT}
NO_REWARD = {"error": "Reward not found"}
REDEMPTIONS = "/v2/gamification/rewards/redemptions"


def reward(**more: object) -> dict[str, object]:
    body = {"title": "Espresso", "category": "Food & Drinks", "pointsRequired": 30}
    return {**body, "description": "One cup.", "partner": "Corner Bar", "quantity": 100, **more}


CATALOGUE = [
    Case(
        28,
        "without parameters",
        caller="silver",
        data={"rewards": [REWARD], "total": int, "userPoints": 320},
        is_page=True,
    ),
    Case(
        28,
        "of a category that are available",
        path="?category=Food%20%26%20Drinks&available=true",
        data={"rewards": [REWARD | {"category": "Food & Drinks"}]},
        is_page=True,
    ),
    Case(
        28,
        "between prices",
        path="?minPoints=50&maxPoints=50&available=true&page=1&limit=5",
        data={"rewards": [REWARD | {"pointsRequired": 50}]},
        is_page=True,
    ),
    Case(
        28,
        "of a category there is not",
        path="?category=Nothing",
        data={"rewards": [], "total": 0, "userPoints": int},
        is_page=True,
    ),
    refused(28, "a price that is none", "minPoints", path="?minPoints=cheap"),
    refused(28, "neither true nor false", "available", path="?available=maybe"),
    Case(
        29,
        "with everything",
        data=REWARD
        | {"id": "{coffee}", "quantity": int, "imageUrl": "https://shop.example/flat-white.jpg"},
    ),
    Case(
        29,
        "with the least",
        path="/v2/gamification/rewards/{plain}",
        data=REWARD | {"partner": None, "quantity": None, "imageUrl": None},
    ),
    Case(29, "sold out", path="/v2/gamification/rewards/{sold_out}", data={"quantity": 0}),
    *(
        Case(
            number,
            "there is not",
            caller="staff",
            path="/v2/gamification/rewards/999999999",
            body={"title": "Other"} if number == 31 else None,
            status=404,
            fields=NO_REWARD,
        )
        for number in (29, 31, 32)
    ),
    Case(
        30,
        "with everything",
        caller="staff",
        body=reward(imageUrl="https://shop.example/espresso.jpg"),
        status=201,
        data=REWARD | {"title": "Espresso", "quantity": 100, "isActive": True},
    ),
    refused(30, "no title", "title", caller="staff", body=without(reward(), "title")),
    refused(30, "no category", "category", caller="staff", body=without(reward(), "category")),
    refused(30, "a price of 0", "pointsRequired", caller="staff", body=reward(pointsRequired=0)),
    refused(
        30, "a price below 0", "pointsRequired", caller="staff", body=reward(pointsRequired=-5)
    ),
    refused(30, "a stock below 0", "quantity", caller="staff", body=reward(quantity=-1)),
    refused(
        30,
        "a picture in the open",
        "imageUrl",
        caller="staff",
        body=reward(imageUrl="http://shop.example/espresso.jpg"),
    ),
    Case(
        31,
        "its price",
        caller="staff",
        body={"pointsRequired": 60},
        data=REWARD | {"id": "{coffee}", "title": "Flat white", "pointsRequired": 60},
    ),
    refused(31, "a price of 0", "pointsRequired", caller="staff", body={"pointsRequired": 0}),
    Case(32, "one that was redeemed", caller="staff"),
    Case(37, "all of them", data={"categories": [TEXT]}),
]
REDEEMING = [
    Case(
        33,
        "waits for staff",
        body={"rewardId": "{coffee}"},
        status=201,
        data=REDEMPTION | {"status": "PENDING", "approvedAt": None, "completedAt": None},
        fields={"message": TEXT},
    ),
    Case(
        33,
        "too few points",
        caller="poor",
        body={"rewardId": "{coffee}"},
        status=409,
        code="insufficient_points",
        details={"required": 50, "available": 0, "current": 0},
        fields=SCARCE,
    ),
    Case(
        33,
        "sold out",
        body={"rewardId": "{sold_out}"},
        status=409,
        details={"rewardTitle": "Poster"},
        fields={"error": "Reward is out of stock"},
    ),
    Case(33, "there is not", body={"rewardId": "999999999"}, status=404, fields=NO_REWARD),
    refused(33, "no reward", "rewardId", body={}),
    Case(34, "all of mine", data={"redemptions": [REDEMPTION], "total": 2}, is_page=True),
    *(
        Case(
            34,
            f"that are {status}",
            path=f"?status={status}&page=1&limit=20",
            data={"redemptions": Rows(REDEMPTION | {"status": status})},
            is_page=True,
        )
        for status in ("PENDING", "APPROVED", "REJECTED", "COMPLETED")
    ),
    refused(34, "a status there is not", "status", path="?status=LOST"),
    Case(35, "of mine", data=REDEMPTION | {"id": "{redemption}", "status": "PENDING"}),
    Case(35, "of a member's, for staff", caller="staff", data=REDEMPTION),
    Case(35, "of somebody else", caller="poor", status=404),
    Case(35, "there is not", path=f"{REDEMPTIONS}/999999999", status=404),
    Case(
        36,
        "approved",
        caller="staff",
        body={"status": "APPROVED", "adminNotes": "Order checked"},
        data=REDEMPTION | {"status": "APPROVED", "approvedAt": INSTANT, "completedAt": None},
    ),
    Case(
        36,
        "rejected",
        caller="staff",
        body={"status": "REJECTED"},
        data=REDEMPTION | {"status": "REJECTED", "approvedAt": None},
    ),
    Case(
        36,
        "completed",
        caller="staff",
        path=f"{REDEMPTIONS}/{{approved}}",
        body={"status": "COMPLETED"},
        data=REDEMPTION | {"status": "COMPLETED", "approvedAt": INSTANT, "completedAt": INSTANT},
    ),
    Case(36, "out of turn", caller="staff", body={"status": "COMPLETED"}, status=409),
    Case(
        36,
        "an unknown status, with those there are",
        caller="staff",
        body={"status": "LOST"},
        status=400,
        code="validation_failed",
        details=[{"field": "status", "message": re.compile("Must be one of: PENDING, .*")}],
    ),
    Case(
        36,
        "there is not",
        caller="staff",
        path=f"{REDEMPTIONS}/999999999",
        body={"status": "APPROVED"},
        status=404,
    ),
]


@every(CATALOGUE)
def test_rewards(case: Case, scene: Scene) -> None:
    check(case, scene)


@every(REDEEMING)
def test_redemptions(case: Case, scene: Scene) -> None:
    check(case, scene)
