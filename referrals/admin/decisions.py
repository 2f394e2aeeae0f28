"""The two decisions staff take about a referral in review, and what the page that asks shows."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget

from ..enums import ReferralStatus
from ..models import REASON_LENGTH_MAX, Referral

LISTED_MAX = 100


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A way to decide: its address, its words and what it does."""

    slug: str
    verb: str
    done: str
    approves: bool
    css_class: str


APPROVE = Decision(
    slug="approve", verb="Approve", done="Approved", approves=True, css_class="approve"
)
REFUSE = Decision(slug="refuse", verb="Refuse", done="Refused", approves=False, css_class="reject")
DECISIONS = {decision.slug: decision for decision in (APPROVE, REFUSE)}


class DecisionForm(forms.Form):
    """The reason that goes on record; whoever refuses gives one."""

    reason = forms.CharField(
        label="Note",
        required=False,
        max_length=REASON_LENGTH_MAX,
        widget=AdminTextareaWidget(attrs={"rows": 3}),
        help_text="Staff read it on the referral; members do not.",
        error_messages={"required": "Say why the referral is refused."},
    )

    def __init__(self, *args: Any, decision: Decision, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not decision.approves:
            self.fields["reason"].required = True
            self.fields["reason"].label = "Reason"


def describe(referrals: list[Referral], decision: Decision) -> dict[str, Any]:
    """Return what the confirmation page shows of a decision's consequences."""
    affected = [entry for entry in referrals if entry.status == ReferralStatus.IN_REVIEW]
    return {
        "decision": decision,
        "referrals": referrals,
        "affected": affected[:LISTED_MAX],
        "affected_count": len(affected),
        "more_count": max(0, len(affected) - LISTED_MAX),
        "referrer_count": len({entry.referrer_id for entry in affected}),
        "left_out": [entry for entry in referrals if entry not in affected][:LISTED_MAX],
    }
