"""The ledger's PL/pgSQL, one file for each hot path, and how migrations load it."""

import re
from pathlib import Path

from django.db import migrations

CREATED = re.compile(r"^CREATE (FUNCTION|TYPE) (\w+)", re.MULTILINE)


def load_sql(name: str) -> migrations.RunSQL:
    """Return the migration operation that creates what `points/sql/<name>.sql` defines.

    Undoing it drops the same functions and types, the last created first.
    """
    sql = (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")
    created = CREATED.findall(sql)
    drops = [f"DROP {kind} {identifier};" for kind, identifier in reversed(created)]
    return migrations.RunSQL(sql, reverse_sql="\n".join(drops))
