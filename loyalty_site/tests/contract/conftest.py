"""The scene that the documents' requests are sent to."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from gamification.services.projecting import project_backlog
from loyalty_site.accounts.models import User
from loyalty_site.accounts.services import issue_tokens
from points.services.accounts import open_account
from points.services.postings import Cause, Source, award_points
from referrals.services import attach_referral, get_or_issue_code

from .cases import Call, Scene

PASSWORD = "correct-horse-9"


@pytest.fixture(scope="module")
def scene(django_db_setup: Any, django_db_blocker: Any) -> Iterator[Scene]:
    """Build the scene once for a file of tests; what a test does is undone by the test."""
    with django_db_blocker.unblock():
        outermost = transaction.atomic()
        # As TestCase does, so that code which must not run in a transaction still runs.
        setattr(outermost, "_from_testcase", True)  # noqa: B010
        with outermost:
            call_command("load_programme", verbosity=0)
            # What was kept for a minute may be of a site without anybody.
            cache.clear()
            yield build(timezone.now())
            transaction.set_rollback(True)


def build(now: datetime) -> Scene:
    """Make people who have done a little of everything.

    `newcomer` came by the code of `member`; `silver` has earned 1,280 points and kept 320; `poor`
    has none; `top` has reached the last level; `staff` may do everything; `host` reports.
    """
    people = {
        "member": make_person("mia", now, points=1_000, name="Mia Lopez"),
        "newcomer": make_person("nia", now),
        "silver": make_person("sid", now, points=1_280),
        "poor": make_person("ben", now),
        "top": make_person("tom", now, points=6_000),
        "staff": make_person("ann", now, is_staff=True, is_superuser=True),
        "host": make_person("shop", now),
    }
    people["host"].groups.set(Group.objects.filter(name="host"))
    code = get_or_issue_code(member=people["member"], now=now)
    attach_referral(referred=people["newcomer"], code=code.code, now=now)
    scene = Scene(
        {name: issue_tokens(user=person)["accessToken"] for name, person in people.items()},
        {name: person.public_id for name, person in people.items()},
    )
    scene.names |= {"code": code.code, "badge": "FIRST_FACE"}
    fill(scene)
    return scene


def make_person(public_id: str, now: datetime, *, points: int = 0, **fields: Any) -> Any:
    """Make somebody with an open account, a password, and points from what they earned."""
    fields = {"email": f"{public_id}@example.com", "name": public_id.title()} | fields
    person = User.objects.create_user(public_id=public_id, password=PASSWORD, **fields)
    account = open_account(member=person, now=now)
    if points:
        cause = Cause(source=Source(type="test", id=public_id, rule="start"), occurred_at=now)
        award_points(account_id=account.pk, amount=points, cause=cause, now=now)
    return person


def fill(scene: Scene) -> None:
    """Let the people do things, over HTTP, and keep the ids of what comes of it."""
    rewards = "/v2/gamification/rewards"
    do(scene, Call("host", "PUT", "/v2/gamification/members/{member}/stats", STATS))
    do(scene, Call("host", "POST", "/v2/gamification/activities", ACTIVITIES))
    for name, report in PURCHASES.items():
        do(scene, Call("host", "PUT", f"/api/points/purchases/{name}", report))
    do(scene, Call("member", "POST", "/api/points/redeem", claim("claimed", 100)))
    do(scene, Call("silver", "POST", "/api/points/redeem", claim("spent", 960)))
    voucher = {"pointsToRedeem": 100, "rewardType": "voucher"}
    do(scene, Call("member", "POST", "/rewards/redeem/{member}", voucher))
    for name, reward in REWARDS.items():
        scene.names[name] = do(scene, Call("staff", "POST", rewards, reward))["id"]
    for name in ("redemption", "approved"):
        redeemed = do(scene, Call("member", "POST", f"{rewards}/redeem", {"rewardId": "{coffee}"}))
        scene.names[name] = redeemed["id"]
    decision = {"status": "APPROVED"}
    do(scene, Call("staff", "PUT", f"{rewards}/redemptions/{{approved}}", decision))
    list(project_backlog())


def do(scene: Scene, call: Call) -> Any:
    """Do something and return the answer's data."""
    response = scene.send(call)
    assert response.status_code < 400, (call, response.content)
    return response.json()["data"]


def claim(purchase: str, points: int) -> dict[str, Any]:
    """Return the body that redeems points against a purchase."""
    return {"pointsToUse": points, "purchaseRequestId": purchase}


def purchase(user_id: str, amount: float, status: str = "in_progress") -> dict[str, Any]:
    """Return a purchase as the host reports it."""
    return {"userId": user_id, "amount": amount, "currency": "USD", "status": status}


STATS = {"trustScore": 85, "profileCompletion": 80}
ACTIVITIES = [
    {"eventId": "visit-1", "userId": "{member}", "action": "ATTEND_EVENT"},
    {"eventId": "contact-1", "userId": "{member}", "action": "MAKE_CONNECTION"},
]
PURCHASES = {
    "open": purchase("{silver}", 49.99),
    "open-too": purchase("{member}", 49.99),
    "cheap": purchase("{member}", 1.00),
    "claimed": purchase("{member}", 20.00),
    "spent": purchase("{silver}", 20.00),
    "delivered": purchase("{member}", 20.00, "delivered"),
    # The newcomer's first one, which activates the referral.
    "done": purchase("{newcomer}", 20.00, "completed"),
}
REWARDS = {
    "coffee": {
        "title": "Flat white",
        "description": "One cup in any of the shops.",
        "category": "Food & Drinks",
        "pointsRequired": 50,
        "partner": "Harbour Roasters",
        "quantity": 25,
        "imageUrl": "https://shop.example/flat-white.jpg",
    },
    "plain": {"title": "Ticket", "category": "Event Access", "pointsRequired": 100},
    "sold_out": {"title": "Poster", "category": "Lifestyle", "pointsRequired": 10, "quantity": 0},
}
