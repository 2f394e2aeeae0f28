"""The ledger's PL/pgSQL, one file for each hot path, and how migrations load it."""

import re
from collections.abc import Sequence
from pathlib import Path

from django.db import migrations

FOLDER = Path(__file__).parent
CREATED = re.compile(
    r"^CREATE (?:(FUNCTION|TYPE|SEQUENCE|VIEW) (\w+)|TRIGGER (\w+) [A-Z ]+ ON (\w+))", re.MULTILINE
)


def load_sql(name: str, *, folder: Path = FOLDER) -> migrations.RunSQL:
    """Return the migration operation that creates what `<folder>/<name>.sql` defines.

    Undoing it drops the same functions, types and triggers, the last created first.
    """
    sql = (folder / f"{name}.sql").read_text(encoding="utf-8")
    return migrations.RunSQL(sql, reverse_sql=_drop(CREATED.findall(sql)))


def unload_sql(name: str, *kept: str, folder: Path = FOLDER) -> migrations.RunSQL:
    """Return the operation that drops what `<folder>/<name>.sql` defines, but for what is `kept`.

    Undoing it creates the same again. Whatever takes its place stands in a file of its own.
    """
    sql = (folder / f"{name}.sql").read_text(encoding="utf-8")
    starts = [match.start() for match in CREATED.finditer(sql)]
    pairs = zip(starts, [*starts[1:], len(sql)], strict=True)
    statements = [sql[start:end] for start, end in pairs]
    dropped = [text for text in statements if not set(CREATED.findall(text)[0]) & set(kept)]
    found = [CREATED.findall(text)[0] for text in dropped]
    return migrations.RunSQL(_drop(found), reverse_sql="\n".join(dropped))


def _drop(found: Sequence[tuple[str, ...]]) -> str:
    return "\n".join(
        f"DROP {kind} {identifier};" if kind else f"DROP TRIGGER {trigger} ON {table};"
        for kind, identifier, trigger, table in reversed(found)
    )
