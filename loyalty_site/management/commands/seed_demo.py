"""Fill a demo installation with people and real purchases."""

import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

import loyalty_site.demo
from gamification.models import GaugeReading
from gamification.selectors import PROFILE_COMPLETION, TRUST_SCORE
from gamification.services.gauges import report_gauges
from loyalty_site.accounts.models import Role, User
from loyalty_site.accounts.services import ensure_person
from points.errors import InsufficientPoints
from points.models import Activity, PointAccount
from points.services.activities import ActivityReport, record_activities
from rewards.enums import PurchaseStatus
from rewards.models import CodePool, Purchase, Redemption, Reward, RewardOption
from rewards.services.codes import add_codes
from rewards.services.options import redeem_option
from rewards.services.purchases import claim_discount, report_purchase
from rewards.services.redemptions import redeem_reward

PASSWORD = "loyalty-demo"  # noqa: S105 -- printed for everybody by bin/run

CUSTOMERS_WAITING = 5
VOUCHER_POOL = "Record shop vouchers"
VOUCHERS = 25
# The last lines of the files: when one is there, so is all of its file.
LAST_PURCHASE = "P06919"
LAST_EVENT = "75e6fae5eceb"

# What the two members did lately: days ago, action, metadata.
HISTORIES: dict[str, list[tuple[int, str, dict[str, Any]]]] = {
    "mia": [
        (40, "REGISTER", {}),
        (40, "VERIFY_EMAIL", {}),
        (39, "COMPLETE_PROFILE_BASIC", {}),
        (30, "PURCHASE", {"amount": 184.5, "currency": "USD", "description": "Six records"}),
        (21, "ATTEND_EVENT", {"eventType": "meetup", "description": "Listening evening"}),
        (14, "ATTEND_EVENT", {"eventType": "cafe", "description": "Vinyl and coffee"}),
        (9, "MAKE_CONNECTION", {"description": "Connected with Leo"}),
        (2, "PURCHASE", {"amount": 62.0, "currency": "USD", "description": "A box set"}),
    ],
    "leo": [
        (200, "REGISTER", {}),
        (200, "COMPLETE_PROFILE_FULL", {}),
        (150, "PURCHASE", {"amount": 899.0, "currency": "USD", "description": "A turntable"}),
        (90, "HOST_EVENT", {"description": "Listening evening"}),
        (60, "PURCHASE", {"amount": 240.75, "currency": "USD", "description": "Loudspeaker cable"}),
        (30, "CANCEL_RSVP", {}),
    ],
}


# What the two members bought lately: id, member, amount, how it went on and the points redeemed
# against it while it was in progress. The last one waits for a newcomer to try that.
PURCHASES: tuple[tuple[str, str, str, tuple[PurchaseStatus, ...], int], ...] = (
    ("demo-1001", "leo", "129.00", (PurchaseStatus.DELIVERED, PurchaseStatus.COMPLETED), 200),
    ("demo-1002", "mia", "24.99", (PurchaseStatus.DELIVERED,), 0),
    ("demo-1003", "mia", "45.00", (PurchaseStatus.CANCELLED,), 50),
    ("demo-1004", "leo", "58.40", (), 120),
    ("demo-1005", "mia", "18.00", (), 0),
)


# How far the host trusts the two members, and how complete their profiles are.
STATS: dict[str, tuple[float, int]] = {"mia": (87.5, 60), "leo": (95.8, 100)}


