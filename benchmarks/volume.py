"""What a million rows cost: the memory must not grow with them, nor the time of each."""

import random
import secrets
import tempfile
from collections.abc import Iterator

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from points.models import PointTransaction
from points.services.activities import ActivityReport, record_activities

from .databases import run_sql, work_in_new_database
from .processes import run_command
from .rounds import Ratio, Unit
from .scene import make_members

AUDITED_MEMBERS = 10_000
EARNINGS_PER_BLOCK, SPENDS_PER_BLOCK = 8_000, 2_000
SECONDS_WANTED = 60
IMPORT_MEGABYTES_MAX = 300
CUSTOMERS = 50_000
SPEND_SOME = """
SELECT count(*) FROM
    (SELECT id FROM points_pointaccount ORDER BY id OFFSET %s LIMIT %s) account,
    points_spend(
        account.id, 'spend', 5,
        ROW(NULL, '', 'Benchmark', 'benchmark', gen_random_uuid()::text, 'rule', '{}', NULL, now())
            ::points_cause,
        now()
    )
"""


def measure_audit(*, rows: int) -> Iterator[Ratio]:
    """Audit a tenth of the rows, then all of them, each by the command in its own process."""
    few = rows // 10
    with work_in_new_database("benchmark_audit"):
        # What every command takes before it begins says nothing about the audit.
        start = run_command("audit_ledger", "--help").seconds
        make_members(AUDITED_MEMBERS)
        fill_ledger(few)
        short = run_command("audit_ledger", "--verbosity=0")
        fill_ledger(rows)
        long = run_command("audit_ledger", "--verbosity=0")
    rates = few / (short.seconds - start), rows / (long.seconds - start)
    work, limit = f"audit of {rows:,} transactions", f"audit of {few:,} transactions"
    yield Ratio(
        work=f"{work}, peak memory",
        limit=limit,
        ours=long.peak_megabytes,
        theirs=short.peak_megabytes,
        wanted=1.3,
        ratio=long.peak_megabytes / short.peak_megabytes,
        unit=Unit.MEGABYTES,
    )
    yield Ratio(
        work=f"{work} in {Unit.SECONDS.show(long.seconds)}, rows",
        limit=f"{limit} in {Unit.SECONDS.show(short.seconds)}, rows",
        ours=rates[1],
        theirs=rates[0],
        wanted=0.8,
        ratio=rates[1] / rates[0],
    )
    goal = SECONDS_WANTED * rows / 1_000_000
    yield Ratio(
        work=f"{work}, time",
        limit="the goal on a quiet machine",
        ours=long.seconds,
        theirs=goal,
        wanted=None,
        ratio=long.seconds / goal,
        unit=Unit.SECONDS,
    )


def measure_import(*, rows: int) -> Iterator[Ratio]:
    """Import a file of so many purchases by the command in its own process."""
    with (
        work_in_new_database("benchmark_import"),
        tempfile.NamedTemporaryFile("w", suffix=".csv") as file,
    ):
        call_command("migrate", verbosity=0)
        call_command("load_programme", verbosity=0)
        file.write("purchase_id,customer,date,items,usd\n")
        for number in range(rows):
            customer, day = random.randrange(CUSTOMERS), random.randint(1, 28)
            cents = random.randint(100, 20_000)
            file.write(f"order-{number},c{customer},2020-02-{day:02},1,{cents / 100:.2f}\n")
        file.flush()
        run = run_command("import_purchases", file.name, "--verbosity=0")
        imported = PointTransaction.objects.count()
    if imported != rows:
        raise RuntimeError(f"Of {rows:,} purchases {imported:,} were imported.")
    yield Ratio(
        work=f"import of {rows:,} purchases, {rows / run.seconds:,.0f} a second, peak memory",
        limit="what it may take",
        ours=run.peak_megabytes,
        theirs=IMPORT_MEGABYTES_MAX,
        wanted=1.0,
        ratio=run.peak_megabytes / IMPORT_MEGABYTES_MAX,
        unit=Unit.MEGABYTES,
    )


def fill_ledger(rows: int) -> None:
    """Post until there are so many transactions, a fifth of them spends."""
    if not PointTransaction.objects.exists():
        report_visits(range(AUDITED_MEMBERS))
    while (count := PointTransaction.objects.count()) < rows:
        start = count * EARNINGS_PER_BLOCK // 10_000
        report_visits(range(start, start + EARNINGS_PER_BLOCK))
        with connection.cursor() as cursor:
            cursor.execute(SPEND_SOME, [start // 4 % AUDITED_MEMBERS, SPENDS_PER_BLOCK])
    run_sql("VACUUM ANALYZE")


def report_visits(numbers: range) -> None:
    """Report one activity for each number's member."""
    now = timezone.now()
    reports = [
        ActivityReport(
            event_id=secrets.token_hex(12),
            user_id=f"m{number % AUDITED_MEMBERS}",
            action="ATTEND_EVENT",
            occurred_at=now,
        )
        for number in numbers
    ]
    record_activities(reports=reports, now=now)
