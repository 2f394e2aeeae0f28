"""Fixtures of this app's tests."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction

from gamification.enums import PeriodKind
from gamification.models import Metric, MetricScore, MetricSource
from gamification.services.projecting import project_backlog
from gamification.services.rebuilding import rebuild_pending
from points.enums import RECORDED_STATUSES
from points.models import PointAction
from points.services.activities import ActivityReport, record_activities


@pytest.fixture
def django_atomic(db: None) -> Callable[[], AbstractContextManager[None]]:
    """Return a context manager whose work is undone at its end, for one example after another."""

    @contextmanager
    def undone() -> Iterator[None]:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)

    return undone


@pytest.fixture
def record(programme: None, make_member: Callable[..., Any], now: datetime) -> Callable[..., None]:
    """Return a function that records and projects what a member did at these instants (ISO):
    `record("mia", "2026-03-01T12:00:00+08:00", …, action="CAFE_MEETUP", locationId="park")`.
    """
    numbers = itertools.count(1)
    people = get_user_model().objects

    def one(user_id: str, *instants: str, action: str = "ATTEND_EVENT", **metadata: Any) -> None:
        if not people.filter(public_id=user_id).exists():
            make_member(user_id)
        reports = [
            ActivityReport(
                event_id=f"event-{next(numbers)}",
                user_id=user_id,
                action=action,
                occurred_at=datetime.fromisoformat(instant),
                metadata=metadata,
            )
            for instant in instants
        ]
        outcomes = record_activities(reports=reports, now=now)
        assert all(outcome.status in RECORDED_STATUSES for outcome in outcomes)
        list(project_backlog())

    return one


@pytest.fixture
def make_metric(programme: None) -> Callable[..., Metric]:
    """Return a function that makes a metric of activities with a source for each action given:
    `make_metric("visits", "CAFE_MEETUP", kind="streak", streak_unit="day")`.
    """

    def make(code: str, *actions: str, **fields: Any) -> Metric:
        row = {"code": code, "name": code, "kind": "count", "log": "activities"} | fields
        metric = Metric.objects.create(**row)
        for action in actions:
            MetricSource.objects.create(metric=metric, action=PointAction.objects.get(code=action))
        list(rebuild_pending())
        return metric

    return make


@pytest.fixture
def score() -> Callable[..., int | None]:
    """Return a function that reads a score: `score("events_attended", "mia", "month",
    "2026-03-01")`; without a period it is the one of all time. None when there is none.
    """

    def read(code: str, user_id: str, kind: str = "all", start: str = "0001-01-01") -> int | None:
        return (
            MetricScore.objects.filter(
                metric__code=code,
                member__public_id=user_id,
                period_kind=PeriodKind[kind.upper()],
                period_start=date.fromisoformat(start),
            )
            .values_list("value", flat=True)
            .first()
        )

    return read
