"""An award looks whether its source stands already, and reads what stands only when it does."""

from django.db import migrations

from points.sql import load_sql, unload_sql


class Migration(migrations.Migration):
    dependencies = [("points", "0017_shorter_conditions_of_transactions")]

    operations = [
        unload_sql("award_2"),
        load_sql("award_3"),
    ]
