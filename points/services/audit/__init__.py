"""The audit: everything derivable is derived again from the append-only rows and compared.

An app above adds passes of its own with `register_passes` when it is ready.
"""

from .recording import FirstFindings, audit_and_record, record_audit
from .registry import AuditPass, Check, Finding, Saw, Scope, check_sql, list_passes, register_passes
from .running import AuditListener, PassResult, Verdict, audit_ledger, judge, run_passes

__all__ = [
    "AuditListener",
    "AuditPass",
    "Check",
    "Finding",
    "FirstFindings",
    "PassResult",
    "Saw",
    "Scope",
    "Verdict",
    "audit_and_record",
    "audit_ledger",
    "check_sql",
    "judge",
    "list_passes",
    "record_audit",
    "register_passes",
    "run_passes",
]
