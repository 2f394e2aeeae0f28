"""How tests run the audit inside their own transaction, and change what nobody may change."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from points.services.audit import AuditListener, AuditPass, Finding, Scope, run_passes


class Findings(AuditListener):
    """Collects the findings as texts: `points.lots: lot 7: …`."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def find(self, audit_pass: AuditPass, finding: Finding) -> None:
        """Keep a finding."""
        self.texts.append(f"{audit_pass.name}: {finding}")


def audit(scope: Scope | None = None) -> list[str]:
    """Run all passes over what the test sees and return the findings; every pass must finish."""
    findings = Findings()
    results = run_passes(scope=scope or Scope(), listener=findings)
    assert [result for result in results if result.error] == []
    return findings.texts


@contextmanager
def tampering() -> Iterator[None]:
    """Let the block write past every trigger and foreign key, and undo it afterwards."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
        yield
        transaction.set_rollback(True)


def run_sql(statement: str, parameters: list[Any] | None = None) -> int:
    """Run a statement and return how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)
