"""Marks know how many rows stand above their value, and names on boards are stamped."""

from django.db import migrations, models

from gamification.sql import SQL_FOLDER
from points.sql import load_sql, unload_sql

# Marks of before do not know it: boards are counted live until the next sweep.
MARK_ANEW = """
    INSERT INTO gamification_boardchange (metric_id, period_kind, period_start)
    SELECT DISTINCT metric_id, period_kind, period_start FROM gamification_boardmark;
    DELETE FROM gamification_boardmark;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_api_keys"),
        ("gamification", "0005_award_badges"),
    ]

    operations = [
        migrations.RunSQL(MARK_ANEW, MARK_ANEW),
        migrations.AddField("boardmark", "above", models.BigIntegerField(), preserve_default=False),
        migrations.AddField(
            "boardmark", "through", models.BigIntegerField(), preserve_default=False
        ),
        migrations.CreateModel(
            name="NameStamp",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("stamp", models.BigIntegerField()),
            ],
        ),
        unload_sql(
            "boards",
            "gamification_board",
            "gamification_spot",
            "gamification_rank_of",
            "gamification_count_before",
            "gamification_spots_after",
            "gamification_spots_before",
            "gamification_spot_of",
            "gamification_board_around",
            "gamification_note_boards",
            "gamification_note_new_scores",
            "gamification_note_other_scores",
            "gamification_note_lost_scores",
            "gamification_request_marks",
            folder=SQL_FOLDER,
        ),
        load_sql("boards_2", folder=SQL_FOLDER),
    ]
