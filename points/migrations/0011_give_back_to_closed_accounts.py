"""A reversal posts to an account that was closed since."""

from django.db import migrations

from points.sql import load_sql, unload_sql


class Migration(migrations.Migration):
    dependencies = [("points", "0010_keep_audits")]

    operations = [unload_sql("reverse_2"), load_sql("reverse_3")]
