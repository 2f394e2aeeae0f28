"""Recording what members did: the host's reports, imports and the site's own events.

A report is a list of up to 10,000 activities and goes to the database as one JSON parameter.
Each activity gets its own answer; a bad one never spoils the others.
"""

import random
import time
import zoneinfo
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

import psycopg
from django.conf import settings
from django.db import DatabaseError
from psycopg.types.json import Jsonb

from ..enums import RECORDED_STATUSES, ActivityStatus
from ..errors import SourceConflict
from ..models import RefusedActivity
from ..signals import activities_recorded
from .accounts import map_accounts
from .calls import Row, call_ledger
from .postings import Posting, announce, hint, posting_transaction

REPORT_SIZE_MAX = 10_000
ATTEMPTS_MAX = 12
MEETING_PAUSE_SECONDS = 0.05
EVENT_CONSTRAINT = "points_activity_event_unique"


@dataclass(frozen=True, kw_only=True)
class ActivityReport:
    """One thing a member did. `event_id` makes reporting it repeatable.

    `occurred_at` is aware; its own offset (when it is not UTC) decides the local date, else
    `time_zone` (an IANA name), else the member's zone, else the programme's. `expires_at`
    overrides the action's expiry; imports use it.
    """

    event_id: str
    user_id: str
    action: str
    occurred_at: datetime
    metadata: Mapping[str, Any] = field(default_factory=dict)
    subject_id: str = ""
    time_zone: str = ""
    expires_at: datetime | None = None

    def find_local_date(self, *, member_time_zone: str) -> date:
        """Return the calendar day where the member was."""
        if (
            isinstance(self.occurred_at.tzinfo, timezone)
            and self.occurred_at.utcoffset() != timedelta()
        ):
            return self.occurred_at.date()
        zone = find_zone(self.time_zone or member_time_zone)
        try:
            return self.occurred_at.astimezone(zone).date()
        except OverflowError:
            # Within a day of the calendar's first or last instant.
            return self.occurred_at.date()


@dataclass(frozen=True, kw_only=True)
class ActivityOutcome:
    """What became of one reported activity.

    `points` is what was posted (signed), `balance` the member's balance afterwards (None when the
    member is unknown), `posting` the transaction when there is one.
    """

    report: ActivityReport
    status: ActivityStatus
    reason: str
    points: int
    balance: int | None
    posting: Posting | None


def record_activities(*, reports: Sequence[ActivityReport], now: datetime) -> list[ActivityOutcome]:
    """Record activities in one round trip and return one outcome each, in the order given.

    Points post by the action rows, with their caps and cooldowns. An activity whose `event_id`
    is known answers `duplicate` and changes nothing.
    """
    assert len(reports) <= REPORT_SIZE_MAX, "callers split larger reports"  # noqa: S101
    accounts = map_accounts([report.user_id for report in reports])
    items = [
        _as_item(n, report, *accounts[report.user_id])
        for n, report in enumerate(reports)
        if report.user_id in accounts
    ]
    known = _record_and_announce(items, reports, now) if items else {}
    outcomes = [known.get(n) or _unknown_member(report) for n, report in enumerate(reports)]
    _keep_refusals(outcomes, now)
    return outcomes


def forget_refusals(*, now: datetime) -> int:
    """Delete what was refused more than LOYALTY_REFUSALS_KEPT_DAYS ago; return how many."""
    before = now - timedelta(days=settings.LOYALTY_REFUSALS_KEPT_DAYS)
    count, _ = RefusedActivity.objects.filter(created_at__lt=before).delete()
    return count


def _keep_refusals(outcomes: Iterable[ActivityOutcome], now: datetime) -> None:
    refused = [
        RefusedActivity(
            event_id=outcome.report.event_id,
            user_id=outcome.report.user_id,
            action=outcome.report.action,
            status=outcome.status,
            reason=outcome.reason,
            metadata=dict(outcome.report.metadata),
            occurred_at=outcome.report.occurred_at,
            created_at=now,
        )
        for outcome in outcomes
        if outcome.status not in RECORDED_STATUSES
    ]
    RefusedActivity.objects.bulk_create(refused, batch_size=1_000)


