"""Reading leaderboards: places, ranks and pages, all from the board index and its marks.

Own rank, pages and neighbours come from the same count of rows (`gamification_count_before`), which
is exact to the marks' last sweep, and live for everything before a board's first mark.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet

from ..enums import PeriodKind
from ..errors import LeaderboardNotFound
from ..models import ALL_TIME, BoardPreference, Leaderboard, Metric

BOARD = "ROW(%(metric)s::bigint, %(kind)s::smallint, %(start)s::date)::gamification_board"
# The rows themselves, then who stands there. What is shown of them the view decides.
SHOWN = """
    WITH spot AS MATERIALIZED ({source})
    SELECT spot.place, {first_rank}, spot.value, spot.member_id, person.public_id, person.name,
        person.is_active, preference.is_hidden, preference.alias
    FROM spot
    LEFT JOIN accounts_user person ON person.id = spot.member_id
    LEFT JOIN gamification_boardpreference preference ON preference.member_id = spot.member_id
    ORDER BY spot.place
"""
# Only the first value of a page may have begun on an earlier one.
FIRST_RANK = f"""(
        SELECT gamification_rank_of({BOARD}, (SELECT max(value) FROM spot),
            (SELECT min(place) - 1 FROM spot))
    )"""  # noqa: S608 -- a constant of ours, like those below
# The limit stands in the text, else PostgreSQL plans for a tenth of the board.
TOP = SHOWN.format(
    first_rank="1",
    source="""
        SELECT row_number() OVER (ORDER BY value DESC, reached_at, member_id) AS place,
            value, member_id
        FROM gamification_metricscore
        WHERE metric_id = %(metric)s AND period_kind = %(kind)s AND period_start = %(start)s
        ORDER BY value DESC, reached_at, member_id LIMIT {limit}
    """,
)
PAGE = SHOWN.format(
    first_rank=FIRST_RANK,
    source=f"SELECT * FROM gamification_board_page({BOARD}, %(offset)s, {{limit}})",  # noqa: S608 -- ours
)
AROUND = SHOWN.format(
    first_rank=FIRST_RANK,
    source=f"SELECT * FROM gamification_board_around({BOARD}, %(viewer)s, {{limit}})",  # noqa: S608 -- ours
)
OWN_PLACE = f"""
    SELECT own.value, own.rank, gamification_board_total({BOARD})
    FROM (SELECT 1) one
    LEFT JOIN gamification_own_place({BOARD}, %(viewer)s) own ON true
"""  # noqa: S608
OWN_PLACES = """
    SELECT board.slug, own.value, own.rank
    FROM gamification_leaderboard board
    CROSS JOIN LATERAL gamification_own_place(
        ROW(board.metric_id, %(kind)s, %(start)s)::gamification_board, %(viewer)s
    ) own
    WHERE board.is_active AND board.slug = ANY (%(slugs)s::text[])
"""


@dataclass(frozen=True, kw_only=True)
class Period:
    """A stretch of the programme's calendar. All time has no `last_day`, and starts with time."""

    kind: PeriodKind
    first_day: date
    last_day: date | None


class Place(NamedTuple):
    """A row of a board. `number` counts rows from 1; those that tie share a `rank`.

    Who is nobody any more has no `public_id`. The value is in the metric's own units.
    """

    number: int
    rank: int
    value: int | float
    public_id: str | None
    name: str
    is_active: bool
    is_viewer: bool
    is_hidden: bool
    alias: str


@dataclass(frozen=True, kw_only=True)
class OwnPlace:
    """A member's value and rank; without a score in the period 0 and None."""

    value: int | float
    rank: int | None


def list_leaderboards() -> QuerySet[Leaderboard]:
    """Return the boards members see, in the order they were added."""
    return Leaderboard.objects.filter(is_active=True).order_by("pk")


