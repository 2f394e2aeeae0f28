"""Whether somebody has a badge is looked up by the member, however many have got it meanwhile."""

from django.db import migrations

from gamification.sql import SQL_FOLDER
from points.sql import load_sql, unload_sql


class Migration(migrations.Migration):
    dependencies = [("gamification", "0010_join_boards_and_badges")]

    operations = [
        unload_sql("earning_2", folder=SQL_FOLDER),
        load_sql("earning_3", folder=SQL_FOLDER),
        unload_sql("backfilling", folder=SQL_FOLDER),
        load_sql("backfilling_2", folder=SQL_FOLDER),
    ]