def _record_and_announce(
    items: list[dict[str, Any]], reports: Sequence[ActivityReport], now: datetime
) -> dict[int, ActivityOutcome]:
    for attempt in range(1, ATTEMPTS_MAX + 1):
        try:
            with posting_transaction():
                outcomes, postings = _read_outcomes(_record(items, now), reports)
                recorded = [
                    outcomes[n] for n in sorted(outcomes) if outcomes[n].status in RECORDED_STATUSES
                ]
                if recorded:
                    activities_recorded.send(sender=None, outcomes=recorded)
                announce(postings)
                if recorded and not postings:
                    hint()
                return outcomes
        except (DatabaseError, SourceConflict) as error:
            # Another report brought one of these events for another member at the same instant:
            # its locks are its members', so only the events' uniqueness stopped us. By the next
            # attempt the other one is through, and the event is known.
            if attempt == ATTEMPTS_MAX or not _has_met_another_report(error):
                raise
            # Each waits a time of its own, so that they do not meet again.
            time.sleep(random.uniform(0, MEETING_PAUSE_SECONDS * attempt))  # noqa: S311
    raise AssertionError("the last attempt returns or raises")


def _has_met_another_report(error: Exception) -> bool:
    cause = error.__cause__
    if isinstance(error, SourceConflict) or isinstance(cause, psycopg.errors.DeadlockDetected):
        return True
    return (
        isinstance(cause, psycopg.errors.UniqueViolation)
        and cause.diag.constraint_name == EVENT_CONSTRAINT
    )


def _read_outcomes(
    rows: list[Row], reports: Sequence[ActivityReport]
) -> tuple[dict[int, ActivityOutcome], list[Posting]]:
    """Return the outcomes by their place in the report, and all postings in the ledger's order."""
    outcomes: dict[int, ActivityOutcome] = {}
    postings: list[Posting] = []
    for n, status, reason, points, balance, *posting_row in rows:
        posting = Posting.from_row(tuple(posting_row)) if posting_row[0] is not None else None
        if posting:
            postings.append(posting)
        if n is not None:
            outcomes[n] = ActivityOutcome(
                report=reports[n],
                status=ActivityStatus(status),
                reason=reason,
                points=points,
                balance=balance,
                posting=posting,
            )
    postings.sort(key=lambda posting: posting.transaction_id)
    return outcomes, postings


@lru_cache(maxsize=1_024)
def _load_zone(name: str) -> zoneinfo.ZoneInfo | None:
    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return None


def find_zone(name: str) -> zoneinfo.ZoneInfo:
    """Return the zone of this IANA name; the programme's when it is blank or there is none."""
    return (name and _load_zone(name)) or zoneinfo.ZoneInfo(settings.LOYALTY_TIME_ZONE)


def _record(items: list[dict[str, Any]], now: datetime) -> list[Row]:
    sql = (
        "SELECT n, status, reason, points, balance, (posting).* "
        "FROM points_record_activities(%s, %s, %s, %s)"
    )
    days = settings.LOYALTY_POINTS_EXPIRE_AFTER_DAYS
    return call_ledger(sql, [Jsonb(items), days, settings.LOYALTY_TIME_ZONE, now])


def _as_item(
    n: int, report: ActivityReport, account_id: int, member_time_zone: str
) -> dict[str, Any]:
    local_date = report.find_local_date(member_time_zone=member_time_zone)
    item = {
        "n": n,
        "event_id": report.event_id,
        "account_id": account_id,
        "action": report.action,
        "subject_id": report.subject_id,
        "metadata": dict(report.metadata),
        "occurred_at": report.occurred_at.astimezone(UTC).isoformat(),
        "local_date": local_date.isoformat(),
    }
    if report.expires_at:
        item["expires_at"] = report.expires_at.isoformat()
    return item


def _unknown_member(report: ActivityReport) -> ActivityOutcome:
    return ActivityOutcome(
        report=report,
        status=ActivityStatus.UNKNOWN_MEMBER,
        reason="No member has this userId.",
        points=0,
        balance=None,
        posting=None,
    )
