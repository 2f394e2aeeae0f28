"""Leaderboards of a million members: pages and ranks against the least that could be asked.

The scores are made by PostgreSQL itself; there is no ledger in this database, so nothing of a board
can be read from one.
"""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from redis import Redis

from gamification.enums import PeriodKind
from gamification.models import BoardMark, Leaderboard, Metric
from gamification.selectors import find_own_place, get_period, list_places
from gamification.services.boards import mark_changed_boards

from .databases import run_sql, work_in_new_database
from .rounds import Ratio, Unit, call_for, compare

LIMIT = 50
DEEP_PAGE = 10_000
TODAY = date(2026, 5, 6)
SWEEP_SECONDS_MAX = 60
ZSET = "benchmark:board"
ROWS_PER_FETCH = 20_000
# How many different values a board has: many on the first, few with many ties on the second.
SPREADS = {"points": 20_000, "badges": 15, "events": 400, "connections": 200, "trust": 10_000}
MEMBERS = """
    INSERT INTO accounts_user (
        public_id, name, password, role, time_zone, is_active, is_staff, is_superuser, token_epoch
    )
    SELECT 'm' || n, 'Member ' || n, '!', 'buyer', '', true, false, false, 0
    FROM generate_series(1, %s) n
"""
SCORES = """
    INSERT INTO gamification_metricscore (
        metric_id, member_id, period_kind, period_start, value, reached_at
    )
    SELECT %s, id, period_kind, period_start, floor(power(random(), 2) * %s),
        timestamptz '2026-05-06' - random() * interval '100 days'
    FROM accounts_user CROSS JOIN gamification_periods(%s)
    WHERE public_id LIKE 'm%%'
"""
OWN_PLACE = "SELECT * FROM gamification_own_place(%s::bigint, 0::smallint, %s::date, %s::bigint)"
ROWS_OF_PAGE = (
    f"SELECT * FROM gamification_board_page(%s::bigint, 0::smallint, %s::date, %s, {LIMIT})"
)
NAMES = "SELECT id, public_id, name, is_active FROM accounts_user WHERE id = ANY (%s)"
BOARD_INDEX = "gamification_score_board"


def measure_boards(*, members: int, rounds: int) -> Iterator[Ratio]:
    """Fill four periods of five boards, mark them, then read two by turns with the limits."""
    with work_in_new_database("benchmark_boards"):
        call_command("migrate", verbosity=0)
        call_command("load_programme", verbosity=0)
        fill_boards(members)
        yield measure_sweep(members)
        run_sql("VACUUM ANALYZE")
        for slug in ("points", "badges"):
            metric = Leaderboard.objects.select_related("metric").get(slug=slug).metric
            yield from measure_pages(metric, slug, members=members, rounds=rounds)
            yield from measure_ranks(metric, slug, members=members, rounds=rounds)


def fill_boards(members: int) -> None:
    """Make the members and their scores; the index is built once, at the end."""
    with connection.cursor() as cursor:
        cursor.execute(MEMBERS, [members])
        cursor.execute("SELECT pg_get_indexdef(%s::regclass)", [BOARD_INDEX])
        [definition] = cursor.fetchone()
        cursor.execute(f"DROP INDEX {BOARD_INDEX}")
        for slug, spread in SPREADS.items():
            metric_id = Leaderboard.objects.get(slug=slug).metric_id
            cursor.execute(SCORES, [metric_id, spread, TODAY])
        cursor.execute(definition)


def measure_sweep(members: int) -> Ratio:
    """Mark all boards anew, as if every one of them had changed."""
    started = time.perf_counter()
    boards = len(list(mark_changed_boards()))
    seconds = time.perf_counter() - started
    return Ratio(
        work=f"{boards} boards of {members:,} members marked anew, one after the other",
        limit="how old a rank may be",
        ours=seconds,
        theirs=SWEEP_SECONDS_MAX,
        wanted=1.0,
        ratio=seconds / SWEEP_SECONDS_MAX,
        unit=Unit.SECONDS,
        note=f"{BoardMark.objects.count():,} marks",
    )


