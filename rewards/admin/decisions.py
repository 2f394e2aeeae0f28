"""The three decisions staff take, and the page that asks before it takes them."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db.models import Count

import points.admin
from rewards.enums import RedemptionStatus
from rewards.models import Redemption, VoucherCode

LISTED_MAX = 100


@dataclass(frozen=True, kw_only=True)
class Decision(points.admin.Decision):
    """A decision about a redemption: where it leads, from where, and whether points go back."""

    status: RedemptionStatus
    from_statuses: tuple[RedemptionStatus, ...]
    returns_points: bool = False


APPROVE = Decision(
    slug="approve",
    verb="Approve",
    done="Approved",
    status=RedemptionStatus.APPROVED,
    from_statuses=(RedemptionStatus.PENDING,),
    css_class="approve",
)
COMPLETE = Decision(
    slug="complete",
    verb="Complete",
    done="Completed",
    status=RedemptionStatus.COMPLETED,
    from_statuses=(RedemptionStatus.APPROVED,),
    css_class="complete",
)
REJECT = Decision(
    slug="reject",
    verb="Reject",
    done="Rejected",
    status=RedemptionStatus.REJECTED,
    from_statuses=(RedemptionStatus.PENDING, RedemptionStatus.APPROVED),
    css_class="reject",
    wants_reason=True,
    returns_points=True,
)
DECISIONS = {decision.slug: decision for decision in (APPROVE, COMPLETE, REJECT)}


def list_open_decisions(redemption: Redemption) -> list[Decision]:
    """Return the decisions a redemption can take from where it stands."""
    return [
        decision for decision in DECISIONS.values() if redemption.status in decision.from_statuses
    ]


class DecisionForm(points.admin.DecisionForm):
    """The note that goes on record, and one to the member. Whoever rejects says why."""

    reason = forms.CharField(
        label="Note",
        required=False,
        max_length=2_000,
        widget=AdminTextareaWidget(attrs={"rows": 3}),
        help_text="Staff read it on the redemption, the member does not.",
        error_messages={"required": "Say why, so that colleagues can tell the member."},
    )
    member_note = forms.CharField(
        label="Note to the member",
        required=False,
        max_length=2_000,
        widget=AdminTextareaWidget(attrs={"rows": 2}),
        help_text="The member reads it on the redemption.",
    )


@dataclass(frozen=True, kw_only=True)
class CodesNeeded:
    """How many codes of a pool approving hands out, and how many are left."""

    pool: str
    needed: int
    left: int

    @property
    def missing(self) -> int:
        """How many approvals find no code any more."""
        return max(0, self.needed - self.left)


def describe(redemptions: list[Redemption], decision: Decision, *, decider: Any) -> dict[str, Any]:
    """Return what the confirmation page shows of a decision's consequences.

    The decider's own redemptions are left out, as are those that are no longer where the decision
    begins. Expects rewards, their pools and members loaded.
    """
    affected = [
        entry
        for entry in redemptions
        if entry.status in decision.from_statuses and entry.member_id != decider.pk
    ]
    kept = {entry.pk for entry in affected}
    return {
        "affected": affected[:LISTED_MAX],
        "affected_count": len(affected),
        "more_count": max(0, len(affected) - LISTED_MAX),
        "member_count": len({entry.member_id for entry in affected}),
        "points": sum(entry.points for entry in affected),
        "stock_count": sum(entry.took_stock for entry in affected),
        "codes": _count_codes(affected) if decision is APPROVE else [],
        "left_out": [entry for entry in redemptions if entry.pk not in kept][:LISTED_MAX],
        "decider": decider,
    }


def _count_codes(affected: list[Redemption]) -> list[CodesNeeded]:
    """Return what approving takes from each pool. No query without pools, else one."""
    pools = [entry.reward.code_pool for entry in affected if entry.reward.code_pool]
    needed = Counter(pool.name for pool in pools)
    if not needed:
        return []
    left = VoucherCode.objects.filter(
        pool__in={pool.pk for pool in pools}, assigned_at__isnull=True
    )
    counts = dict(left.values_list("pool__name").annotate(count=Count("pk")).order_by())
    return [
        CodesNeeded(pool=name, needed=count, left=counts.get(name, 0))
        for name, count in sorted(needed.items())
    ]
