"""What the ledger does when the site around it changes."""

from typing import Any

from django.db import connections

# django-pgtrigger asks this function in every trigger whether the session wants it ignored, so
# `SET pgtrigger.ignore` would open the ledger to anybody with a connection. Ours never wants that;
# as a constant it is also inlined, which saves a subtransaction in every posting.
NEVER_IGNORE = """
    CREATE OR REPLACE FUNCTION _pgtrigger_should_ignore(trigger_name name) RETURNS boolean
    LANGUAGE sql IMMUTABLE AS $$ SELECT false $$
"""


def disarm_trigger_bypass(*, using: str, **_: Any) -> None:
    """Take the switch out of the guards' triggers, after every migrate (which puts it back)."""
    with connections[using].cursor() as cursor:
        cursor.execute(NEVER_IGNORE)
