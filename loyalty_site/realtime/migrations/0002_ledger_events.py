"""Events are written by a function of the database, and the ledger's by triggers on its tables."""

from pathlib import Path

from django.db import migrations

from points.sql import load_sql

FOLDER = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("realtime", "0001_outbox"),
        ("points", "0002_ledger_functions"),
        ("accounts", "0001_initial"),
    ]

    operations = [
        load_sql("write_events", folder=FOLDER),
        load_sql("ledger_events", folder=FOLDER),
    ]
