"""Two lines of changes that do not touch each other, boards and badges, become one again."""

from typing import Any, ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("gamification", "0008_find_values_by_board"),
        ("gamification", "0009_take_rows_where_they_lie"),
    ]

    operations: ClassVar[list[Any]] = []
