"""The projector: which rows count for which metrics, how they are folded, and by whom."""

from django.db import migrations

from gamification.sql import SQL_FOLDER
from points.sql import load_sql


class Migration(migrations.Migration):
    dependencies = [("gamification", "0002_measure_members")]

    operations = [
        load_sql("matching", folder=SQL_FOLDER),
        load_sql("folding", folder=SQL_FOLDER),
        load_sql("projecting", folder=SQL_FOLDER),
    ]
