"""Gamification's part of the audit: every score is derived again from the logs and compared.

Metrics are looked at one by one, each by a query of its own that shares none of the projector's
folding. Rows that still wait in the backlog are left out, and of a metric that is being rebuilt
only the members who have had their turn are looked at.
"""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

from django.conf import settings
from django.db import connection

from points.services.audit import AuditPass, Finding, Saw, Scope, check_sql

from ..enums import MetricKind, MetricLog, StreakUnit
from ..models import Metric
from . import audit_sql

ROWS_PER_FETCH = 2_000
# The largest key there can be: every account has had its turn.
ALL_ACCOUNTS = 2**63 - 1


def check_scores(scope: Scope, saw: Saw) -> Iterator[Finding]:
    """Yield scores, and what they are folded from, that are not what the logs say."""
    for metric in Metric.objects.filter(is_active=True).select_related("rebuild").order_by("pk"):
        for query in _queries(metric):
            yield from _run(query, metric, scope)


def _queries(metric: Metric) -> list[str]:
    if metric.kind == MetricKind.GAUGE:
        return [audit_sql.compare_scores(audit_sql.GAUGES)]
    if metric.log == MetricLog.BADGES:
        return [audit_sql.compare_scores(audit_sql.BADGES)]
    log = audit_sql.ACTIVITIES if metric.log == MetricLog.ACTIVITIES else audit_sql.EARNINGS
    match metric.kind:
        case MetricKind.DISTINCT:
            return [
                audit_sql.compare_seen_values(log),
                audit_sql.compare_scores(log + audit_sql.DISTINCT),
            ]
        case MetricKind.STREAK:
            return [
                audit_sql.compare_streak_days(log),
                audit_sql.compare_scores(log + audit_sql.STREAK),
            ]
    return [audit_sql.compare_scores(log + audit_sql.SUM)]


def _run(query: str, metric: Metric, scope: Scope) -> Iterator[Finding]:
    rebuild = getattr(metric, "rebuild", None)
    params: dict[str, Any] = {
        **scope.as_params(),
        "metric": metric.pk,
        "name": metric.code,
        "rebuilt_to": rebuild.after_account if rebuild else ALL_ACCOUNTS,
        "is_sum": metric.kind == MetricKind.SUM,
        "field": metric.sum_field or metric.distinct_field,
        "scale": metric.scale,
        "step": 7 if metric.streak_unit == StreakUnit.WEEK else 1,
        "zone": settings.LOYALTY_TIME_ZONE,
    }
    with closing(connection.chunked_cursor()) as cursor:
        cursor.execute(query, params)
        while rows := cursor.fetchmany(ROWS_PER_FETCH):
            for subject, problem in rows:
                yield Finding(subject=subject, problem=problem)


PASSES = (
    AuditPass(
        name="gamification.scores",
        promise="Every score, seen value and streak day is what the logs say, backlog aside.",
        count_sql=audit_sql.COUNT_SCORES,
        check=check_scores,
    ),
    AuditPass(
        name="gamification.strays",
        promise="Scores and what waits to be projected belong to active metrics and to members.",
        count_sql=audit_sql.COUNT_BACKLOG,
        check=check_sql(audit_sql.STRAYS, audit_sql.STRAY_BACKLOG),
    ),
)
