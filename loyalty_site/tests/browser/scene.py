"""A year of a small record shop's programme, so that pages have something to show."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from loyalty_site.accounts.models import User
from points.models import PointAccount
from points.selectors import get_spendable_balance
from points.services.accounts import open_account
from points.services.activities import ActivityReport, record_activities
from points.services.expiry import expire_due_lots
from rewards.enums import RedemptionStatus
from rewards.models import Redemption, Reward
from rewards.services.redemptions import decide_redemption, redeem_reward

NAMES = [
    "Mia Moreau",
    "Leo Lindqvist",
    "Amara Okafor",
    "Jonas Weber",
    "Sofía Herrera",
    "Yuki Tanaka",
    "Priya Nair",
    "Tomáš Novák",
    "Layla Haddad",
    "Noah Bennett",
    "Ingrid Solberg",
    "Mateo Rossi",
    "Chloé Lambert",
    "Kwame Mensah",
    "Hannah Fischer",
    "Diego Álvarez",
    "Aisha Rahman",
    "Oskar Nowak",
    "Elena Popescu",
    "Liam O'Connor",
    "Fatima Zahra",
    "Lucas Pereira",
    "Zoë van Dijk",
    "Arjun Mehta",
    "Freya Jensen",
    "Minh Nguyen",
    "Nadia Petrova",
    "Samuel Adeyemi",
    "Julia Romano",
    "Emre Kaya",
]
ACTIONS = ("ATTEND_EVENT", "MAKE_CONNECTION", "VOLUNTEER", "RECEIVE_POSITIVE_REVIEW", "HOST_EVENT")
SPENDING = 0.45


def set_scene(*, approver: User, now: datetime) -> list[User]:
    """Make thirty members with a year behind them and a queue in front of the approver."""
    chance = random.Random(7)
    members = [
        _join(number, name, at=now - timedelta(days=372 - 12 * number, hours=number % 5))
        for number, name in enumerate(NAMES, start=1)
    ]
    for at in _days(now):
        present = [member for member in members if member.joined_at <= at]
        _act(present, at=at, chance=chance)
        if chance.random() < SPENDING:
            _redeem(chance.choice(present), approver=approver, at=at, chance=chance)
        list(expire_due_lots(now=at))
    _fill_queue(members, now=now)
    return members


def _join(number: int, name: str, *, at: datetime) -> User:
    member = User.objects.create_user(
        email=f"member{number}@example.com",
        public_id=f"shop-{number:03d}",
        name=name,
        joined_at=at,
    )
    open_account(member=member, now=at)
    return member


def _days(now: datetime) -> Iterator[datetime]:
    for days_ago in range(358, -1, -2):
        yield now - timedelta(days=days_ago, minutes=5)


def _act(members: list[User], *, at: datetime, chance: random.Random) -> None:
    reports = []
    for member in chance.sample(members, k=min(len(members), 4)):
        event_id = f"scene:{at:%Y%m%d}:{member.public_id}"
        amount = chance.choice([18, 24.5, 39, 62, 118, 240])
        reports += [
            ActivityReport(
                event_id=f"{event_id}:purchase",
                user_id=member.public_id,
                action="PURCHASE",
                occurred_at=at,
                metadata={"amount": amount},
                expires_at=at + timedelta(days=chance.choice([60, 120, 365])),
            ),
            ActivityReport(
                event_id=f"{event_id}:other",
                user_id=member.public_id,
                action=chance.choice(ACTIONS),
                occurred_at=at,
            ),
        ]
    record_activities(reports=reports, now=at)


def _redeem(member: User, *, approver: User, at: datetime, chance: random.Random) -> None:
    account = PointAccount.objects.get(member=member)
    spendable = get_spendable_balance(account, now=at)
    affordable = Reward.objects.filter(points_required__lte=spendable).exclude(quantity=0)
    reward = affordable.order_by("-points_required").first()
    if reward is None:
        return
    redemption = redeem_reward(member=member, reward_id=reward.pk, now=at)
    outcome = chance.choice(
        [RedemptionStatus.COMPLETED, RedemptionStatus.COMPLETED, RedemptionStatus.REJECTED]
    )
    decided_at = at + timedelta(minutes=20)
    if outcome == RedemptionStatus.COMPLETED:
        _decide(redemption, RedemptionStatus.APPROVED, approver, decided_at)
    _decide(redemption, outcome, approver, decided_at + timedelta(minutes=5))


def _decide(
    redemption: Redemption, status: RedemptionStatus, approver: User, decided_at: datetime
) -> None:
    decide_redemption(
        redemption_id=redemption.pk,
        status=status,
        actor=approver,
        notes="Out of print at the moment." if status == RedemptionStatus.REJECTED else "",
        now=decided_at,
    )


def _fill_queue(members: list[User], *, now: datetime) -> None:
    """Let the richest members redeem lately, oldest first."""
    rewards = list(Reward.objects.exclude(quantity=0).order_by("points_required")[:4])
    accounts = PointAccount.objects.filter(member__in=members).order_by("-balance", "pk")
    for number, account in enumerate(accounts.select_related("member")[:7]):
        waited = timedelta(hours=52 - 8 * number)
        redeem_reward(member=account.member, reward_id=rewards[number % 4].pk, now=now - waited)
