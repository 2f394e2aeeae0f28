"""An e-mail is invited with a code, and meets the account that is made with it.

Nothing here looks whether an account with the e-mail is there while a caller waits, so neither
the answer nor the time it takes tells.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from points.services.calendar import get_programme_date, get_start_of_day

from ..enums import ReferralStatus
from ..errors import AlreadyReferred
from ..models import Referral, ReferralCode
from ..selectors import (
    count_invited,
    find_code_in_use,
    find_invitation_for,
    list_invited_newcomers,
)
from .conversions import link_member


def keep_invitation(*, code: str, email: str, now: datetime) -> ReferralCode | None:
    """Note that an e-mail (lower case) came with a code, and return the code with its owner.

    None when nobody has the code. An e-mail that its owner invited before is not invited anew
    while the invitation stands, and beyond LOYALTY_INVITATIONS_PER_DAY_MAX nothing is kept.
    """
    with transaction.atomic():
        # Under the code's lock, so that of many at once no more than allowed find room in the day.
        owned = find_code_in_use(code, lock=True)
        if owned is None:
            return None
        today = get_start_of_day(get_programme_date(now))
        if count_invited(owned.member, since=today) < settings.LOYALTY_INVITATIONS_PER_DAY_MAX:
            _invite(owned, email, now)
    return owned


def settle_invitation(*, member: Any, now: datetime) -> Referral | None:
    """Credit a new member to whoever invited their e-mail first, and return the referral.

    To be called in the transaction that makes a member who gave no code. None without an
    invitation that still stands, or when the member was brought by somebody meanwhile.
    """
    invitation = find_invitation_for(member)
    if invitation is None:
        return None
    try:
        with transaction.atomic():
            link_member(referral=invitation, referred=member, now=now)
    except AlreadyReferred:
        return None
    return invitation


def settle_invitations(*, now: datetime) -> list[Referral]:
    """Credit new members whose e-mail was invited shortly after they had joined.

    A front end may register first and name the code afterwards; whoever joined longer before than
    LOYALTY_REFERRAL_NEW_MEMBER_MINUTES is no new member. Safe to repeat and to run twice at once.
    """
    settled = [
        settle_invitation(member=member, now=now) for member in list_invited_newcomers(now=now)
    ]
    return [referral for referral in settled if referral]


def _invite(owned: ReferralCode, email: str, now: datetime) -> None:
    known = Referral.objects.filter(referrer=owned.member, email=email)
    if known.exists():
        lapsed = now - timedelta(days=settings.LOYALTY_INVITATIONS_VALID_DAYS)
        known.filter(status=ReferralStatus.PENDING, invited_at__lte=lapsed).update(invited_at=now)
        return
    Referral.objects.create(
        referrer=owned.member,
        code=owned,
        email=email,
        status=ReferralStatus.PENDING,
        created_at=now,
        invited_at=now,
    )
