"""The key of scores has the board first and the value beside it: one index where there were two."""

from typing import Any, ClassVar

from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

TABLE = "gamification_metricscore"
BY_BOARD = "(metric_id, period_kind, period_start, member_id) INCLUDE (value)"
BY_MEMBER = "(metric_id, member_id, period_kind, period_start)"


def put_key(columns: str) -> list[str]:
    """Return the statements that make an index the key in the place of the present one.

    The index is made while scores are read and written; the exchange takes an instant. What an
    interrupted attempt left is made anew.
    """
    return [
        "DROP INDEX CONCURRENTLY IF EXISTS gamification_score_new_key",
        f"CREATE UNIQUE INDEX CONCURRENTLY gamification_score_new_key ON {TABLE} {columns}",
        f"ALTER TABLE {TABLE} DROP CONSTRAINT {TABLE}_pkey,"
        f" ADD CONSTRAINT {TABLE}_pkey PRIMARY KEY USING INDEX gamification_score_new_key",
    ]


class Migration(migrations.Migration):
    # Scores are written while the index grows.
    atomic = False

    dependencies = [
        ("gamification", "0012_look_at_a_badge_at_a_time"),
    ]

    operations: ClassVar[list[Any]] = [
        migrations.RunSQL(
            put_key(BY_BOARD),
            put_key(BY_MEMBER),
            state_operations=[
                migrations.AlterField(
                    model_name="metricscore",
                    name="pk",
                    field=models.CompositePrimaryKey(
                        "metric",
                        "period_kind",
                        "period_start",
                        "member",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
            ],
        ),
        RemoveIndexConcurrently(model_name="metricscore", name="gamification_score_own"),
    ]
