"""The closed vocabularies of the ledger."""

from django.db import models


class TransactionType(models.TextChoices):
    """What a transaction did to the balance."""

    EARN = "earn", "Earned"
    SPEND = "spend", "Spent"
    EXPIRE = "expire", "Expired"
    ADMIN_GRANT = "admin_grant", "Granted by staff"
    ADMIN_DEDUCT = "admin_deduct", "Deducted by staff"
    PENALTY = "penalty", "Penalty"
    REVERSAL = "reversal", "Returned"


# What each does to the balance.
ADDING_TYPES = (TransactionType.EARN, TransactionType.ADMIN_GRANT, TransactionType.REVERSAL)
TAKING_TYPES = (
    TransactionType.SPEND,
    TransactionType.EXPIRE,
    TransactionType.ADMIN_DEDUCT,
    TransactionType.PENALTY,
)
# Only these count towards lifetime points, and so towards levels.
LIFETIME_TYPES = (TransactionType.EARN, TransactionType.ADMIN_GRANT)


class ActivityStatus(models.TextChoices):
    """What became of a reported activity; only the first three are kept in the log."""

    POSTED = "posted", "Posted"
    CAPPED = "capped", "Over a cap"
    COOLDOWN = "cooldown", "Too soon after the last one"
    DUPLICATE = "duplicate", "Already recorded"
    UNKNOWN_ACTION = "unknown_action", "Unknown action"
    UNKNOWN_MEMBER = "unknown_member", "Unknown member"
    INVALID = "invalid", "Invalid"


# What the activity log may hold: the member did it, whether or not it earned anything.
RECORDED_STATUSES = (ActivityStatus.POSTED, ActivityStatus.CAPPED, ActivityStatus.COOLDOWN)

# Event ids the site gives to what happens on it (a registration, a referral). A host may not report
# under it, else it could take such an id first and our own posting would pass for a duplicate.
SITE_EVENT_PREFIX = "site:"

# What the ledger's own functions (points/sql) note as the type of a transaction's source.
ACTIVITY_SOURCE_TYPE = "activity"
EXPIRY_SOURCE_TYPE = "expiry"
