"""Many accounts are awarded the same points in one statement."""

from django.db import migrations

from points.sql import load_sql


class Migration(migrations.Migration):
    dependencies = [("points", "0008_append_to_the_row_that_is_locked")]

    operations = [load_sql("award_each")]
