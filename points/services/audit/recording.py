"""Keeping what came of an audit, so that a failed one is known to whoever opens the console."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Value
from django.db.models.functions import Greatest, Now

from points.models import AuditRun

from .registry import AuditPass, Finding, Scope
from .running import AuditListener, PassResult, audit_ledger, judge

EXAMPLES_MAX = 50


class FirstFindings(AuditListener):
    """Keeps the first findings, for a record that stays small whatever happened."""

    def __init__(self) -> None:
        self.examples: list[dict[str, str]] = []

    def find(self, audit_pass: AuditPass, finding: Finding) -> None:
        """Keep the finding while there is room."""
        if len(self.examples) < EXAMPLES_MAX:
            self.examples.append(
                {"pass": audit_pass.name, "subject": finding.subject, "problem": finding.problem}
            )


def record_audit(
    *, results: Sequence[PassResult], examples: Sequence[dict[str, str]], started_at: datetime
) -> AuditRun:
    """Write down what came of an audit of everything, which has just ended."""
    passes = [
        {
            "name": result.name,
            "rows": result.rows,
            "findings": result.findings,
            "error": result.error,
        }
        for result in results
    ]
    return AuditRun.objects.create(
        verdict=judge(results).value,
        findings=sum(result.findings for result in results),
        rows=sum(result.rows for result in results),
        passes=passes,
        examples=examples[:EXAMPLES_MAX],
        started_at=started_at,
        # The two instants may be those of two clocks.
        ended_at=Greatest(Now(), Value(started_at)),
    )


def audit_and_record(*, now: datetime) -> AuditRun:
    """Audit everything, which takes a while, and return the record of it."""
    listener = FirstFindings()
    results = audit_ledger(scope=Scope(), listener=listener)
    return record_audit(results=results, examples=listener.examples, started_at=now)
