"""Gauges: measures that the host computes and reports."""

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import connection, transaction

from ..errors import MeasureMissing
from ..models import GaugeReading, Metric
from ..selectors import map_gauges
from ..signals import stats_reported


def report_gauges(
    *, member: Any, numbers: Mapping[str, int | float], now: datetime
) -> dict[str, int | float | None]:
    """Keep what a member's gauges, by their metrics' codes, were reported to be.

    A number is rounded to its metric's decimals; one that has not changed leaves no trace, so a
    report may be repeated. Returns all gauges of `map_gauges`. Raises MeasureMissing.
    """
    metrics = {
        metric.code: metric
        for metric in Metric.objects.filter(code__in=numbers, kind="gauge", is_active=True)
    }
    if missing := sorted(set(numbers) - set(metrics)):
        raise MeasureMissing(details={"missing": missing})
    with transaction.atomic():
        _lock_gauges(member.pk)
        changed = [
            reading
            for code, metric in metrics.items()
            if (reading := _read(metric, member.pk, numbers[code], now))
        ]
        GaugeReading.objects.bulk_create(changed)
        if changed:
            stats_reported.send(sender=None)
    return map_gauges(member_id=member.pk)


def _read(metric: Metric, member_id: int, number: float, now: datetime) -> GaugeReading | None:
    """Return the reading to keep, None when the gauge stands there already."""
    value = int((Decimal(str(number)) * metric.scale).quantize(Decimal(1), ROUND_HALF_UP))
    readings = GaugeReading.objects.filter(metric=metric, member_id=member_id)
    last = readings.order_by("reported_at", "pk").last()
    if last and last.value == value:
        return None
    # Whoever waited for the lock may have looked at the clock before whoever had it.
    reported_at = max(now, last.reported_at) if last else now
    return GaugeReading(metric=metric, member_id=member_id, value=value, reported_at=reported_at)


def _lock_gauges(member_id: int) -> None:
    """Let one report at a time compare a member's gauges with what was reported last."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"gauges:{member_id}"]
        )
