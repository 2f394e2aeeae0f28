"""Staff decide the referrals that were held in review."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from points.errors import LoyaltyError

from ..enums import ReferralStatus
from ..errors import OwnReferral, ReasonMissing, ReferralNotFound, ReferralNotInReview
from ..models import Referral
from .conversions import lock_accounts, reward_activation, reward_conversion


@dataclass(frozen=True, kw_only=True)
class DecisionOutcome:
    """What became of one referral of a bulk decision: decided, or why not."""

    referral_id: int
    referral: Referral | None = None
    refusal: LoyaltyError | None = None


def decide_referral(
    *, referral_id: int, approve: bool, actor: Any, reason: str = "", now: datetime
) -> Referral:
    """Let a referral in review count from now on, or refuse it for good, in a staff user's name.

    Approved, both sides earn and are told as if the member had signed up now; a purchase that
    completed meanwhile activates it too. Refused, it never pays, and since a member is brought
    once, nobody else is credited with them either. Callers have checked
    `referrals.decide_referral`.
    Raises ReferralNotFound, OwnReferral, ReferralNotInReview, ReasonMissing.
    """
    if not approve and not reason.strip():
        raise ReasonMissing
    with transaction.atomic():
        referral = _lock_referral(referral_id)
        if actor.pk in (referral.referrer_id, referral.referred_id):
            raise OwnReferral
        if referral.status != ReferralStatus.IN_REVIEW:
            raise ReferralNotInReview(status=referral.status)
        referral.decided_at, referral.decided_by = now, actor
        referral.decision_reason = reason.strip()
        if approve:
            _approve(referral, now)
        else:
            referral.status = ReferralStatus.REFUSED
            _save_decided(referral)
    return referral


def decide_referrals(
    *, referral_ids: Iterable[int], approve: bool, actor: Any, reason: str = "", now: datetime
) -> list[DecisionOutcome]:
    """Decide several referrals, each in a transaction of its own, and return one outcome each.

    One that is refused a decision does not hold up the others.
    """
    outcomes = []
    for referral_id in referral_ids:
        try:
            referral = decide_referral(
                referral_id=referral_id, approve=approve, actor=actor, reason=reason, now=now
            )
        except LoyaltyError as error:
            outcomes.append(DecisionOutcome(referral_id=referral_id, refusal=error))
        else:
            outcomes.append(DecisionOutcome(referral_id=referral_id, referral=referral))
    return outcomes


def _lock_referral(referral_id: int) -> Referral:
    referral = (
        Referral.objects.select_for_update(no_key=True, of=("self",))
        .select_related("referrer", "referred", "code")
        .filter(pk=referral_id)
        .first()
    )
    if referral is None:
        raise ReferralNotFound
    return referral


def _approve(referral: Referral, now: datetime) -> None:
    referral.status = ReferralStatus.CONVERTED
    referral.converted_at = now
    _save_decided(referral)
    lock_accounts([referral.referrer_id, referral.referred_id])
    reward_conversion(referral=referral, now=now)
    if referral.purchased_at:
        referral.status = ReferralStatus.ACTIVATED
        referral.activated_at = now
        referral.save(update_fields=["status", "activated_at"])
        reward_activation(referral=referral, now=now)


def _save_decided(referral: Referral) -> None:
    referral.save(
        update_fields=["status", "converted_at", "decided_at", "decided_by", "decision_reason"]
    )