def get_leaderboard(slug: str) -> Leaderboard:
    """Return a board that members see, with its metric. Raises LeaderboardNotFound."""
    board = Leaderboard.objects.filter(slug=slug, is_active=True).select_related("metric").first()
    if board is None:
        raise LeaderboardNotFound
    return board


def get_period(*, kind: PeriodKind, day: date) -> Period:
    """Return the period that holds a day of the programme."""
    match kind:
        case PeriodKind.WEEK:
            first = day - timedelta(days=day.weekday())
            return Period(kind=kind, first_day=first, last_day=first + timedelta(days=6))
        case PeriodKind.MONTH:
            first = day.replace(day=1)
            last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
            return Period(kind=kind, first_day=first, last_day=last)
        case PeriodKind.YEAR:
            first, last = date(day.year, 1, 1), date(day.year, 12, 31)
            return Period(kind=kind, first_day=first, last_day=last)
        case PeriodKind.ALL:
            return Period(kind=kind, first_day=ALL_TIME, last_day=None)


def list_places(
    *, metric: Metric, period: Period, viewer_id: int, offset: int, limit: int
) -> list[Place]:
    """Return up to `limit` rows of a board after the first `offset`, in one query."""
    facts = {**_name_board(metric, period), "offset": offset, "viewer": viewer_id}
    return _read_places((PAGE if offset else TOP).format(limit=limit), facts, metric)


def list_neighbours(*, metric: Metric, period: Period, viewer_id: int, limit: int) -> list[Place]:
    """Return up to `limit` rows with the viewer in their middle, in one query.

    Where the board ends sooner on one side, there are more of the other; nothing for a viewer
    without a score.
    """
    facts = {**_name_board(metric, period), "viewer": viewer_id}
    return _read_places(AROUND.format(limit=limit), facts, metric)


def find_own_place(*, metric: Metric, period: Period, member_id: int) -> tuple[OwnPlace, int]:
    """Return a member's place and how many members the board has, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(OWN_PLACE, {**_name_board(metric, period), "viewer": member_id})
        value, rank, total = cursor.fetchone()
    return OwnPlace(value=metric.show(value or 0), rank=rank), total


def map_ranks(
    *, member_id: int, slugs: Collection[str], period: Period | None = None
) -> dict[str, int | None]:
    """Return a member's rank on each of these boards, all time unless a period is given.

    One query. None where the member has no score or there is no such board.
    """
    start, kind = (period.first_day, period.kind) if period else (ALL_TIME, PeriodKind.ALL)
    facts: dict[str, Any] = {
        "kind": int(kind),
        "start": start,
        "viewer": member_id,
        "slugs": list(slugs),
    }
    with connection.cursor() as cursor:
        cursor.execute(OWN_PLACES, facts)
        ranks = {slug: rank for slug, _, rank in cursor.fetchall()}
    return {slug: ranks.get(slug) for slug in slugs}


def find_preference(*, member_id: int) -> BoardPreference:
    """Return how a member wishes to be shown; what holds without a wish is not saved."""
    found = BoardPreference.objects.filter(member_id=member_id).first()
    return found or BoardPreference(member_id=member_id)


def _name_board(metric: Metric, period: Period) -> dict[str, Any]:
    return {"metric": metric.pk, "kind": int(period.kind), "start": period.first_day}


def _read_places(query: str, facts: dict[str, Any], metric: Metric) -> list[Place]:
    with connection.cursor() as cursor:
        cursor.execute(query, facts)
        rows = cursor.fetchall()
    places: list[Place] = []
    rank, value_before = 1, None
    for number, first_rank, value, member_id, public_id, name, is_active, is_hidden, alias in rows:
        if value != value_before:
            rank, value_before = (number if places else first_rank), value
        places.append(
            Place(
                number=number,
                rank=rank,
                value=metric.show(value),
                public_id=public_id,
                name=name or public_id or "",
                is_active=bool(is_active),
                is_viewer=member_id == facts["viewer"],
                is_hidden=bool(is_hidden),
                alias=alias or "",
            )
        )
    return places
