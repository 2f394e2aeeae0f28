"""The audit as a command: what it prints, and its exit status."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from points.services import audit as audits
from points.services.audit import AuditPass, check_sql, registry
from points.tests.audits import run_sql
from points.tests.books import account_of, earn, spend
from points.tests.histories import make_everything


def run_audit(*arguments: str) -> tuple[int, list[str], str]:
    """Run the command; return its exit status, the lines it printed and what it showed."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("audit_ledger", *arguments, stdout=out, stderr=err)
    except SystemExit as stopped:
        return int(str(stopped.code)), out.getvalue().splitlines(), err.getvalue()
    return 0, out.getvalue().splitlines(), err.getvalue()


@contextmanager
def drift(table: str, column: str, by: int, where: str = "true") -> Iterator[None]:
    """Change a figure past every trigger, commit that, and put it right after the block."""
    for step in (by, -by):
        run_sql("SET session_replication_role = replica")
        run_sql(f"UPDATE {table} SET {column} = {column} + {step} WHERE {where}")
        run_sql("SET session_replication_role = origin")
        if step == by:
            yield


@pytest.fixture
def extra_passes(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that registers a pass for the time of the test."""
    monkeypatch.setattr(registry, "_passes", dict(registry._passes))

    def register(name: str, query: str) -> None:
        audits.register_passes(
            AuditPass(name=name, promise="P.", count_sql="SELECT 1", check=check_sql(query))
        )

    return register


@pytest.mark.django_db(transaction=True)
def test_sound_books_are_ok(make_member):
    make_everything(make_member)

    status, lines, shown = run_audit()

    assert status == 0
    assert lines[-1] == f"OK: {len(audits.list_passes())} passes ran and found nothing."
    assert "points.lot_order" in shown
    rows = {line.split()[0]: int(line.split()[1].replace(",", "")) for line in lines[:-1]}
    assert rows["points.balances"] == 4
    assert rows["points.chain"] == rows["points.lot_order"] >= 20
    assert rows["points.activities"] == 10


@pytest.mark.django_db(transaction=True)
def test_drift_is_named_and_ends_with_status_1(member):
    earn(member, 50)
    with drift("points_pointaccount", "balance", 1):
        status, lines, _ = run_audit()

    account = account_of(member).pk
    assert status == 1
    assert lines[0].startswith(f"points.balances: account {account}: its balance is 51, ")
    assert lines[-1] == f"DRIFT: {len(audits.list_passes())} passes ran, 1 findings."


@pytest.mark.django_db(transaction=True)
def test_nothing_is_repaired(member):
    earn(member, 50)
    with drift("points_pointaccount", "balance", 1):
        assert run_audit()[0] == 1
        assert run_audit()[0] == 1
        assert account_of(member).balance == 51


@pytest.mark.django_db(transaction=True)
def test_a_pass_that_cannot_run_makes_it_incomplete_with_status_2(member, extra_passes):
    extra_passes("test.broken", "SELECT 1 / 0, ''")

    status, lines, _ = run_audit()

    assert status == 2
    assert "NOT FINISHED: DataError: division by zero" in lines[-2]
    assert lines[-1].startswith("INCOMPLETE: 1 of ")
    assert "(test.broken), 0 findings." in lines[-1]
    assert not any(line.startswith("OK") for line in lines)


@pytest.mark.django_db(transaction=True)
def test_a_timeout_makes_it_incomplete(member, extra_passes):
    extra_passes("test.slow", "SELECT pg_sleep(5)::text, ''")
    run_sql("SET statement_timeout = '300ms'")
    try:
        status, lines, _ = run_audit()
    finally:
        run_sql("SET statement_timeout = 0")

    assert status == 2
    assert "statement timeout" in lines[-2]


@pytest.mark.django_db(transaction=True)
def test_a_lost_connection_makes_it_incomplete(member, extra_passes):
    extra_passes("test.last", "SELECT pg_terminate_backend(pg_backend_pid())::text, ''")
    extra_passes("test.after", "SELECT '', '' WHERE false")

    status, lines, _ = run_audit()

    assert status == 2
    assert lines[-1].startswith("INCOMPLETE: ")
    assert "test.last, test.after" in lines[-1]
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_it_reads_one_snapshot_and_cannot_write(member, extra_passes):
    extra_passes(
        "test.isolation",
        "SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only')",
    )

    _, lines, _ = run_audit()

    assert "test.isolation: repeatable read: on" in lines


@pytest.mark.django_db(transaction=True)
def test_json_is_a_line_for_each_finding_and_the_summary(member):
    earn(member, 50)
    with drift("points_pointaccount", "balance", 1):
        status, lines, _ = run_audit("--json")

    finding, summary = [json.loads(line) for line in lines]
    assert status == 1
    assert finding["pass"] == "points.balances"
    assert finding["subject"] == f"account {account_of(member).pk}"
    assert (summary["verdict"], summary["findings"]) == ("DRIFT", 1)
    assert {"name": "points.lots", "rows": 1, "findings": 0, "error": None} in summary["passes"]


@pytest.mark.django_db(transaction=True)
def test_one_member_is_audited_alone(make_member):
    mia, noa = make_member("mia", points=50), make_member("noa", points=50)
    spend(mia, 5)
    with drift("points_pointlot", "remaining", -1, where=f"account_id = {account_of(noa).pk}"):
        assert run_audit("--member", "mia")[0] == 0
        assert run_audit("--member", "noa")[0] == 1


def test_an_unknown_member_is_not_ok(db):
    with pytest.raises(CommandError, match="there is no member 'nobody'") as refusal:
        run_audit("--member", "nobody")

    assert refusal.value.returncode == 2


def test_the_help_explains_verdicts_and_passes(capsys):
    with pytest.raises(SystemExit):
        call_command("audit_ledger", "--help")

    said = capsys.readouterr().out
    assert "INCOMPLETE  a pass could not run to its end" in said
    assert all(each.name in said and each.promise in said for each in audits.list_passes())
