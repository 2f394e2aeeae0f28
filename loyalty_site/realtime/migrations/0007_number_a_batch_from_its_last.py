"""The events of a batch are numbered back from the last one, in one pass."""

from pathlib import Path

from django.db import migrations

from points.sql import load_sql, unload_sql

FOLDER = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("realtime", "0006_leave_members_of_events_to_their_streams")]

    operations = [
        unload_sql("ledger_events_4", folder=FOLDER),
        load_sql("ledger_events_5", folder=FOLDER),
    ]
