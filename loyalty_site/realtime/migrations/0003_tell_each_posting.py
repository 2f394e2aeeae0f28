"""Postings are told one by one, which spares a single one what batches need."""

from pathlib import Path

from django.db import migrations

from points.sql import load_sql, unload_sql

FOLDER = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("realtime", "0002_ledger_events"),
        # Batches enter postings in the order of members from here on.
        ("points", "0008_append_to_the_row_that_is_locked"),
    ]

    operations = [
        unload_sql("ledger_events", "realtime_tell_levels", folder=FOLDER),
        load_sql("ledger_events_2", folder=FOLDER),
    ]
