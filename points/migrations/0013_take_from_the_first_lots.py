"""A spend reads the lots it takes from, and no longer all that its member has."""

from django.db import migrations

from points.sql import load_sql, unload_sql


class Migration(migrations.Migration):
    dependencies = [("points", "0012_let_hosts_serve_members")]

    operations = [
        unload_sql(
            "posting",
            "points_cause",
            "points_posting",
            "points_lapse_instant",
            "points_lock_account",
            "points_find_posting",
            "points_append",
            "points_reach_levels",
            "points_expire_account",
        ),
        unload_sql("posting_2", "points_append"),
        load_sql("lots"),
    ]
