"""The ledger's hot paths: one PL/pgSQL function each."""

from django.db import migrations

from points.sql import load_sql


class Migration(migrations.Migration):
    dependencies = [("points", "0001_initial")]

    operations = [
        load_sql("posting"),
        load_sql("award"),
        load_sql("spend"),
        load_sql("reverse"),
        load_sql("expire"),
        load_sql("record_activity"),
        load_sql("record_batch"),
        load_sql("record_activities"),
    ]
