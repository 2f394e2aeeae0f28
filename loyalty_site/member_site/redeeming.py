"""The steps of a redemption, as its member follows them."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rewards.enums import RedemptionStatus
from rewards.models import Redemption

# What members read for each status.
STANDINGS: dict[str, Promise] = {
    RedemptionStatus.PENDING: _("Waiting for approval"),
    RedemptionStatus.APPROVED: _("Approved"),
    RedemptionStatus.COMPLETED: _("Completed"),
    RedemptionStatus.REJECTED: _("Rejected"),
    RedemptionStatus.CANCELLED: _("Cancelled"),
}
# How each is coloured: a class of site.css.
PILLS: dict[str, str] = {
    RedemptionStatus.PENDING: "wait",
    RedemptionStatus.APPROVED: "good",
    RedemptionStatus.COMPLETED: "good",
    RedemptionStatus.REJECTED: "bad",
    RedemptionStatus.CANCELLED: "",
}
TAKEN = _("Redeemed")
TO_COME = _("A decision is to come")


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step: what happened and when, None for what is to come."""

    label: str | Promise
    at: datetime | None


def list_steps(redemption: Redemption) -> list[Step]:
    """Return the steps in their order; one that waits ends with what is to come."""
    reached = [
        Step(label=TAKEN, at=redemption.redeemed_at),
        Step(label=STANDINGS[RedemptionStatus.APPROVED], at=redemption.approved_at),
        Step(label=STANDINGS[RedemptionStatus.REJECTED], at=redemption.rejected_at),
        Step(label=STANDINGS[RedemptionStatus.COMPLETED], at=redemption.completed_at),
        Step(label=STANDINGS[RedemptionStatus.CANCELLED], at=redemption.cancelled_at),
    ]
    steps = [step for step in reached if step.at]
    if redemption.status == RedemptionStatus.PENDING:
        steps.append(Step(label=TO_COME, at=None))
    return steps
