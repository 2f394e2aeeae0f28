"""The ledger over HTTP, and the base of every view of the platform."""

from .activities import ActivityView
from .analytics import DistributionView
from .balances import BalanceView, ExpiringView, StatementView
from .base import HasRequiredPermission, LoyaltyView
from .exports import AnyResponse, ExportableListView
from .grants import AddEarningView, AddPointsView, AwardView, DeductView
from .holdings import HistoryView, HoldingsView, MemberPointsView, PointsView
from .programme import ActionListView, LevelListView
from .transactions import LedgerView, MemberTransactionListView, TransactionListView
from .whose import find_member_to_serve

__all__ = [
    "ActionListView",
    "ActivityView",
    "AddEarningView",
    "AddPointsView",
    "AnyResponse",
    "AwardView",
    "BalanceView",
    "DeductView",
    "DistributionView",
    "ExpiringView",
    "ExportableListView",
    "HasRequiredPermission",
    "HistoryView",
    "HoldingsView",
    "LedgerView",
    "LevelListView",
    "LoyaltyView",
    "MemberPointsView",
    "MemberTransactionListView",
    "PointsView",
    "StatementView",
    "TransactionListView",
    "find_member_to_serve",
]
