"""A member's place is one statement, and a board is read once to mark it."""

from django.db import migrations

from gamification.sql import SQL_FOLDER
from points.sql import load_sql, unload_sql


class Migration(migrations.Migration):
    dependencies = [
        ("gamification", "0006_rank_by_marked_values"),
    ]

    operations = [
        unload_sql(
            "boards_2",
            "gamification_rank_at",
            "gamification_board_total",
            "gamification_board_page",
            "gamification_stamp_names",
            "gamification_stamp_preferences",
            "gamification_stamp_people",
            "gamification_gather_stamps",
            folder=SQL_FOLDER,
        ),
        load_sql("boards_3", folder=SQL_FOLDER),
    ]
