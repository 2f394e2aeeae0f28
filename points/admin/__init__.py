"""The ledger on the console, and what the admin pages of every app are made of."""

from .base import ReadOnlyAdmin, number_column
from .changes import KeepsChanges, make_change_message, make_message
from .ledger import (
    ActivityAdmin,
    AuditRunAdmin,
    ExpiryReminderAdmin,
    LevelConfigAdmin,
    LotUseAdmin,
    PointAccountAdmin,
    PointActionAdmin,
    PointTransactionAdmin,
    RefusedActivityAdmin,
)
from .members import MemberFilter, filter_by_member, get_member_url, render_member
from .queues import Decision, DecisionForm, DecisionQueueAdmin
from .selection import CheckedSelectionAdmin

__all__ = [
    "ActivityAdmin",
    "AuditRunAdmin",
    "CheckedSelectionAdmin",
    "Decision",
    "DecisionForm",
    "DecisionQueueAdmin",
    "ExpiryReminderAdmin",
    "KeepsChanges",
    "LevelConfigAdmin",
    "LotUseAdmin",
    "MemberFilter",
    "PointAccountAdmin",
    "PointActionAdmin",
    "PointTransactionAdmin",
    "ReadOnlyAdmin",
    "RefusedActivityAdmin",
    "filter_by_member",
    "get_member_url",
    "make_change_message",
    "make_message",
    "number_column",
    "render_member",
]
