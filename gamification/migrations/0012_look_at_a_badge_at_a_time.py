"""Who meets a badge is found for one badge at a time, which names it once and not for each member."""

from django.db import migrations

from gamification.sql import SQL_FOLDER
from points.sql import load_sql, unload_sql


class Migration(migrations.Migration):
    dependencies = [("gamification", "0011_find_awards_by_member")]

    operations = [
        unload_sql("earning_3", "gamification_find_earners", folder=SQL_FOLDER),
        load_sql("earning_4", folder=SQL_FOLDER),
    ]
