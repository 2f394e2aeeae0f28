"""What staff can do on a member's page, each for a reason that goes on record.

Nobody does any of it to themselves. The forms are made with a key, so that one that is sent twice
does its work once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminIntegerFieldWidget, AdminTextareaWidget
from django.utils.crypto import get_random_string

from gamification.models import Badge
from gamification.selectors import list_badges
from gamification.services.awards import award_badge
from points.admin import make_change_message
from points.errors import GrantLimitReached, InsufficientPoints, LoyaltyError
from points.models import AMOUNT_MAX
from points.services.grants import deduct_points, find_allowance, grant_points
from points.services.postings import Posting

from ..lockout import forget_attempts
from ..models import User
from ..sessions import activate_person, deactivate_people

REASON_LENGTH_MAX = 255
KEY_LENGTH = 32


def make_key() -> str:
    """Return what makes a form one of its kind."""
    return get_random_string(KEY_LENGTH)


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        max_length=REASON_LENGTH_MAX,
        widget=AdminTextareaWidget(attrs={"rows": 3}),
        help_text="Staff read it in the member's history.",
        error_messages={"required": "Say why, so that colleagues can tell the member."},
    )
    key = forms.RegexField(regex=r"^\w{32}\Z", widget=forms.HiddenInput, initial=make_key)

    def __init__(self, *args: Any, member: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member


class PointsForm(ReasonForm):
    """How many, and why. The ledger keeps the reason, and the member reads it there."""

    amount = forms.IntegerField(
        label="Points",
        min_value=1,
        max_value=AMOUNT_MAX,
        widget=AdminIntegerFieldWidget(attrs={"inputmode": "numeric"}),
    )
    field_order = ["amount", "reason", "key"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = "It stands in the ledger, where the member reads it."


class AwardForm(ReasonForm):
    """Which badge, and why."""

    badge = forms.ModelChoiceField(queryset=Badge.objects.none(), empty_label="Choose a badge")
    field_order = ["badge", "reason", "key"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["badge"]
        field.queryset = list_badges().exclude(
            awards__in=self.member.badge_awards.filter(revoked_at=None)
        )
        field.label_from_instance = lambda badge: f"{badge.name}, {badge.points:,} points"
        self.fields["reason"].help_text = "Staff read it on the award."


@dataclass(frozen=True, kw_only=True)
class Done:
    """What happened: the sentence for whoever did it, and the entry of the member's history."""

    told: str
    record: str | list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class MemberAction:
    """One button: its address, its words, what follows from it, and who may press it.

    `moves` is +1 or -1 where it moves points; `permission` the user model's own permission to
    change when it is blank.
    """

    slug: str
    verb: str
    consequence: str
    perform: Callable[[User, Any, dict[str, Any], datetime], Done]
    form_class: type[ReasonForm] = ReasonForm
    permission: str = ""
    css_class: str = ""
    moves: int = 0

    def describe(self, *, actor: Any, now: datetime) -> str:
        """Return what follows, and how much of it this person may still do today."""
        allowance = find_allowance(actor=actor, now=now) if self.moves > 0 else None
        if allowance is None:
            return self.consequence
        return f"{self.consequence} You may grant {allowance:,} more today."


def explain(refusal: LoyaltyError) -> str:
    """Return a refusal as staff read it, with the figures that matter."""
    match refusal:
        case GrantLimitReached(details=figures):
            left = max(0, figures["limit"] - figures["granted"])
            return f"{refusal.message} You may grant {left:,} more today."
        case InsufficientPoints(details=figures):
            return f"There are only {figures['available']:,} points to take."
    return refusal.message


def _move_points(
    member: User,
    actor: Any,
    data: dict[str, Any],
    now: datetime,
    *,
    post: Callable[..., Posting],
    done: str,
    way: str,
) -> Done:
    posting = post(
        user_id=member.public_id,
        amount=data["amount"],
        actor=actor,
        reason=data["reason"],
        event_id=f"console:{data['key']}",
        now=now,
    )
    if posting.replayed:
        return Done(told="This was sent before. Nothing was posted again.", record="")
    points, after = f"{abs(posting.amount):,} points", posting.balance_after
    before = after - posting.amount
    return Done(
        told=f"{done} {points} {way} {member}. The balance is {after:,}.",
        record=f"{done} {points}, balance from {before:,} to {after:,}. Reason: {data['reason']}",
    )


def _award(member: User, actor: Any, data: dict[str, Any], now: datetime) -> Done:
    award = award_badge(
        user_id=member.public_id,
        badge_type=data["badge"].type,
        reason=data["reason"],
        actor=actor,
        now=now,
    )
    return Done(
        told=f"{member} has {award.badge}, worth {award.points:,} points.",
        record=f"Awarded {award.badge}, worth {award.points:,} points. Reason: {award.reason}",
    )


def _deactivate(member: User, actor: Any, data: dict[str, Any], now: datetime) -> Done:
    deactivate_people(people=User.objects.filter(pk=member.pk))
    return Done(
        told=f"{member} is signed out everywhere and cannot sign in.",
        record=make_change_message(
            "is_active", label="Active", before="yes", after="no", reason=data["reason"]
        ),
    )


def _activate(member: User, actor: Any, data: dict[str, Any], now: datetime) -> Done:
    activate_person(person=member)
    return Done(
        told=f"{member} can sign in again.",
        record=make_change_message(
            "is_active", label="Active", before="no", after="yes", reason=data["reason"]
        ),
    )


def _unlock(member: User, actor: Any, data: dict[str, Any], now: datetime) -> Done:
    forget_attempts(emails=[member.email or ""])
    return Done(
        told=f"{member} can try again to sign in.",
        record=f"Forgot failed sign-ins. Reason: {data['reason']}",
    )


GRANT = MemberAction(
    slug="grant",
    verb="Grant points",
    consequence="They count towards the level, and lapse like points earned today.",
    perform=partial(_move_points, post=grant_points, done="Granted", way="to"),
    form_class=PointsForm,
    permission="points.grant_points",
    css_class="approve",
    moves=1,
)
DEDUCT = MemberAction(
    slug="deduct",
    verb="Deduct points",
    consequence="Those that lapse first go first. The level stays.",
    perform=partial(_move_points, post=deduct_points, done="Deducted", way="from"),
    form_class=PointsForm,
    permission="points.grant_points",
    css_class="reject",
    moves=-1,
)
AWARD = MemberAction(
    slug="award",
    verb="Award a badge",
    consequence="The badge's points come with it, unless the member was given it before.",
    perform=_award,
    form_class=AwardForm,
    permission="gamification.award_badge",
    css_class="approve",
)
DEACTIVATE = MemberAction(
    slug="deactivate",
    verb="Deactivate",
    consequence="All sessions end at once and no new one can be begun. The points stay.",
    perform=_deactivate,
    css_class="reject",
)
ACTIVATE = MemberAction(
    slug="activate",
    verb="Activate",
    consequence="The member can sign in again.",
    perform=_activate,
    css_class="approve",
)
UNLOCK = MemberAction(
    slug="unlock",
    verb="Forget failed sign-ins",
    consequence="The member can try passwords again at once.",
    perform=_unlock,
    css_class="approve",
)
ACTIONS = {each.slug: each for each in (GRANT, DEDUCT, AWARD, UNLOCK, DEACTIVATE, ACTIVATE)}
