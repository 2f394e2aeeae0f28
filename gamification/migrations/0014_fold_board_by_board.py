"""Scores are written in the order in which they lie, and new values of a distinct metric add up."""

from django.db import migrations

from gamification.sql import SQL_FOLDER
from points.sql import load_sql, unload_sql


class Migration(migrations.Migration):
    dependencies = [("gamification", "0013_keep_scores_by_board")]

    operations = [
        unload_sql("projecting_2", folder=SQL_FOLDER),
        unload_sql(
            "projecting",
            "gamification_batch",
            "gamification_lock_members",
            "gamification_project",
            folder=SQL_FOLDER,
        ),
        unload_sql(
            "folding", "gamification_touched", "gamification_fold_gauges", folder=SQL_FOLDER
        ),
        unload_sql(
            "matching",
            "gamification_match",
            "gamification_day",
            "gamification_periods",
            "gamification_period_end",
            "gamification_streak_shift",
            "gamification_amount",
            "gamification_value_digest",
            folder=SQL_FOLDER,
        ),
        load_sql("matching_2", folder=SQL_FOLDER),
        load_sql("folding_2", folder=SQL_FOLDER),
        load_sql("projecting_3", folder=SQL_FOLDER),
    ]
