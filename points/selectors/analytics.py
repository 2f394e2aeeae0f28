"""How points were given and taken over a stretch of time, for staff."""

from collections import defaultdict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Min, Sum
from django.db.models.functions import TruncDate

from ..models import LevelConfig, PointAccount, PointTransaction


@dataclass(frozen=True, kw_only=True)
class Cell:
    """What was posted of one type in one category on one day; `points` is signed."""

    day: date
    type: str
    category: str
    transactions: int
    points: int
    earliest: datetime
    latest: datetime


@dataclass(frozen=True, kw_only=True)
class Share:
    """Cells added up under one name: how often, what came in, what went out (not negative)."""

    name: Any
    transactions: int = 0
    points_in: int = 0
    points_out: int = 0


@dataclass(frozen=True, kw_only=True)
class LevelShare:
    """How many members stand on a level now, and what they hold."""

    level: LevelConfig | None
    members: int
    points: int
    lifetime_points: int


def list_cells(*, starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> list[Cell]:
    """Return what was posted in a half-open stretch, by day of a zone, type and category.

    One query over the index of instants; every other table of the analytics is added up from it.
    """
    rows = (
        PointTransaction.objects.filter(created_at__gte=starts_at, created_at__lt=ends_at)
        .annotate(day=TruncDate("created_at", tzinfo=zone))
        .values("day", "type", "category")
        .annotate(
            transactions=Count("pk"),
            points=Sum("amount"),
            earliest=Min("created_at"),
            latest=Max("created_at"),
        )
        .order_by("day", "type", "category")
    )
    return [Cell(**row) for row in rows]


def add_up(cells: list[Cell], *, by: Callable[[Cell], Hashable]) -> list[Share]:
    """Return the cells' sums under each name that `by` gives them, in the order they come."""
    groups: dict[Any, list[Cell]] = defaultdict(list)
    for cell in cells:
        groups[by(cell)].append(cell)
    # A cell is of one type, and a type has one sign.
    return [
        Share(
            name=name,
            transactions=sum(cell.transactions for cell in group),
            points_in=sum(max(cell.points, 0) for cell in group),
            points_out=sum(max(-cell.points, 0) for cell in group),
        )
        for name, group in groups.items()
    ]


def list_level_shares() -> list[LevelShare]:
    """Return every level with its members, the lowest first, in two queries.

    Who stands on none comes last, when there is anybody.
    """
    rows = PointAccount.objects.values_list("level").annotate(
        Count("pk"), Sum("balance"), Sum("lifetime_points")
    )
    sums = {level_id: figures for level_id, *figures in rows}
    levels: list[LevelConfig | None] = [*LevelConfig.objects.order_by("tier")]
    if None in sums:
        levels.append(None)
    shares = []
    for level in levels:
        members, points, lifetime_points = sums.get(level.pk if level else None, (0, 0, 0))
        share = LevelShare(
            level=level, members=members, points=points, lifetime_points=lifetime_points
        )
        shares.append(share)
    return shares
