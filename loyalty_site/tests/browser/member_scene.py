"""A member in the middle of everything: badges, rewards of every kind, redemptions, friends."""

from datetime import datetime, timedelta
from typing import Any

from gamification.services.projecting import project_backlog
from loyalty_site.accounts.models import User
from points.models import LevelConfig
from points.services.activities import ActivityReport, record_activities
from referrals.services import (
    activate_referral,
    attach_referral,
    get_or_issue_code,
    keep_invitation,
)
from rewards.enums import RedemptionStatus
from rewards.models import CodePool, Reward, RewardOption
from rewards.services.catalogue import create_reward
from rewards.services.codes import add_codes
from rewards.services.redemptions import decide_redemption, redeem_reward

# How often each member came to an event.
VISITS = {"mia": 4, "leo": 6, "amara": 4, "jonas": 2, "yuki": 1}


def set_member_scene(*, make_member: Any, approver: Any, now: datetime) -> Any:
    """Make mia, her friends and a catalogue, and return her. Needs the programme."""
    people = {name: make_member(name, points=4_000) for name in VISITS}
    mia = people["mia"]
    _attend(now)
    _fill_catalogue(now)
    _redeem_and_decide(mia, approver, now)
    _bring_friends(mia, people, now)
    for _ in project_backlog():
        pass
    return mia


def _attend(now: datetime) -> None:
    reports = [
        ActivityReport(
            event_id=f"{name}-{visit}",
            user_id=name,
            action=action,
            occurred_at=now - timedelta(days=7 * visit),
            metadata={"eventType": "cafe", "locationId": f"place-{visit}"},
        )
        for name, visits in VISITS.items()
        for visit in range(visits)
        for action in ("ATTEND_EVENT", "MAKE_CONNECTION")
    ]
    record_activities(reports=reports, now=now)


def _fill_catalogue(now: datetime) -> None:
    highest = LevelConfig.objects.get(name="platinum")
    pool = CodePool.objects.create(name="Vouchers")
    add_codes(
        pool=pool, codes=[f"SPRING-{number:04d}" for number in range(20)], actor=None, now=now
    )
    for fields in (
        {"title": "Concert ticket", "points_required": 900, "quantity": 0},
        {"title": "Record of the month", "points_required": 120, "quantity": 3},
        {"title": "Turntable", "points_required": 45_000, "quantity": 2},
        {"title": "Backstage tour", "points_required": 500, "minimum_level": highest},
        {
            "title": "Summer festival",
            "points_required": 700,
            "valid_from": now + timedelta(days=30),
        },
    ):
        create_reward(fields={"category": "Event Access", "description": "", **fields}, now=now)
    Reward.objects.filter(title="5 off your next order").update(code_pool=pool)
    RewardOption.objects.filter(type="voucher").update(code_pool=pool)


def _redeem_and_decide(mia: Any, approver: Any, now: datetime) -> None:
    wanted = [
        ("5 off your next order", RedemptionStatus.APPROVED, ""),
        ("Yoga class", RedemptionStatus.REJECTED, "The studio is closed this month."),
        ("Filter coffee to go", None, ""),
    ]
    for title, status, note in wanted:
        reward = Reward.objects.get(title=title)
        redemption = redeem_reward(member=mia, reward_id=reward.pk, now=now - timedelta(hours=3))
        if status:
            decide_redemption(
                redemption_id=redemption.pk,
                status=status,
                actor=approver,
                notes="Looked into it",
                member_note=note,
                now=now,
            )


def _bring_friends(mia: Any, people: dict[str, User], now: datetime) -> None:
    code = get_or_issue_code(member=mia, now=now).code
    for name in ("amara", "jonas"):
        attach_referral(referred=people[name], code=code, now=now)
    activate_referral(referred=people["amara"], now=now)
    keep_invitation(code=code, email="sofia@example.com", now=now)
