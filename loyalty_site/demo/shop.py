"""The record shop: its purchases and events from the files, and what its customers redeemed."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from loyalty_site.accounts.members import ensure_members
from loyalty_site.accounts.models import User
from loyalty_site.imports import (
    ACTIVITY_COLUMNS,
    PURCHASE_COLUMNS,
    read_activity,
    read_lines,
    read_purchase,
)
from points.models import PointAccount
from points.selectors import get_spendable_balance
from points.services.activities import ActivityReport, record_activities
from rewards.enums import RedemptionStatus
from rewards.models import Redemption, Reward
from rewards.services.catalogue import create_reward
from rewards.services.redemptions import cancel_redemption, decide_redemption, redeem_reward

from .timeline import Moment, days_before

FOLDER = Path(__file__).parent

CLOSING_TIME = time(20)
# Lately each day is reported at closing time; before that each month, and long ago each year.
DAYS_REPORTED_DAILY, DAYS_REPORTED_MONTHLY = 14, 400
# What the shop promises its customers: points for less than this keep for one year, others for two.
SMALL_PURCHASE = 15
DAYS_KEPT, DAYS_KEPT_SMALL = 730, 365

RARE, SCARCE = "Signed test pressing", "Record of the month"
SHELF = {"category": "Records", "partner": "The record shop"}
CATALOGUE: tuple[dict[str, Any], ...] = (
    {
        "title": RARE,
        "description": "One of three, signed on the sleeve and numbered.",
        "points_required": 300,
        "quantity": 3,
    },
    {
        "title": SCARCE,
        "description": "What the shop listens to this month, on vinyl.",
        "points_required": 120,
        "quantity": 6,
    },
)
# Who redeems what is left to chance, but the same chance every time.
CHANCE_SEED = 7
CUSTOMERS_ASKED = 25
DAYS_BETWEEN_REDEMPTIONS = 8
REDEEMED_RARE_DAYS_AGO = (41.2, 36.7, 29.4)
REDEEMED_SCARCE_DAYS_AGO = (23.1, 17.8, 13.3, 11.9)
WAITING_HOURS = (3, 9, 21, 34, 52, 77)
# How a redemption ended, after how many days, and how often.
ENDINGS = {
    RedemptionStatus.COMPLETED: 7,
    RedemptionStatus.REJECTED: 2,
    RedemptionStatus.CANCELLED: 1,
}
DAYS_UNTIL_DECIDED, DAYS_UNTIL_COMPLETED = 0.4, 3.0
REASONS = ("Out of print at the moment.", "This branch has none left.")


def list_shop(*, approver: User, now: datetime) -> Iterator[Moment]:
    """Yield what happened in the shop."""
    yield from list_purchases(now=now)
    yield from list_events(now=now)
    yield Moment(at=days_before(now, 60), happen=stock_up)
    yield from list_redemptions(approver=approver, now=now)


def list_purchases(*, now: datetime) -> Iterator[Moment]:
    """Yield the file's purchases, all moved by as many days, so that the last was yesterday."""
    lines = read_lines(FOLDER / "purchases.csv", PURCHASE_COLUMNS)
    reports = [read_purchase(cells, now=now) for _, cells in lines]
    last = max(report.occurred_at for report in reports)
    shift = timedelta(days=(now - last).days - 1)
    moved = [
        _promise(replace(report, occurred_at=report.occurred_at + shift)) for report in reports
    ]
    since = days_before(now, DAYS_REPORTED_DAILY)
    return _report_together(moved, lambda at: (at.year, at.month, at.day if at > since else 0))


def list_events(*, now: datetime) -> Iterator[Moment]:
    """Yield the file's events at their own times, reported by the year and lately by the month."""
    lines = read_lines(FOLDER / "activities.csv", ACTIVITY_COLUMNS)
    reports = [read_activity(cells, now=now) for _, cells in lines]
    since = days_before(now, DAYS_REPORTED_MONTHLY)
    return _report_together(reports, lambda at: (at.year, at.month if at > since else 0))


def _promise(report: ActivityReport) -> ActivityReport:
    is_small = report.metadata["amount"] < SMALL_PURCHASE
    days = DAYS_KEPT_SMALL if is_small else DAYS_KEPT
    return replace(report, expires_at=report.occurred_at + timedelta(days=days))


