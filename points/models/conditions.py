"""Conditions of constraints, in the shortest form there is.

PostgreSQL reads a table's constraints from their text anew for each statement that writes to it.
For a single row that takes longer than an index's entry, and in an ordinary list every word is a
constant with casts of its own.
"""

from collections.abc import Collection

from django.db.models import BooleanField, F, Func, Q


def is_one_of(field: str, values: Collection[str]) -> Func:
    """Return the condition that a column of text holds one of these plain words."""
    words = ",".join(values)
    return Func(
        F(field),
        template=f"%(expressions)s = ANY ('{{{words}}}'::text[])",
        output_field=BooleanField(),
    )


def are_both_or_neither(first: Q, second: Q) -> Func:
    """Return the condition that both conditions hold, or that neither does; none may be NULL."""
    return Func(
        first,
        second,
        # In the order of migrations, which is part of what makes two conditions equal.
        arg_joiner=") = (",
        output_field=BooleanField(),
        template="(%(expressions)s)",
    )
