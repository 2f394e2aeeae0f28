"""Gamification: dashboards, badges, points, leaderboards and figures."""

import pytest

from .cases import Call, Case, Scene, check, every, refused, without
from .shapes import INSTANT, NUMBER, TEXT, Rows

pytestmark = pytest.mark.django_db

HISTORY = {
    "id": str,
    "userId": str,
    "points": int,
    "action": str,
    "description": str,
    "createdAt": INSTANT,
}
BADGE = {
    "id": str,
    "type": str,
    "name": str,
    "description": str,
    "criteria": str,
    "imageUrl": (str, None),
}
EARNED_BADGE = BADGE | {"earnedAt": INSTANT}
PROGRESS = {
    "badge": BADGE,
    "isEarned": bool,
    "currentProgress": NUMBER,
    "requiredProgress": NUMBER,
    "percentage": NUMBER,
    "nextMilestone": (str, None),
}
REDEMPTION = {
    "id": str,
    "userId": str,
    "rewardId": str,
    "status": str,
    "redeemedAt": INSTANT,
    "approvedAt": (INSTANT, None),
    "rewards": {"id": str, "title": str, "pointsRequired": int},
}
PLACE = {"userId": str, "userName": str, "value": NUMBER, "rank": int}
RANK = (int, None)
DASHBOARD = {
    "points": {"total": int, "rank": RANK, "recentEarnings": [HISTORY]},
    "badges": {
        "total": int,
        "earned": Rows(EARNED_BADGE | {"userBadgeId": str}),
        "progress": [PROGRESS],
    },
    "rewards": {
        "availableCount": int,
        "canAffordCount": int,
        "recentRedemptions": Rows(REDEMPTION),
    },
    "leaderboard": {"pointsRank": RANK, "trustScoreRank": RANK, "badgesRank": RANK},
    "stats": {
        "eventsAttended": int,
        "connectionsCount": int,
        "trustScore": NUMBER,
        "profileCompletion": NUMBER,
    },
}
INSUFFICIENT = "Insufficient points balance"
SCARCE = {"error": INSUFFICIENT, "message": TEXT}
NO_MEMBER = "member_not_found"
AWARD_BADGE = {"userId": "{poor}", "badgeType": "FIRST_FACE", "reason": "Held the fort"}
GIVE_BADGE = Call("staff", "POST", "/v2/gamification/badges/award", AWARD_BADGE)
REVOKE = "/v2/gamification/badges/FIRST_FACE/revoke/{poor}"


def award(points: object = 50, user_id: str = "{poor}", **more: object) -> dict[str, object]:
    given = {"userId": user_id, "points": points, "action": "SPECIAL_EVENT"}
    return {**given, "description": "Held the fort", **more}


def deduct(points: object = 20, user_id: str = "{silver}", **more: object) -> dict[str, object]:
    return {"userId": user_id, "points": points, "reason": "Awarded twice", **more}


