"""The same points for many are handed back as they were found; only who rises is looked at again."""

from django.db import migrations

from points.sql import load_sql, unload_sql


class Migration(migrations.Migration):
    dependencies = [("points", "0015_leave_room_in_accounts")]

    operations = [
        unload_sql("award_each"),
        load_sql("award_each_2"),
    ]
