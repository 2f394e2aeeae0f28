"""Reading the ledger. Each query starts from whose eyes look: a member sees only their own."""

from .accounts import (
    Holdings,
    find_account_id,
    get_account_of,
    get_holdings,
    get_spendable_balance,
    spendable_points,
)
from .activities import list_unrewarded
from .expiries import Expiry, find_next_expiry, list_expiries
from .histories import list_activities_of, list_refusals_of, list_spendable_lots
from .levels import LevelStanding, LevelStep, measure_levels
from .programme import find_active_action, list_actions, list_levels
from .statements import Standing, Statement, balance_at, get_standing_at, get_statement
from .transactions import (
    get_transaction,
    list_transactions_of,
    list_transactions_with_members,
    narrow_transactions,
)

__all__ = [
    "Expiry",
    "Holdings",
    "LevelStanding",
    "LevelStep",
    "Standing",
    "Statement",
    "balance_at",
    "find_account_id",
    "find_active_action",
    "find_next_expiry",
    "get_account_of",
    "get_holdings",
    "get_spendable_balance",
    "get_standing_at",
    "get_statement",
    "get_transaction",
    "list_actions",
    "list_activities_of",
    "list_expiries",
    "list_levels",
    "list_refusals_of",
    "list_spendable_lots",
    "list_transactions_of",
    "list_transactions_with_members",
    "list_unrewarded",
    "measure_levels",
    "narrow_transactions",
    "spendable_points",
]
