"""The approval queue before a hundred thousand redemptions, against the same page before a hundred.

Redemptions and members are made by PostgreSQL itself, past the guards; no ledger is behind them, so
nothing of the page can be read from one.
"""

import os
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus

from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from loyalty_site.accounts.models import User
from rewards.models import Reward

from .databases import new_database, run_sql, switch_to
from .rounds import Ratio, Unit

FEW = 100
MEMBERS_PER_REDEMPTION = 10
CALLS_PER_ROUND = 25
RATIO_MAX = 2.0
QUERIES_MAX = 12
GOAL_MILLISECONDS = 300
QUEUE = "/admin/rewards/redemption/"
DEEP_PAGE = "its twentieth page"
# What staff open, by the words that the table shows.
PAGES = {
    "the queue": "",
    DEEP_PAGE: "?p=20",
    "the whole record": "?status=ALL",
    "a search for one member": "?q=m78@example",
    "a search that fits everybody": "?q=member",
}
# Held to no ratio: the short queue has fewer rows to show.
NARROWED = {
    "one reward's": "?reward__id__exact={reward}",
    "a search that fits 1 % of the members": "?q=Member+77",
    "a search for two letters": "?q=zz",
}
MEMBERS = """
    INSERT INTO accounts_user (
        public_id, name, email, password, role, time_zone, is_active, is_staff, is_superuser,
        token_epoch
    )
    SELECT 'm' || n, 'Member ' || n, 'm' || n || '@example.com', '!', 'buyer', '', true, false,
        false, 0
    FROM generate_series(1, %s) n
"""
FOREIGN_KEY_OF_SPENDS = """
    SELECT conname FROM pg_constraint
    JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
    WHERE conrelid = 'rewards_redemption'::regclass AND contype = 'f' AND attname = 'spend_id'
"""
# Half of them wait, the others were approved in their time.
REDEMPTIONS = """
    INSERT INTO rewards_redemption (
        id, member_id, reward_id, points, status, took_stock, spend_id, redeemed_at, approved_at,
        approved_by_id, decided_by_id, admin_notes
    )
    SELECT gen_random_uuid(), member.id, rewards[1 + n %% array_length(rewards, 1)], 100,
        CASE WHEN n %% 2 = 0 THEN 'PENDING' ELSE 'APPROVED' END, false, n,
        now() - n * interval '1 minute', CASE WHEN n %% 2 = 1 THEN now() END,
        CASE WHEN n %% 2 = 1 THEN %s END, CASE WHEN n %% 2 = 1 THEN %s END, ''
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM accounts_user
          WHERE public_id LIKE 'm%%') member,
        (SELECT array_agg(id ORDER BY id) AS rewards FROM rewards_reward) catalogue
    WHERE n <= %s
"""


def measure_console(*, redemptions: int, rounds: int) -> Iterator[Ratio]:
    """Open each page of a short queue and of a long one by turns.

    A page's time is the 95th percentile of its calls, the ratio the median of the rounds' own.
    """
    before = os.environ["DATABASE_URL"], str(connection.settings_dict["NAME"])
    with new_database("benchmark_few") as few, new_database("benchmark_many") as many:
        try:
            short = prepare_queue(few, "benchmark_few", FEW)
            long = prepare_queue(many, "benchmark_many", redemptions)
            pairs = [
                {name: (long.measure(name), short.measure(name)) for name in PAGES | NARROWED}
                for _ in range(rounds)
            ]
        finally:
            switch_to(*before)
    size = f"{redemptions:,} redemptions and {redemptions * MEMBERS_PER_REDEMPTION:,} members"
    for name in PAGES | NARROWED:
        yield Ratio(
            work=f"{name} of {size}",
            limit=f"of {FEW} redemptions",
            ours=statistics.median(pair[name][0] for pair in pairs),
            theirs=statistics.median(pair[name][1] for pair in pairs),
            wanted=RATIO_MAX if name in PAGES else None,
            ratio=statistics.median(pair[name][0] / pair[name][1] for pair in pairs),
            unit=Unit.MILLISECONDS,
        )
    slowest = max(statistics.median(pair[name][0] for pair in pairs) for name in PAGES | NARROWED)
    yield Ratio(
        work="the slowest of these",
        limit="the goal on a quiet machine",
        ours=slowest,
        theirs=GOAL_MILLISECONDS,
        wanted=None,
        ratio=slowest / GOAL_MILLISECONDS,
        unit=Unit.MILLISECONDS,
        note=f"Each page took at most {long.queries} queries.",
    )


@dataclass(frozen=True, kw_only=True)
class Queue:
    """A database with redemptions in it, somebody who is signed in, and the pages to open."""

    address: str
    database: str
    console: Client
    pages: dict[str, str]
    queries: int

    def measure(self, name: str) -> float:
        """Return a page's 95th percentile in milliseconds."""
        switch_to(self.address, self.database)
        return measure_page(self.console, self.pages[name])


def prepare_queue(address: str, database: str, redemptions: int) -> Queue:
    """Fill a database, open each page once or twice, and return the queue."""
    switch_to(address, database)
    call_command("migrate", verbosity=0)
    call_command("load_programme", verbosity=0)
    console = sign_in()
    fill_queue(redemptions)
    reward = Reward.objects.earliest("pk").pk
    pages = {
        name: QUEUE + query.format(reward=reward) for name, query in (PAGES | NARROWED).items()
    }
    if redemptions == FEW:
        # Which has one page only.
        pages[DEEP_PAGE] = QUEUE
    queries = max(count_queries(console, page) for page in pages.values())
    if queries > QUERIES_MAX:
        raise RuntimeError(f"A page took {queries} queries, more than {QUERIES_MAX}.")
    return Queue(address=address, database=database, console=console, pages=pages, queries=queries)


def sign_in() -> Client:
    """Return a client of somebody who decides."""
    person = User.objects.create_user(
        email="approver@example.com", public_id="approver", name="Approver", is_staff=True
    )
    person.groups.set(Group.objects.filter(name="approver"))
    console = Client(SERVER_NAME="localhost")
    console.force_login(person)
    return console


def fill_queue(redemptions: int) -> None:
    """Make the members, ten for each redemption, and the redemptions."""
    [approver] = User.objects.filter(public_id="approver").values_list("pk", flat=True)
    with connection.cursor() as cursor:
        # Its owner may do that to a table of a database that nobody needs.
        cursor.execute("ALTER TABLE rewards_redemption DISABLE TRIGGER USER")
        cursor.execute(FOREIGN_KEY_OF_SPENDS)
        [name] = cursor.fetchone()
        cursor.execute(f"ALTER TABLE rewards_redemption DROP CONSTRAINT {name}")
        cursor.execute(MEMBERS, [redemptions * MEMBERS_PER_REDEMPTION])
        cursor.execute(REDEMPTIONS, [approver, approver, redemptions])
    run_sql("VACUUM ANALYZE")


def count_queries(console: Client, address: str) -> int:
    """Return how many queries a page takes, once permissions and the like are known."""
    console.get(address)
    with CaptureQueriesContext(connection) as queries:
        answer = console.get(address)
    if answer.status_code != HTTPStatus.OK:
        raise RuntimeError(f"{address} answered {answer.status_code}.")
    return len(queries)


def measure_page(console: Client, address: str) -> float:
    """Return the 95th percentile of so many calls, in milliseconds, without the network."""
    times = []
    # Which connects to the database.
    console.get(address)
    for _ in range(CALLS_PER_ROUND):
        started = time.perf_counter()
        console.get(address)
        times.append(1_000 * (time.perf_counter() - started))
    return statistics.quantiles(times, n=20)[-1]
