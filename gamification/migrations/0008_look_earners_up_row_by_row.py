"""Who has come to a badge is looked up row by row, whatever there is of scores and awards."""

from django.db import migrations

from gamification.sql import SQL_FOLDER
from points.sql import load_sql, unload_sql


class Migration(migrations.Migration):
    dependencies = [("gamification", "0007_work_backfills_off_from_both_ends")]

    operations = [
        unload_sql(
            "earning",
            "gamification_streak_runs",
            "gamification_first_met",
            "gamification_needed",
            folder=SQL_FOLDER,
        ),
        load_sql("earning_2", folder=SQL_FOLDER),
    ]
