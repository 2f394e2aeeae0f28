"""The ledger's tables and their words.

account      one per member: the spendable balance, the lifetime points, the level. Its row is
             the lock.
transaction  one change of one balance, for ever. Numbered per account by `version`, without a gap,
             which is also the order of a member's history.
opening      an account was opened; it misses the account should that vanish.
lot          points earned together that lapse together; a spend takes the soonest to lapse first.
lot use      how much of which lot a transaction took (positive) or gave back (negative).
action       something members can do, and what it earns. Rows that staff edit.
activity     one thing one member did, as the host reported it, and why it earned what it did.
level        a name for having earned so many points in a lifetime.
reminder     what a member was told before points lapsed.
audit run    what came of one audit of the whole ledger.

`occurred_at` is when it happened in the world, `created_at` when the ledger took note.
Only `points/services/postings.py` and the SQL it calls write accounts, transactions, lots and uses.
"""

from .activities import Activity, RefusedActivity
from .audits import AuditRun
from .ledger import AccountOpening, LotUse, PointAccount, PointLot, PointTransaction, ReachedLevel
from .limits import AMOUNT_MAX, BALANCE_MAX, SOURCE_ID_LENGTH_MAX
from .programme import LevelConfig, PointAction
from .reminders import ExpiryReminder
from .triggers import append_only, refuse_truncate

__all__ = [
    "AMOUNT_MAX",
    "BALANCE_MAX",
    "SOURCE_ID_LENGTH_MAX",
    "AccountOpening",
    "Activity",
    "AuditRun",
    "ExpiryReminder",
    "LevelConfig",
    "LotUse",
    "PointAccount",
    "PointAction",
    "PointLot",
    "PointTransaction",
    "ReachedLevel",
    "RefusedActivity",
    "append_only",
    "refuse_truncate",
]
