"""The guards that append-only tables share."""

import pgtrigger


def append_only(name: str) -> list[pgtrigger.Trigger]:
    """Return the triggers that refuse UPDATE, DELETE and TRUNCATE of a table.

    A test database (its name starts with `test_`, which only a test run makes) may be truncated,
    because that is how Django empties it between tests that commit.
    """
    return [
        pgtrigger.Trigger(
            name=f"{name}_refuse_change",
            level=pgtrigger.Row,
            when=pgtrigger.Before,
            operation=pgtrigger.Update | pgtrigger.Delete,
            func="RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP "
            "USING ERRCODE = 'restrict_violation';",
        ),
        refuse_truncate(name),
    ]


def refuse_truncate(name: str) -> pgtrigger.Trigger:
    """Return the trigger that refuses TRUNCATE outside test databases."""
    return pgtrigger.Trigger(
        name=f"{name}_refuse_truncate",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func="IF left(current_database(), 5) <> 'test_' THEN "
        "RAISE EXCEPTION '% may not be truncated', TG_TABLE_NAME "
        "USING ERRCODE = 'restrict_violation'; END IF; RETURN NULL;",
    )
