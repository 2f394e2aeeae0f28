"""The closed vocabularies of the catalogue."""

from django.db import models

# The categories every installation starts with, in the order front ends show them.
# Staff may use others; those follow alphabetically.
CATEGORIES = ("Food & Drinks", "E-Commerce", "Lifestyle", "Transportation", "Event Access")

# The type a redemption from the catalogue goes by beside those of the options.
CATALOGUE_TYPE = "catalogue"


class RedemptionStatus(models.TextChoices):
    """Where a redemption stands."""

    PENDING = "PENDING", "Pending"
    APPROVED = "APPROVED", "Approved"
    REJECTED = "REJECTED", "Rejected"
    COMPLETED = "COMPLETED", "Completed"
    CANCELLED = "CANCELLED", "Cancelled"


TRANSITIONS: dict[str, tuple[RedemptionStatus, ...]] = {
    RedemptionStatus.PENDING: (
        RedemptionStatus.APPROVED,
        RedemptionStatus.REJECTED,
        RedemptionStatus.CANCELLED,
    ),
    RedemptionStatus.APPROVED: (RedemptionStatus.COMPLETED, RedemptionStatus.REJECTED),
}

# Points and stock went back.
RETURNED_STATUSES = (RedemptionStatus.REJECTED, RedemptionStatus.CANCELLED)
