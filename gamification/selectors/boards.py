"""Reading leaderboards: places, ranks and pages, all from the board index and its marks.

The rows of a page and their values are always live. Numbers and ranks are exact to the marks' last
sweep, and live for everything before a board's first mark.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet

from ..enums import PeriodKind
from ..errors import LeaderboardNotFound
from ..models import ALL_TIME, BoardPreference, Leaderboard, Metric
from .remembered_pages import FACES, STAMPS, remember, remembered

THIS_BOARD = "%(metric)s::bigint, %(kind)s::smallint, %(start)s::date"
BOARD = f"ROW({THIS_BOARD})::gamification_board"
# The limit stands in the text, else PostgreSQL plans for a tenth of the board.
SPOTS = """
    SELECT value, reached_at, member_id FROM gamification_metricscore
    WHERE metric_id = %(metric)s AND period_kind = %(kind)s AND period_start = %(start)s
    ORDER BY value DESC, reached_at, member_id LIMIT {limit}
"""
# Rows of a page: value, member, what the name stamps give, and the rank of the first of them. Then
# the same, with who stands there.
TOP = f"SELECT spot.value, spot.member_id, ({STAMPS}), 1 FROM ({SPOTS}) spot"  # noqa: S608 -- constants of ours, like those below
TOP_WITH_FACES = f"""
    SELECT spot.value, spot.member_id, ({STAMPS}), 1, face.*
    FROM ({SPOTS}) spot
    LEFT JOIN LATERAL ({FACES} WHERE person.id = spot.member_id) face ON true
    ORDER BY spot.value DESC, spot.reached_at, spot.member_id
"""  # noqa: S608
PAGE_SPOTS = f"""
    gamification_board_page({THIS_BOARD}, %(offset)s, {{limit}})
    WITH ORDINALITY AS spot(value, member_id, first_rank, n)
"""
PAGE = f"""
    SELECT spot.value, spot.member_id, ({STAMPS}), spot.first_rank FROM {PAGE_SPOTS} ORDER BY spot.n
"""  # noqa: S608
PAGE_WITH_FACES = f"""
    SELECT spot.value, spot.member_id, ({STAMPS}), spot.first_rank, face.*
    FROM {PAGE_SPOTS}
    LEFT JOIN LATERAL ({FACES} WHERE person.id = spot.member_id) face ON true
    ORDER BY spot.n
"""  # noqa: S608
# Only the first value may have begun before the first row.
AROUND = f"""
    WITH spot AS MATERIALIZED (
        SELECT * FROM gamification_board_around({BOARD}, %(viewer)s, {{limit}})
    ),
    first AS MATERIALIZED (SELECT place, value FROM spot ORDER BY place LIMIT 1)
    SELECT spot.value, spot.member_id, spot.place,
        (SELECT least(first.place, gamification_rank_at({THIS_BOARD}, first.value)) FROM first),
        face.*
    FROM spot
    LEFT JOIN LATERAL ({FACES} WHERE person.id = spot.member_id) face ON true
    ORDER BY spot.place
"""  # noqa: S608
OWN_PLACE = f"""
    SELECT own.value, own.rank, gamification_board_total({THIS_BOARD})
    FROM gamification_own_place({THIS_BOARD}, %(viewer)s) own
"""  # noqa: S608
OWN_PLACES = """
    SELECT board.slug, own.rank
    FROM gamification_leaderboard board
    CROSS JOIN LATERAL gamification_own_place(
        board.metric_id, %(kind)s::smallint, %(start)s::date, %(viewer)s
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
    """Return up to `limit` rows of a board after the first `offset`, in one query.

    A page that has changed since this process last showed it takes a second one.
    """
    facts = {**_name_board(metric, period), "offset": offset}
    query, query_with_faces = (PAGE, PAGE_WITH_FACES) if offset else (TOP, TOP_WITH_FACES)
    key = (*facts.values(), limit, metric.decimals)
    spots, places = remembered.get(key, (None, []))
    with connection.cursor() as cursor:
        if spots:
            cursor.execute(query.format(limit=limit), facts)
        if not spots or cursor.fetchall() != spots:
            cursor.execute(query_with_faces.format(limit=limit), facts)
            rows = cursor.fetchall()
            first_rank = rows[0][3] if rows else 1
            places = _number(rows, metric, first_number=offset + 1, first_rank=first_rank)
            spots = remember(key, [row[:4] for row in rows], places)
    return _show_to(viewer_id, zip(places, spots, strict=True))


def list_neighbours(*, metric: Metric, period: Period, viewer_id: int, limit: int) -> list[Place]:
    """Return up to `limit` rows with the viewer in their middle, in one query.

    Where the board ends sooner on one side, there are more of the other; nothing for a viewer
    without a score.
    """
    with connection.cursor() as cursor:
        facts = {**_name_board(metric, period), "viewer": viewer_id}
        cursor.execute(AROUND.format(limit=limit), facts)
        rows = cursor.fetchall()
    if not rows:
        return []
    _, _, first_number, first_rank, *_ = rows[0]
    places = _number(rows, metric, first_number=first_number, first_rank=first_rank)
    return _show_to(viewer_id, zip(places, rows, strict=True))


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
        ranks = dict(cursor.fetchall())
    return {slug: ranks.get(slug) for slug in slugs}


def find_preference(*, member_id: int) -> BoardPreference:
    """Return how a member wishes to be shown; what holds without a wish is not saved."""
    found = BoardPreference.objects.filter(member_id=member_id).first()
    return found or BoardPreference(member_id=member_id)


def _name_board(metric: Metric, period: Period) -> dict[str, Any]:
    return {"metric": metric.pk, "kind": int(period.kind), "start": period.first_day}


def _show_to(viewer_id: int, places: Iterable[tuple[Place, tuple[Any, ...]]]) -> list[Place]:
    """Return places, given with their rows, as the viewer sees them."""
    return [
        place._replace(is_viewer=True) if row[1] == viewer_id else place for place, row in places
    ]


def _number(
    rows: Iterable[Sequence[Any]], metric: Metric, *, first_number: int, first_rank: int
) -> list[Place]:
    """Return the places of rows that follow one another.

    A row is a value, three columns that are not looked at, and those of FACES. Rows that tie share
    the rank of the first of them.
    """
    places: list[Place] = []
    rank, value_before = first_rank, None
    shown: int | float = 0
    for number, row in enumerate(rows, start=first_number):
        value, _, _, _, public_id, name, is_active, is_hidden, alias = row
        if value != value_before:
            rank = number if places else first_rank
            value_before, shown = value, metric.show(value)
        places.append(
            Place(
                number,
                rank,
                shown,
                public_id,
                name or public_id or "",
                bool(is_active),
                False,  # noqa: FBT003 -- whose place it is, the viewer decides
                bool(is_hidden),
                alias or "",
            )
        )
    return places
