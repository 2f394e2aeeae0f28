"""Reading the ledger. Each query starts from whose eyes look: a member sees only their own."""

from .accounts import find_account_id, get_account_of, get_spendable_balance
from .expiries import Expiry, find_next_expiry, list_expiries
from .programme import list_actions, list_levels
from .statements import Standing, Statement, balance_at, get_standing_at, get_statement
from .transactions import list_transactions_of

__all__ = [
    "Expiry",
    "Standing",
    "Statement",
    "balance_at",
    "find_account_id",
    "find_next_expiry",
    "get_account_of",
    "get_spendable_balance",
    "get_standing_at",
    "get_statement",
    "list_actions",
    "list_expiries",
    "list_levels",
    "list_transactions_of",
]
