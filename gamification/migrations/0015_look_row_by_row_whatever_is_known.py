"""Statements that look rows up one by one keep to indexes, however small a table was when planned.

A plan is kept for as long as the connection: one that was made while a table was empty would read
all of it for each row that is looked up, until statistics are taken again. To refuse a table without
an index makes a plan look dear, which must not have it compiled.
"""

from django.db import migrations

FUNCTIONS = (
    "gamification_fold(bigint[], bigint[], bigint[], text)",
    "gamification_fold_badges(bigint[], bigint[], text)",
    "gamification_forget(bigint[], bigint[])",
    "gamification_find_earners(bigint[], bigint[])",
    "gamification_earners(bigint, bigint[])",
)


class Migration(migrations.Migration):
    dependencies = [("gamification", "0014_fold_board_by_board")]

    operations = [
        migrations.RunSQL(
            [f"ALTER FUNCTION {name} SET enable_seqscan = off SET jit = off" for name in FUNCTIONS],
            [f"ALTER FUNCTION {name} RESET enable_seqscan RESET jit" for name in FUNCTIONS],
        )
    ]
