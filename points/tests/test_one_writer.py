"""One writer: nothing but the ledger's own services and SQL writes the ledger's tables."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

MODELS = {"PointAccount", "PointTransaction", "PointLot", "LotUse", "ReachedLevel", "Activity"}
TABLES = "pointaccount|pointtransaction|pointlot|lotuse|reachedlevel|activity"
# How other models lead to the ledger's rows.
RELATIONS = {"point_account", "transactions", "lots", "lot_uses", "activities"}
VERBS = {
    "create",
    "bulk_create",
    "get_or_create",
    "update_or_create",
    "update",
    "bulk_update",
    "delete",
    "raw_delete",
}
WRITING_SQL = re.compile(
    rf"\b(INSERT\s+INTO|UPDATE|DELETE\s+FROM|TRUNCATE(\s+TABLE)?|COPY)\s+(ONLY\s+)?"
    rf"[\"']?points_({TABLES})\b",
    re.IGNORECASE,
)
APPS = ["loyalty_site", "points", "referrals", "rewards", "gamification"]
# Opening accounts and placing them on the first level are writes that move no points.
WRITERS = {"points/services/accounts.py", "points/services/programme.py"}


def find_sources() -> Iterator[tuple[str, Path]]:
    """Yield the product's own sources by their path from the top."""
    top = Path(settings.BASE_DIR)
    for app in APPS:
        for path in sorted((top / app).rglob("*")):
            place = path.relative_to(top)
            if path.suffix in {".py", ".sql"} and not {"tests", "testing", "migrations"} & set(
                place.parts
            ):
                yield place.as_posix(), path


def find_writes(text: str, *, is_python: bool) -> list[str]:
    """Return the lines of a source that write a table of the ledger."""
    found = {text.count("\n", 0, match.start()) + 1 for match in WRITING_SQL.finditer(text)}
    if is_python:
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and is_orm_write(node.func):
                found.add(node.lineno)
    lines = text.splitlines()
    return [lines[number - 1].strip() for number in sorted(found)]


def is_orm_write(function: ast.expr) -> bool:
    """Say whether a called expression is a writing verb on the ledger's models or relations."""
    if not isinstance(function, ast.Attribute) or function.attr not in VERBS:
        return False
    parts = list(ast.walk(function.value))
    names = {part.id for part in parts if isinstance(part, ast.Name)}
    attributes = {part.attr for part in parts if isinstance(part, ast.Attribute)}
    return bool(names & MODELS or attributes & (MODELS | RELATIONS))


def test_nothing_else_writes_the_ledger():
    offences = {
        place: writes
        for place, path in find_sources()
        if place not in WRITERS
        and not place.startswith("points/sql/")
        and (writes := find_writes(path.read_text("utf-8"), is_python=path.suffix == ".py"))
    }

    assert offences == {}


def test_balances_and_transactions_are_written_in_the_ledgers_sql_alone():
    for place in WRITERS:
        text = (Path(settings.BASE_DIR) / place).read_text("utf-8")

        assert not WRITING_SQL.search(text)
        assert not re.search(r"(PointTransaction|PointLot|LotUse|ReachedLevel|Activity)\b", text)
        assert not re.search(r"\b(balance|lifetime_points|version)\s*=", text)


def test_all_the_sources_are_looked_at():
    places = {place for place, _ in find_sources()}

    assert {"points/services/postings.py", "points/sql/posting.sql"} <= places
    assert {place.partition("/")[0] for place in places} == set(APPS)


@pytest.mark.parametrize(
    "text",
    [
        "PointTransaction.objects.create(amount=5)",
        "PointLot.objects.filter(account=account).update(remaining=0)",
        "models.PointAccount.objects.select_for_update().filter(\n    pk=1\n).update(balance=1)",
        "LotUse.objects.bulk_create(\n    [LotUse(amount=1)]\n)",
        "member.point_account.lots.all().delete()",
        "account.transactions.create(amount=5)",
        'cursor.execute("UPDATE points_pointaccount SET balance = 0")',
        'cursor.execute("""\n    insert into\n  points_pointtransaction (id) VALUES (1)""")',
        "cursor.execute('TRUNCATE points_activity')",
    ],
)
def test_a_write_would_be_found(text):
    assert find_writes(text, is_python=True)


@pytest.mark.parametrize(
    "text",
    [
        "PointTransaction.objects.filter(account=account).count()",
        "Reward.objects.create(points=5)",
        "summary.update(PointLot.objects.aggregate(total=Sum('remaining')))",
        "seen = 'INSERT INTO rewards_redemption'",
    ],
)
def test_a_read_would_not(text):
    assert not find_writes(text, is_python=True)
