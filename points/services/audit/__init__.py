"""The audit: everything derivable is derived again from the append-only rows and compared.

An app above adds passes of its own with `register_passes` when it is ready.
"""

from .registry import AuditPass, Check, Finding, Saw, Scope, check_sql, list_passes, register_passes
from .running import AuditListener, PassResult, Verdict, audit_ledger, judge, run_passes

__all__ = [
    "AuditListener",
    "AuditPass",
    "Check",
    "Finding",
    "PassResult",
    "Saw",
    "Scope",
    "Verdict",
    "audit_ledger",
    "check_sql",
    "judge",
    "list_passes",
    "register_passes",
    "run_passes",
]
