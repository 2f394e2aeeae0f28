"""The two decisions staff take about a referral in review, and what the page that asks shows."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget

import points.admin

from ..enums import ReferralStatus
from ..models import REASON_LENGTH_MAX, Referral

LISTED_MAX = 100


@dataclass(frozen=True, kw_only=True)
class Decision(points.admin.Decision):
    """A decision about a referral: to let it count, or not."""

    approves: bool


APPROVE = Decision(
    slug="approve", verb="Approve", done="Approved", approves=True, css_class="approve"
)
REFUSE = Decision(
    slug="refuse",
    verb="Refuse",
    done="Refused",
    approves=False,
    css_class="reject",
    wants_reason=True,
)
DECISIONS = {decision.slug: decision for decision in (APPROVE, REFUSE)}


class DecisionForm(points.admin.DecisionForm):
    """The reason that goes on record; whoever refuses gives one."""

    reason = forms.CharField(
        label="Note",
        required=False,
        max_length=REASON_LENGTH_MAX,
        widget=AdminTextareaWidget(attrs={"rows": 3}),
        help_text="Staff read it on the referral; members do not.",
        error_messages={"required": "Say why the referral is refused."},
    )


def describe(referrals: list[Referral]) -> dict[str, Any]:
    """Return what the confirmation page shows of a decision's consequences."""
    affected = [entry for entry in referrals if entry.status == ReferralStatus.IN_REVIEW]
    return {
        "affected": affected[:LISTED_MAX],
        "affected_count": len(affected),
        "more_count": max(0, len(affected) - LISTED_MAX),
        "referrer_count": len({entry.referrer_id for entry in affected}),
        "left_out": [entry for entry in referrals if entry not in affected][:LISTED_MAX],
    }