DASHBOARDS_AND_BADGES = [
    Case(13, "of a busy member", data=DASHBOARD),
    Case(14, "of a member, for staff", caller="staff", data=DASHBOARD),
    Case(
        14,
        "of nobody, for staff",
        caller="staff",
        path="/v2/gamification/dashboard/user/nobody",
        status=404,
        code=NO_MEMBER,
    ),
    Case(14, "of oneself", caller="member", data=DASHBOARD),
    Case(
        14,
        "of somebody else, for a member",
        caller="poor",
        status=403,
        code="permission_denied",
        fields={"error": "Insufficient permissions"},
    ),
    Case(15, "all of them", data={"badges": [BADGE], "total": 14}),
    Case(16, "by its type", data=BADGE | {"type": "FIRST_FACE", "name": "First Face"}),
    Case(16, "there is not", path="/v2/gamification/badges/NO_SUCH", status=404),
    Case(
        17,
        "with one",
        caller="poor",
        before=(GIVE_BADGE,),
        data={"badges": [EARNED_BADGE | {"type": "FIRST_FACE"}], "total": 1},
    ),
    Case(17, "with none", caller="poor", data={"badges": [], "total": 0}),
    Case(
        18,
        "with one, for staff",
        caller="staff",
        path="/v2/gamification/badges/user/{poor}",
        before=(GIVE_BADGE,),
        data={"badges": [EARNED_BADGE], "total": 1},
    ),
    Case(18, "of nobody", caller="staff", path="/v2/gamification/badges/user/nobody", status=404),
    Case(19, "toward all of them", data={"progress": [PROGRESS], "total": 14}),
    Case(
        19,
        "of who has nothing",
        caller="poor",
        data={"progress": [PROGRESS | {"isEarned": False, "currentProgress": (0, 0.0)}]},
    ),
    Case(20, "by hand", caller="staff", body=AWARD_BADGE, status=201),
    Case(
        20,
        "held already",
        caller="staff",
        body=AWARD_BADGE,
        before=(GIVE_BADGE,),
        status=409,
        details={"badgeType": "FIRST_FACE", "earnedAt": INSTANT},
        fields={"error": "Badge already earned"},
    ),
    Case(20, "to nobody", caller="staff", body=AWARD_BADGE | {"userId": "nobody"}, status=404),
    Case(20, "without a type", caller="staff", body=without(AWARD_BADGE, "badgeType"), status=400),
    Case(20, "without a member", caller="staff", body=without(AWARD_BADGE, "userId"), status=400),
    Case(21, "that is held", caller="staff", path=REVOKE, before=(GIVE_BADGE,)),
    Case(21, "that is not held", caller="staff", path=REVOKE, status=404),
]
POINTS = [
    Case(22, "of a busy member", data={"totalPoints": int, "pointHistories": [HISTORY]}),
    Case(22, "of who has none", caller="poor", data={"totalPoints": 0, "pointHistories": []}),
    Case(
        23,
        "without parameters",
        data={"history": [HISTORY | {"userId": "{member}"}], "total": int, "totalPoints": int},
        is_page=True,
    ),
    Case(
        23,
        "of an action",
        path="?action=ATTEND_EVENT&limit=10",
        data={
            "history": [HISTORY | {"action": "ATTEND_EVENT", "points": 10}],
            "total": 1,
            "totalPoints": int,
        },
        is_page=True,
        fields={"pagination": {"limit": 10}},
    ),
    Case(
        23,
        "between dates",
        path="?startDate=2020-01-01T00:00:00Z&endDate=2020-12-31&page=1",
        data={"history": [], "total": 0, "totalPoints": int},
        is_page=True,
    ),
    refused(23, "an action there is not", "action", path="?action=DANCE"),
    refused(23, "a date that is none", "startDate", path="?startDate=soon"),
    Case(
        24,
        "all of them",
        data={
            "actions": [{"action": str, "points": int, "description": TEXT, "category": TEXT}],
            "total": 43,
        },
    ),
    Case(
        25,
        "for staff",
        caller="staff",
        data={"totalPoints": int, "pointHistories": [HISTORY | {"userId": "{member}"}]},
    ),
    Case(
        25,
        "of nobody",
        caller="staff",
        path="/v2/gamification/points/user/nobody",
        status=404,
        code=NO_MEMBER,
    ),
    Case(
        25,
        "of somebody else, for a member",
        caller="poor",
        status=403,
        code="permission_denied",
        fields={"error": "Insufficient permissions"},
    ),
    Case(
        26,
        "for a special event",
        caller="staff",
        body=award(),
        status=201,
        data={
            "transaction": HISTORY
            | {"points": 50, "action": "SPECIAL_EVENT", "description": "Held the fort"},
            "totalPoints": 50,
        },
    ),
    Case(26, "to nobody", caller="staff", body=award(user_id="nobody"), status=404, code=NO_MEMBER),
    refused(26, "an unknown action", "action", caller="staff", body=award(action="DANCE")),
    refused(26, "no points", "points", caller="staff", body=award(0)),
    refused(26, "points in quotes", "points", caller="staff", body=award("50")),
    refused(26, "no member", "userId", caller="staff", body=without(award(), "userId")),
    Case(
        27,
        "some of them",
        caller="staff",
        body=deduct(),
        status=201,
        data={"transaction": HISTORY | {"points": -20}, "totalPoints": 300},
    ),
    Case(
        27,
        "more than there are",
        caller="staff",
        body=deduct(321),
        status=409,
        code="insufficient_points",
        details={"required": 321, "available": 320, "current": 320},
        fields=SCARCE,
    ),
    Case(27, "from nobody", caller="staff", body=deduct(user_id="nobody"), status=404),
    refused(27, "no reason", "reason", caller="staff", body=without(deduct(), "reason")),
    refused(27, "negative points", "points", caller="staff", body=deduct(-20)),
]
BOARDS = {38: "points", 39: "trust", 40: "badges", 41: "events", 42: "connections", 43: "referrals"}
LEADERBOARDS = [
    Case(
        number,
        f"of {timeframe}",
        path=f"?timeframe={timeframe}&page=1&limit=10",
        data={
            "leaderboard": [PLACE],
            "total": int,
            "me": {"userId": "{member}", "value": NUMBER, "rank": RANK},
        },
        is_page=True,
        fields={"pagination": {"limit": 10}},
    )
    for number in BOARDS
    for timeframe in ("all", "year", "month", "week")
]
LEADERBOARDS += [
    case
    for number in BOARDS
    for case in (
        Case(number, "50 rows by default", is_page=True, fields={"pagination": {"limit": 50}}),
        refused(number, "an unknown timeframe", "timeframe", path="?timeframe=decade"),
    )
]
USER = {"id": str, "displayName": str}
FIGURES = [
    Case(
        44,
        "of the platform",
        caller="staff",
        data={
            "points": {
                "totalAwarded": int,
                "totalSpent": int,
                "averageBalance": NUMBER,
                "topEarner": {"user": USER, "balance": int},
            },
            "badges": {
                "totalAwarded": int,
                "uniqueUsers": int,
                "mostEarned": ({"badge": {"type": str, "name": str}, "count": int}, None),
            },
            "rewards": {
                "totalRedeemed": int,
                "totalPending": int,
                "popularReward": {"reward": {"id": str, "title": str}, "redemptionCount": int},
            },
            "leaderboards": {
                "topPointsUser": {"user": USER, "points": int},
                "topTrustUser": {"user": USER, "trustScore": NUMBER},
            },
        },
    )
]


@every(DASHBOARDS_AND_BADGES)
def test_dashboards_and_badges(case: Case, scene: Scene) -> None:
    check(case, scene)


@every(POINTS)
def test_points(case: Case, scene: Scene) -> None:
    check(case, scene)


@every([*LEADERBOARDS, *FIGURES])
def test_leaderboards_and_figures(case: Case, scene: Scene) -> None:
    check(case, scene)