class Command(BaseCommand):
    """Add the demo's accounts, what they did, the record shop's purchases, and events."""

    help = (
        "Fill a demo: four accounts to sign in with, two members with a history, redemptions "
        "that wait for approval, voucher codes, purchases at every step, 6,919 imported ones that "
        "are real, and 1,840 attended events. Adds what is missing; repeatable."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Seed, unless this is production: the password is public."""
        if settings.LOYALTY_MODE == "production":
            raise CommandError("The demo's password is public; production is never seeded.")
        now = timezone.now()
        people = add_people(now=now)
        add_histories(now=now)
        samples = Path(loyalty_site.demo.__file__).parent
        if not Activity.objects.filter(event_id=f"purchase:{LAST_PURCHASE}").exists():
            purchases = str(samples / "purchases.csv")
            call_command("import_purchases", purchases, verbosity=options["verbosity"])
        if not Purchase.objects.exists():
            add_purchases(people, now=now)
        if not Redemption.objects.exists():
            request_rewards([people["mia"], *list_best_customers()], now=now)
        if not CodePool.objects.exists():
            hand_out_vouchers(people["leo"], now=now)
        if not GaugeReading.objects.exists():
            report_stats(people, now=now)
        # After the redemptions, which are those of the shop's best customers.
        if not Activity.objects.filter(event_id=LAST_EVENT).exists():
            events = str(samples / "activities.csv")
            call_command("import_activities", events, verbosity=options["verbosity"])


def add_people(*, now: datetime) -> dict[str, User]:
    """Make the four people the demo signs in as; return them by public id."""
    wanted: list[dict[str, Any]] = [
        {"public_id": "admin", "name": "Ada Admin", "is_staff": True, "is_superuser": True}
        | {"role": Role.ADMIN},
        {"public_id": "approver", "name": "Paul Approver", "is_staff": True}
        | {"groups": ("approver",)},
        {"public_id": "mia", "name": "Mia Moreau"},
        {"public_id": "leo", "name": "Leo Lindqvist"},
    ]
    return {
        fields["public_id"]: ensure_person(
            email=f"{fields['public_id']}@example.com", password=PASSWORD, now=now, **fields
        )
        for fields in wanted
    }


def add_histories(*, now: datetime) -> None:
    """Record what the two members did; what is recorded already stays as it is."""
    reports = [
        ActivityReport(
            event_id=f"demo:{user_id}:{number}",
            user_id=user_id,
            action=action,
            occurred_at=now - timedelta(days=days_ago),
            metadata=metadata,
        )
        for user_id, history in HISTORIES.items()
        for number, (days_ago, action, metadata) in enumerate(history, start=1)
    ]
    record_activities(reports=reports, now=now)


def report_stats(people: dict[str, User], *, now: datetime) -> None:
    """Report what the host computes for the two members."""
    for user_id, (trust_score, profile_completion) in STATS.items():
        numbers = {TRUST_SCORE: trust_score, PROFILE_COMPLETION: profile_completion}
        report_gauges(member=people[user_id], numbers=numbers, now=now)


def add_purchases(people: dict[str, User], *, now: datetime) -> None:
    """Register the two members' purchases, redeem points against some, and take them on."""
    for purchase_id, user_id, amount, steps, points in PURCHASES:
        for status in (PurchaseStatus.IN_PROGRESS, *steps):
            report_purchase(
                purchase_id=purchase_id,
                user_id=user_id,
                amount=Decimal(amount),
                currency="USD",
                status=status,
                now=now,
            )
            if points and status == PurchaseStatus.IN_PROGRESS:
                claim_discount(
                    member=people[user_id], purchase_id=purchase_id, points=points, now=now
                )


def list_best_customers() -> list[User]:
    """Return the customers of the record shop who hold the most points."""
    accounts = PointAccount.objects.filter(member__email=None).select_related("member")
    return [account.member for account in accounts.order_by("-balance", "pk")[:CUSTOMERS_WAITING]]


def request_rewards(members: list[User], *, now: datetime) -> None:
    """Redeem a reward for each, the cheapest first, so that the queue has something to decide."""
    rewards = Reward.objects.filter(minimum_level=None).order_by("points_required", "pk")
    for member, reward in zip(members, rewards, strict=False):
        redeem_reward(member=member, reward_id=reward.pk, now=now)


def hand_out_vouchers(member: User, *, now: datetime) -> None:
    """Let vouchers come as codes of a pool, and redeem one and some cashback."""
    pool = CodePool.objects.create(name=VOUCHER_POOL)
    codes = [f"VINYL-{secrets.token_hex(3).upper()}-{number:02}" for number in range(VOUCHERS)]
    add_codes(pool=pool, codes=codes, actor=None, now=now)
    RewardOption.objects.filter(type="voucher").update(code_pool=pool)
    for reward_type, points in (("voucher", 200), ("cashback", 500)):
        # In a demo that somebody has used, the points may be gone.
        with suppress(InsufficientPoints):
            redeem_option(
                member=member, reward_type=reward_type, points=points, actor=member, now=now
            )
