"""A new member is credited to whoever brought them, and both sides earn by it.

What they earn is recorded as activities whose event ids come from the referral, so every step may
be repeated and pays once: `site:referral:<id>:conversion`, `:signup` and `:activation`.

Locks are taken in one order: the referral, then the accounts, ascending.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from points.enums import SITE_EVENT_PREFIX
from points.models import PointAccount
from points.services.accounts import open_accounts
from points.services.activities import ActivityReport, record_activities
from points.services.calendar import get_programme_date, get_start_of_day

from ..enums import HoldReason, ReferralStatus
from ..errors import AlreadyReferred, SelfReferral, UnknownReferralCode
from ..models import Referral
from ..selectors import count_converted, find_code_in_use, find_invitation_of
from ..signals import referral_activated, referral_converted


def attach_referral(*, referred: Any, code: str, now: datetime) -> Referral:
    """Credit the owner of `code` with a new member, and return the referral.

    To be called in the transaction that makes the member. It is converted, and the referrer earns
    REFERRAL_CONVERSION, the new member REFEREE_SIGNUP; or it is held in review, and nobody earns
    before staff approve. The referrer's own invitation of this e-mail becomes the referral.
    Raises UnknownReferralCode, SelfReferral, AlreadyReferred; nothing is kept then.
    """
    owned = find_code_in_use(code)
    if owned is None:
        raise UnknownReferralCode
    if owned.member_id == referred.pk:
        raise SelfReferral
    with transaction.atomic():
        invitation = find_invitation_of(owned.member, email=referred.email)
        referral = invitation or Referral(referrer=owned.member, code=owned, created_at=now)
        link_member(referral=referral, referred=referred, now=now)
    return referral


def activate_referral(*, referred: Any, now: datetime) -> Referral | None:
    """Reward whoever brought this member, once: to be called when a purchase completes.

    Returns the referral when it was activated now; None when nobody brought the member, the
    referral was refused or had been activated before, or it is in review: then the purchase is
    noted, and counts once staff approve. The referrer earns REFERRAL. Call it before the purchase
    posts anything to the buyer, because both sides' accounts are locked here, in their order.
    """
    with transaction.atomic():
        # An approval that commits between the two statements is met by the second.
        noted = Referral.objects.filter(
            referred=referred, status=ReferralStatus.IN_REVIEW, purchased_at__isnull=True
        ).update(purchased_at=now)
        # Of callers at the same moment one changes the row, the others find it changed.
        activated = Referral.objects.filter(
            referred=referred, status=ReferralStatus.CONVERTED
        ).update(status=ReferralStatus.ACTIVATED, activated_at=now)
        if noted or not activated:
            return None
        referral = Referral.objects.select_related("referrer", "referred", "code").get(
            referred=referred
        )
        reward_activation(referral=referral, now=now)
    return referral


def link_member(*, referral: Referral, referred: Any, now: datetime) -> None:
    """Make a new member the one a new or pending referral is about, in the caller's transaction.

    Raises AlreadyReferred, also when the invitation was used meanwhile.
    """
    member_ids = [referral.referrer_id, referred.pk]
    open_accounts(member_ids=member_ids, now=now)
    # Whoever counts the referrer's day does so under their account's lock, so that of many at
    # once no more than allowed find room in it.
    lock_accounts(member_ids)
    reason = find_hold_reason(referral=referral, referred=referred, now=now)
    referral.referred = referred
    if reason:
        referral.status = ReferralStatus.IN_REVIEW
        referral.held_at, referral.held_because = now, reason
    else:
        referral.status = ReferralStatus.CONVERTED
        referral.converted_at = now
    _save_linked(referral)
    if not reason:
        reward_conversion(referral=referral, now=now)


def find_hold_reason(*, referral: Referral, referred: Any, now: datetime) -> HoldReason | None:
    """Return why a referral has to wait for staff, None when it counts at once."""
    if is_same_mailbox(referral.referrer.email, referred.email):
        return HoldReason.SAME_MAILBOX
    today = get_programme_date(now)
    converted = count_converted(
        referral.referrer,
        since=get_start_of_day(today),
        until=get_start_of_day(today + timedelta(days=1)),
    )
    if converted >= settings.LOYALTY_REFERRALS_PER_DAY_MAX:
        return HoldReason.DAILY_LIMIT
    return None


def is_same_mailbox(first: str | None, second: str | None) -> bool:
    """Answer whether two addresses differ in nothing but case and what follows a plus sign."""
    return bool(first and second) and _strip_tag(first) == _strip_tag(second)


def reward_conversion(*, referral: Referral, now: datetime) -> None:
    """Post what both sides earn by a conversion and tell of it."""
    referrer, referred = referral.referrer, referral.referred
    conversion = _report(
        referral, "conversion", "REFERRAL_CONVERSION", by=referrer, about=referred, now=now
    )
    signup = _report(referral, "signup", "REFEREE_SIGNUP", by=referred, about=referrer, now=now)
    record_activities(reports=[conversion, signup], now=now)
    referral_converted.send(sender=None, referral=referral)


def reward_activation(*, referral: Referral, now: datetime) -> None:
    """Post what the referrer earns by the new member's first purchase and tell of it."""
    lock_accounts([referral.referrer_id, referral.referred_id])
    activation = _report(
        referral,
        "activation",
        "REFERRAL",
        by=referral.referrer,
        about=referral.referred,
        now=now,
    )
    record_activities(reports=[activation], now=now)
    referral_activated.send(sender=None, referral=referral)


def lock_accounts(member_ids: list[int | None]) -> None:
    """Lock the accounts of these members for the rest of the transaction, in the ledger's order."""
    accounts = PointAccount.objects.select_for_update(no_key=True)
    list(accounts.filter(member__in=member_ids).order_by("pk").values_list("pk"))


def _save_linked(referral: Referral) -> None:
    try:
        with transaction.atomic():
            if not referral.pk:
                referral.save(force_insert=True)
                return
            # An invitation that another transaction used while this one waited is no longer there.
            used = not Referral.objects.filter(
                pk=referral.pk, status=ReferralStatus.PENDING
            ).update(
                referred=referral.referred,
                status=referral.status,
                held_at=referral.held_at,
                held_because=referral.held_because,
                converted_at=referral.converted_at,
            )
    except IntegrityError as error:
        # The only rule left to break here is the unique referred member.
        raise AlreadyReferred from error
    if used:
        raise AlreadyReferred


def _strip_tag(email: str | None) -> str:
    name, _, host = (email or "").lower().rpartition("@")
    return f"{name.partition('+')[0]}@{host}"


def _report(
    referral: Referral, step: str, action: str, *, by: Any, about: Any, now: datetime
) -> ActivityReport:
    return ActivityReport(
        event_id=f"{SITE_EVENT_PREFIX}referral:{referral.pk}:{step}",
        user_id=by.public_id,
        action=action,
        occurred_at=now,
        subject_id=about.public_id,
        time_zone=by.time_zone,
    )