def measure_pages(metric: Metric, slug: str, *, members: int, rounds: int) -> Iterator[Ratio]:
    """The first page and a deep one, as the site reads them; then any of its neighbours.

    Those are never the same twice: names and places come from wherever they lie. Fifty names alone
    are worth five to nine SELECT 1, so with them a page is held to what they take.
    """
    period = get_period(kind=PeriodKind.ALL, day=TODAY)
    deep = min(DEEP_PAGE, members // LIMIT // 2)
    nearby = partial(random.randint, deep * 9 // 10, deep * 11 // 10)
    people = find_people()

    def read(pick: Callable[[], int], _: int) -> None:
        offset = (pick() - 1) * LIMIT
        list_places(metric=metric, period=period, viewer_id=0, offset=offset, limit=LIMIT)

    def read_rows(_: int) -> None:
        fetch(ROWS_OF_PAGE, [metric.pk, period.first_day, (nearby() - 1) * LIMIT])

    def read_names(_: int) -> None:
        fetch(NAMES, [random.sample(people, LIMIT)])

    theirs = partial(call_for, select_one)
    beside = partial(compare, limit="SELECT 1", theirs=theirs, rounds=rounds)
    board = f"of {members:,} members by {slug}"
    for name, pick, wanted in (("page 1", lambda: 1, 0.2), (f"page {deep:,}", lambda: deep, 0.1)):
        ours = partial(call_for, partial(read, pick))
        yield beside(work=f"{name} {board}, with names", ours=ours, wanted=wanted)
    work = f"any page around {deep:,} {board}"
    rows = beside(work=f"{work}, its rows", ours=partial(call_for, read_rows), wanted=0.1)
    yield rows
    page = compare(
        work=f"{work}, with names",
        limit=f"{LIMIT} names of anybody by their keys",
        ours=partial(call_for, partial(read, nearby)),
        theirs=partial(call_for, read_names),
        wanted=0.5,
        rounds=rounds,
    )
    worth = rows.theirs / page.ours
    yield replace(
        page, note=f"By {slug} and with names a page takes as long as {worth:.1f} SELECT 1."
    )


def measure_ranks(metric: Metric, slug: str, *, members: int, rounds: int) -> Iterator[Ratio]:
    """The rank of members picked at random, and Redis's on the same values.

    First the rank and the value, then what a page shows of its reader: also how many there are.
    """
    period = get_period(kind=PeriodKind.ALL, day=TODAY)
    redis = Redis.from_url(settings.REDIS_URL)
    people = find_people()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT member_id, value FROM gamification_metricscore"
            " WHERE metric_id = %s AND period_kind = %s",
            [metric.pk, PeriodKind.ALL],
        )
        while rows := cursor.fetchmany(ROWS_PER_FETCH):
            redis.zadd(ZSET, dict(rows))

    pick = partial(random.choice, people)

    def find_rank(_: int) -> None:
        fetch(OWN_PLACE, [metric.pk, period.first_day, pick()])

    def find_standing(_: int) -> None:
        find_own_place(metric=metric, period=period, member_id=pick())

    try:
        for name, find, wanted in (
            ("rank", find_rank, 0.5),
            ("rank, and how many there are,", find_standing, None),
        ):
            yield compare(
                work=f"anybody's {name} among {members:,} members by {slug}",
                limit="ZREVRANK",
                ours=partial(call_for, find),
                theirs=lambda: call_for(lambda _: redis.zrevrank(ZSET, pick())),
                wanted=wanted,
                rounds=rounds,
            )
    finally:
        redis.delete(ZSET)


def select_one(_: int) -> None:
    """Ask PostgreSQL for as little as there is."""
    fetch("SELECT 1", [])


def fetch(statement: str, params: list[Any]) -> None:
    """Ask, and read all of the answer."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        cursor.fetchall()


def find_people() -> range:
    """Return the members' keys."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(id), max(id) FROM accounts_user WHERE public_id LIKE 'm%'")
        first, last = cursor.fetchone()
    return range(first, last + 1)
