"""A batch reads the rows it takes from the backlog, and no longer all that wait."""

from django.db import migrations

from gamification.sql import SQL_FOLDER
from points.sql import load_sql, unload_sql


class Migration(migrations.Migration):
    dependencies = [("gamification", "0008_look_earners_up_row_by_row")]

    operations = [
        unload_sql(
            "projecting",
            "gamification_batch",
            "gamification_lock_members",
            "gamification_rebuild",
            folder=SQL_FOLDER,
        ),
        load_sql("projecting_2", folder=SQL_FOLDER),
    ]
