"""The ledger on the console, and what the admin pages of every app are made of."""

from .base import ReadOnlyAdmin
from .changes import KeepsChanges, make_change_message
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

__all__ = [
    "ActivityAdmin",
    "AuditRunAdmin",
    "ExpiryReminderAdmin",
    "KeepsChanges",
    "LevelConfigAdmin",
    "LotUseAdmin",
    "PointAccountAdmin",
    "PointActionAdmin",
    "PointTransactionAdmin",
    "ReadOnlyAdmin",
    "RefusedActivityAdmin",
    "make_change_message",
]
