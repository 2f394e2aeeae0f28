"""The ledger's PL/pgSQL, one file for each hot path, and how migrations load it."""

import re
from pathlib import Path

from django.db import migrations

CREATED = re.compile(
    r"^CREATE (?:(FUNCTION|TYPE|SEQUENCE|VIEW) (\w+)|TRIGGER (\w+) [A-Z ]+ ON (\w+))", re.MULTILINE
)


def load_sql(name: str, *, folder: Path = Path(__file__).parent) -> migrations.RunSQL:
    """Return the migration operation that creates what `<folder>/<name>.sql` defines.

    Undoing it drops the same functions, types and triggers, the last created first.
    """
    sql = (folder / f"{name}.sql").read_text(encoding="utf-8")
    drops = [
        f"DROP {kind} {identifier};" if kind else f"DROP TRIGGER {trigger} ON {table};"
        for kind, identifier, trigger, table in reversed(CREATED.findall(sql))
    ]
    return migrations.RunSQL(sql, reverse_sql="\n".join(drops))
