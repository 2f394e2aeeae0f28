"""Many postings of one statement are told in one statement."""

from pathlib import Path

from django.db import migrations

from points.sql import load_sql, unload_sql

FOLDER = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("realtime", "0003_tell_each_posting")]

    operations = [
        unload_sql("ledger_events_2", folder=FOLDER),
        load_sql("ledger_events_3", folder=FOLDER),
    ]
