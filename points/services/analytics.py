"""How points were given and taken over a stretch of time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ..selectors.analytics import (
    Cell,
    LevelShare,
    Share,
    add_up,
    list_cells,
    list_level_shares,
)
from .calendar import get_programme_date, get_programme_zone


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """What was posted between two instants (half-open), and who stands on which level now."""

    starts_at: datetime
    ends_at: datetime
    cells: list[Cell]
    levels: list[LevelShare]

    @property
    def totals(self) -> Share:
        """Everything."""
        return Share(
            name=None,
            transactions=sum(share.transactions for share in self.by_type),
            points_in=sum(share.points_in for share in self.by_type),
            points_out=sum(share.points_out for share in self.by_type),
        )

    @property
    def by_category(self) -> list[Share]:
        """By category, where most came in first; what has none is named None."""
        shares = add_up(self.cells, by=lambda cell: cell.category or None)
        return sorted(shares, key=lambda share: (-share.points_in, share.name or ""))

    @property
    def by_type(self) -> list[Share]:
        """By type of transaction, the most frequent first."""
        shares = add_up(self.cells, by=lambda cell: cell.type)
        return sorted(shares, key=lambda share: (-share.transactions, share.name))

    @property
    def by_day(self) -> list[Share]:
        """By day of the programme, every day of the stretch among them."""
        found = {share.name: share for share in add_up(self.cells, by=lambda cell: cell.day)}
        first = get_programme_date(self.starts_at)
        last = get_programme_date(self.ends_at - timedelta(microseconds=1))
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        return [found.get(day, Share(name=day)) for day in days]

    @property
    def earliest(self) -> datetime | None:
        """When the first of these transactions was posted; None when there is none."""
        return min((cell.earliest for cell in self.cells), default=None)

    @property
    def latest(self) -> datetime | None:
        """When the last of them was posted."""
        return max((cell.latest for cell in self.cells), default=None)


def get_distribution(*, starts_at: datetime, ends_at: datetime) -> Distribution:
    """Return how points were distributed between two instants (half-open), in three queries."""
    return Distribution(
        starts_at=starts_at,
        ends_at=ends_at,
        cells=list_cells(starts_at=starts_at, ends_at=ends_at, zone=get_programme_zone()),
        levels=list_level_shares(),
    )
