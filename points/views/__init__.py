"""The ledger over HTTP, and the base of every view of the platform."""

from .activities import ActivityView
from .balances import BalanceView, ExpiringView, StatementView
from .base import HasRequiredPermission, LoyaltyView
from .programme import ActionListView, LevelListView
from .transactions import TransactionListView, narrow_transactions
from .whose import find_member_to_serve

__all__ = [
    "ActionListView",
    "ActivityView",
    "BalanceView",
    "ExpiringView",
    "HasRequiredPermission",
    "LevelListView",
    "LoyaltyView",
    "StatementView",
    "TransactionListView",
    "find_member_to_serve",
    "narrow_transactions",
]
