"""Installing the programme's metrics and badges. What is there stays: staff own it from then on."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from points.models import PointAction

from ..enums import BadgeState
from ..models import Badge, BadgeBackfill, Metric, MetricSource
from ..selectors import count_earners


def install_metrics(*, rows: Iterable[Mapping[str, str]]) -> int:
    """Add the metrics whose code is new, with their sources; return how many were added.

    A row has code, name, kind, log, sources, distinct_field, sum_field, streak_unit and decimals
    (blank is 0). Sources are separated by "|"; each is an action's code and the metadata it must
    hold, for example `GIVE_TRUST_MOMENT positive=true`.
    """
    known = set(Metric.objects.values_list("code", flat=True))
    action_ids = dict(PointAction.objects.values_list("code", "pk"))
    added = 0
    for row in rows:
        if row["code"] in known:
            continue
        metric = Metric.objects.create(
            code=row["code"],
            name=row["name"],
            kind=row["kind"],
            log=row["log"],
            distinct_field=row["distinct_field"],
            sum_field=row["sum_field"],
            streak_unit=row["streak_unit"],
            decimals=int(row.get("decimals") or 0),
        )
        MetricSource.objects.bulk_create(
            MetricSource(metric=metric, action_id=action_ids[code], metadata_filter=metadata_filter)
            for code, metadata_filter in map(read_source, filter(None, row["sources"].split("|")))
        )
        added += 1
    return added


def install_badges(*, rows: Iterable[Mapping[str, str]]) -> int:
    """Add the badges whose type is new, published; return how many were added.

    A row has type, name, description, criteria, category, points, metric (its code), threshold,
    milestone_one and milestone_many. Members who meet one already get it in the background.
    """
    known = set(Badge.objects.values_list("type", flat=True))
    metric_ids = dict(Metric.objects.values_list("code", "pk"))
    added = [
        Badge(
            type=row["type"],
            name=row["name"],
            description=row["description"],
            criteria=row["criteria"],
            category=row["category"],
            points=int(row["points"]),
            metric_id=metric_ids[row["metric"]],
            threshold=int(row["threshold"]),
            milestone_one=row.get("milestone_one") or "",
            milestone_many=row.get("milestone_many") or "",
            state=BadgeState.PUBLISHED,
        )
        for row in rows
        if row["type"] not in known
    ]
    Badge.objects.bulk_create(added)
    BadgeBackfill.objects.bulk_create(
        BadgeBackfill(badge=badge, waiting_count=waiting_count)
        for badge in added
        if (waiting_count := count_earners(badge))
    )
    return len(added)


def read_source(text: str) -> tuple[str, dict[str, Any]]:
    """Read `ACTION key=value …` as the action's code and the metadata it must hold.

    A value that is a JSON number, true or false is one; anything else is text.
    """
    code, *pairs = text.split()
    metadata_filter: dict[str, Any] = {}
    for pair in pairs:
        key, _, value = pair.partition("=")
        try:
            metadata_filter[key] = json.loads(value)
        except json.JSONDecodeError:
            metadata_filter[key] = value
    return code, metadata_filter
