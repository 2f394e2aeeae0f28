"""The closed vocabulary of referrals."""

from django.db import models


class ReferralStatus(models.TextChoices):
    """How far a referral has come; it only ever moves down this list."""

    PENDING = "pending", "Invited"
    IN_REVIEW = "in_review", "In review"
    CONVERTED = "converted", "Signed up"
    ACTIVATED = "activated", "Active"
    REFUSED = "refused", "Refused"


# The members somebody brought: whoever was only invited is nobody's member yet, and whoever is
# held back counts once staff approve.
BROUGHT = (ReferralStatus.CONVERTED, ReferralStatus.ACTIVATED)


class HoldReason(models.TextChoices):
    """Why a referral waits for staff before it counts."""

    DAILY_LIMIT = "daily_limit", "More in a day than usual"
    SAME_MAILBOX = "same_mailbox", "The same mailbox as the referrer's"


class BoardPeriod(models.TextChoices):
    """What stretch of the programme's calendar a board of referrers counts."""

    ALL = "all", "All time"
    YEAR = "year", "This year"
    MONTH = "month", "This month"
    WEEK = "week", "This week"
