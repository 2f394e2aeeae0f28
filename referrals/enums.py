"""The closed vocabulary of referrals."""

from django.db import models


class ReferralStatus(models.TextChoices):
    """How far a referral has come; it only ever moves down this list."""

    PENDING = "pending", "Invited"
    CONVERTED = "converted", "Signed up"
    ACTIVATED = "activated", "Active"
