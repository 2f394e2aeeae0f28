"""Postings hand the account's row on as they locked it, and find levels while they write it."""

from django.db import migrations

from points.sql import load_sql, unload_sql


class Migration(migrations.Migration):
    dependencies = [("points", "0007_levels_rise_with_tier")]

    operations = [
        unload_sql(
            "posting",
            "points_cause",
            "points_posting",
            "points_lapse_instant",
            "points_lock_account",
            "points_find_posting",
            "points_reach_levels",
            "points_take_from_lots",
        ),
        unload_sql("award"),
        unload_sql("spend"),
        unload_sql("reverse"),
        unload_sql(
            "record_activity",
            "points_activity_outcome",
            "points_limit_reached",
            "points_action_points",
        ),
        unload_sql("record_batch", "points_careful_accounts"),
        unload_sql("expire", "points_expire_due"),
        load_sql("posting_2"),
        load_sql("award_2"),
        load_sql("spend_2"),
        load_sql("reverse_2"),
        load_sql("record_activity_2"),
        load_sql("record_batch_2"),
        load_sql("expire_2"),
    ]