def _report_together(reports: list[ActivityReport], period: Any) -> Iterator[Moment]:
    """Yield a moment for each period, at the closing time of its last day."""
    zone = ZoneInfo(settings.LOYALTY_TIME_ZONE)

    def find_period(report: ActivityReport) -> Any:
        return period(report.occurred_at.astimezone(zone))

    reports.sort(key=lambda report: report.occurred_at)
    for _, together in groupby(reports, key=find_period):
        batch = list(together)
        last = batch[-1].occurred_at.astimezone(zone)
        at = max(last, datetime.combine(last.date(), CLOSING_TIME, tzinfo=zone))
        yield Moment(at=at, happen=partial(record_batch, batch))


def record_batch(reports: list[ActivityReport], *, now: datetime) -> None:
    """Record what customers did, who become members by it."""
    ensure_members(public_ids=[report.user_id for report in reports], now=now)
    record_activities(reports=reports, now=now)


def stock_up(*, now: datetime) -> None:
    """Put the shop's own rewards on offer."""
    for fields in CATALOGUE:
        create_reward(fields={**SHELF, **fields}, now=now)


def list_redemptions(*, approver: User, now: datetime) -> Iterator[Moment]:
    """Yield what customers redeemed in the last year, what became of it and what still waits."""
    chance = random.Random(CHANCE_SEED)  # noqa: S311 -- no secret
    for days in range(362, 5, -DAYS_BETWEEN_REDEMPTIONS):
        [ending] = chance.choices(list(ENDINGS), list(ENDINGS.values()))
        at = days_before(now, days + chance.random())
        errand = Errand(approver=approver, chance=chance)
        yield from errand.list_moments(at=at, ending=ending, now=now)
    for title, instants in ((RARE, REDEEMED_RARE_DAYS_AGO), (SCARCE, REDEEMED_SCARCE_DAYS_AGO)):
        for days_ago in instants:
            errand = Errand(approver=approver, chance=chance, title=title)
            at = days_before(now, days_ago)
            yield from errand.list_moments(at=at, ending=RedemptionStatus.COMPLETED, now=now)
    for hours in WAITING_HOURS:
        errand = Errand(approver=approver, chance=chance)
        yield Moment(at=now - timedelta(hours=hours), happen=errand.redeem)


class Errand:
    """A customer who redeems something, and what becomes of that."""

    def __init__(self, *, approver: User, chance: random.Random, title: str = "") -> None:
        self.approver = approver
        self.chance = chance
        self.title = title
        self.redemption: Redemption | None = None

    def list_moments(
        self, *, at: datetime, ending: RedemptionStatus, now: datetime
    ) -> Iterator[Moment]:
        """Yield the steps that have been taken by now."""
        decided_at = at + timedelta(days=DAYS_UNTIL_DECIDED)
        steps = [Moment(at=at, happen=self.redeem)]
        if ending == RedemptionStatus.COMPLETED:
            approve = partial(self.decide, RedemptionStatus.APPROVED)
            completed_at = at + timedelta(days=DAYS_UNTIL_COMPLETED)
            steps += [
                Moment(at=decided_at, happen=approve),
                Moment(at=completed_at, happen=partial(self.decide, ending)),
            ]
        else:
            steps.append(Moment(at=decided_at, happen=partial(self.decide, ending)))
        yield from (step for step in steps if step.at < now)

    def redeem(self, *, now: datetime) -> None:
        """Let one of the shop's best customers redeem something they can afford."""
        accounts = PointAccount.objects.filter(member__email=None).select_related("member")
        richest = list(accounts.order_by("-balance", "pk")[:CUSTOMERS_ASKED])
        account = self.chance.choice(richest)
        affordable = list(self._list_rewards(get_spendable_balance(account, now=now)))
        if affordable:
            reward = self.chance.choice(affordable)
            self.redemption = redeem_reward(member=account.member, reward_id=reward.pk, now=now)

    def decide(self, status: RedemptionStatus, *, now: datetime) -> None:
        """Take the redemption on."""
        if self.redemption is None:
            return
        if status == RedemptionStatus.CANCELLED:
            member = self.redemption.member
            cancel_redemption(member=member, redemption_id=self.redemption.pk, now=now)
            return
        reason = self.chance.choice(REASONS) if status == RedemptionStatus.REJECTED else ""
        decide_redemption(
            redemption_id=self.redemption.pk,
            status=status,
            actor=self.approver,
            member_note=reason,
            now=now,
        )

    def _list_rewards(self, points: int) -> Iterable[Reward]:
        rewards = Reward.objects.filter(points_required__lte=points, minimum_level=None)
        rewards = rewards.exclude(quantity=0).order_by("pk")
        if self.title:
            return rewards.filter(title=self.title)
        return rewards.exclude(title__in=(RARE, SCARCE))
