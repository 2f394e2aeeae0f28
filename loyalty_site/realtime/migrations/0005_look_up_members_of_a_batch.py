"""The members of a batch are looked up row by row, whatever there is of accounts."""

from pathlib import Path

from django.db import migrations

from points.sql import load_sql, unload_sql

FOLDER = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("realtime", "0004_tell_a_batch_in_one_statement")]

    operations = [
        unload_sql("ledger_events_3", folder=FOLDER),
        load_sql("ledger_events_4", folder=FOLDER),
    ]
