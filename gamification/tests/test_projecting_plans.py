"""Folding looks rows up by indexes, also where plans were made while tables were empty."""

from django.db import connection

TABLES = (
    "gamification_badgeaward",
    "gamification_metricscore",
    "gamification_seenvalue",
    "gamification_streakday",
)


def count_whole_reads():
    """Return how often this transaction has read each of the tables from end to end."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, seq_scan FROM pg_stat_xact_user_tables WHERE relname = ANY (%s)",
            [list(TABLES)],
        )
        return dict(cursor.fetchall())


def test_no_table_is_read_whole_because_it_was_empty_when_plans_were_made(record):
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"ANALYZE {table}")
    before = count_whole_reads()
    record("mia", *(f"2026-03-{day:02}T12:00:00+08:00" for day in range(1, 6)), locationId="park")
    record("mia", "2026-02-01T12:00:00+08:00", action="CAFE_MEETUP", locationId="hall")
    assert count_whole_reads() == before
