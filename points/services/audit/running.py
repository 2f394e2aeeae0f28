"""Running the passes in one snapshot, and judging what came of it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum

from django.db import DatabaseError, connection, transaction

from .registry import AuditPass, Finding, Scope, list_passes


class Verdict(Enum):
    """What may be said of the whole: OK only when every pass ran to its end and found nothing."""

    OK = "OK"
    DRIFT = "DRIFT"
    INCOMPLETE = "INCOMPLETE"


@dataclass(kw_only=True)
class PassResult:
    """How one pass ended: rows looked at, findings, and why it could not finish (blank: it did)."""

    name: str
    promise: str
    rows: int = 0
    findings: int = 0
    error: str = ""


class AuditListener:
    """Hears of an audit while it runs. Does nothing itself."""

    def begin(self, audit_pass: AuditPass) -> None:
        """Hear that a pass begins."""

    def expect(self, audit_pass: AuditPass, rows: int) -> None:
        """Hear how many rows it will look at."""

    def see(self, audit_pass: AuditPass, rows: int) -> None:
        """Hear that it has looked at so many more."""

    def find(self, audit_pass: AuditPass, finding: Finding) -> None:
        """Hear what it found."""

    def end(self, result: PassResult) -> None:
        """Hear that it has ended."""


def audit_ledger(
    *, scope: Scope, listener: AuditListener, passes: Sequence[AuditPass] | None = None
) -> list[PassResult]:
    """Run every pass in one read-only snapshot, repair nothing, and return how each ended.

    Errors do not come out: a pass that could not run says so in its result. To be called outside
    of any transaction.
    """
    results: list[PassResult] = []
    try:
        with _snapshot():
            results = run_passes(scope=scope, listener=listener, passes=passes)
    except DatabaseError as error:
        promise = "All passes see one snapshot."
        results.append(PassResult(name="snapshot", promise=promise, error=_describe(error)))
    return results


def run_passes(
    *, scope: Scope, listener: AuditListener, passes: Sequence[AuditPass] | None = None
) -> list[PassResult]:
    """Run the passes one after the other in the caller's transaction; return how each ended.

    A keyboard interrupt ends the pass that runs and all that follow.
    """
    results = []
    interrupted = False
    for audit_pass in list_passes() if passes is None else passes:
        result = PassResult(name=audit_pass.name, promise=audit_pass.promise)
        results.append(result)
        listener.begin(audit_pass)
        try:
            if not interrupted:
                # A savepoint each: a pass that fails leaves the snapshot to the others.
                with transaction.atomic():
                    _run_pass(audit_pass, result, scope, listener)
        except KeyboardInterrupt:
            interrupted = True
        except Exception as error:  # noqa: BLE001 -- whatever stopped it, the verdict says so
            result.error = _describe(error)
        if interrupted:
            result.error = "interrupted"
        listener.end(result)
    return results


def judge(results: Sequence[PassResult]) -> Verdict:
    """Return what may be said of an audit with these results; nothing at all is not OK."""
    if not results or any(result.error for result in results):
        return Verdict.INCOMPLETE
    if any(result.findings for result in results):
        return Verdict.DRIFT
    return Verdict.OK


def _run_pass(
    audit_pass: AuditPass, result: PassResult, scope: Scope, listener: AuditListener
) -> None:
    def saw(rows: int) -> None:
        result.rows += rows
        listener.see(audit_pass, rows)

    total = audit_pass.count_rows(scope)
    listener.expect(audit_pass, total)
    for finding in audit_pass.check(scope, saw):
        result.findings += 1
        listener.find(audit_pass, finding)
    # A check that leaves the looking to one statement has seen all of its rows by now.
    if not result.rows:
        saw(total)


@contextmanager
def _snapshot() -> Iterator[None]:
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SET LOCAL work_mem = '64MB'")
        yield


def _describe(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return ": ".join([type(error).__name__, *lines[:1]])
