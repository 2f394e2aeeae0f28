"""A backfill is worked off from both ends at once."""

from django.db import migrations, models

from gamification.sql import SQL_FOLDER
from points.sql import load_sql


class Migration(migrations.Migration):
    dependencies = [("gamification", "0006_rank_by_marked_values")]

    operations = [
        migrations.AddField(
            "badgebackfill",
            "before_member",
            models.BigIntegerField(
                default=models.BigIntegerField.MAX_BIGINT,
                db_default=models.BigIntegerField.MAX_BIGINT,
            ),
        ),
        load_sql("backfilling", folder=SQL_FOLDER),
    ]
