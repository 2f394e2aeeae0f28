"""Codes are issued, replaced and put into links; referrals convert and are activated.

What both sides earn is recorded as activities whose event ids come from the referral, so every
step may be repeated and pays once: `site:referral:<id>:conversion`, `:signup` and `:activation`.
"""

import re
import secrets
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db import IntegrityError, transaction

from points.enums import SITE_EVENT_PREFIX
from points.services.accounts import open_account, open_accounts
from points.services.activities import ActivityReport, record_activities

from .enums import ReferralStatus
from .errors import AlreadyReferred, SelfReferral, UnknownReferralCode
from .models import CODE_ALPHABET, CODE_LENGTH, CODE_PATTERN, Referral, ReferralCode
from .selectors import PointsSummary, find_code_in_use, find_current_code, find_points_summary
from .signals import referral_activated, referral_converted

# With 32⁸ codes even two attempts in a row that meet a taken one are next to impossible.
ISSUE_ATTEMPTS_MAX = 10


def get_or_issue_code(*, member: Any, now: datetime) -> ReferralCode:
    """Return the member's current code, issued now when there is none yet.

    Safe to call at the same time: whoever comes second gets the code of whoever came first.
    """
    for _ in range(ISSUE_ATTEMPTS_MAX):
        code = find_current_code(member)
        if code is not None:
            return code
        # One current code per member and every code once are constraints. An insert that loses
        # waits for the winner to commit and then does nothing, and the next look finds the
        # winner's code; after a collision with another member's code it finds none and tries anew.
        ReferralCode.objects.bulk_create(
            [ReferralCode(member=member, code=make_code(), issued_at=now)], ignore_conflicts=True
        )
    raise AssertionError("no free referral code was found")


def rotate_code(*, member: Any, now: datetime) -> ReferralCode:
    """Retire the member's current code, if any, and return a new one.

    The old code converts nobody from then on. Two calls at the same moment replace it once.
    """
    with transaction.atomic():
        ReferralCode.objects.filter(member=member, retired_at__isnull=True).update(retired_at=now)
        return get_or_issue_code(member=member, now=now)


def make_code() -> str:
    """Return eight random characters; nothing about the member can be read from them."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


def make_short_link(code: str) -> str:
    """Return the link members hand on; it leads to `/r/<code>` of this site."""
    return f"{settings.REFERRAL_SHORT_URL}/{code}"


def make_login_link(code: str) -> str:
    """Return the link to the front end's login page."""
    return f"{settings.REFERRAL_LOGIN_URL}?{urlencode({'ref': code})}"


def make_sign_up_link(code: str) -> str:
    """Return the link to the front end's sign-up page, without the code when it is malformed.

    It begins with the setting whatever `code` is.
    """
    code = code.upper()
    if not re.fullmatch(CODE_PATTERN, code):
        return str(settings.REFERRAL_SIGN_UP_URL)
    return f"{settings.REFERRAL_SIGN_UP_URL}?{urlencode({'ref': code})}"


def get_points_summary(*, member: Any, now: datetime) -> PointsSummary:
    """Return a member's points, level and code, after opening and issuing what is missing."""
    summary = find_points_summary(member, now=now)
    if summary is None or summary.referral_code is None:
        open_account(member=member, now=now)
        get_or_issue_code(member=member, now=now)
        summary = find_points_summary(member, now=now)
    assert summary is not None  # noqa: S101 -- the account was opened above
    return summary


def attach_referral(*, referred: Any, code: str, now: datetime) -> Referral:
    """Credit the owner of `code` with a new member, and return the converted referral.

    To be called in the transaction that registers the member. The referrer earns
    REFERRAL_CONVERSION, the new member REFEREE_SIGNUP.
    Raises UnknownReferralCode, SelfReferral, AlreadyReferred; nothing is kept then.
    """
    owned = find_code_in_use(code)
    if owned is None:
        raise UnknownReferralCode
    if owned.member_id == referred.pk:
        raise SelfReferral
    referrer = owned.member
    with transaction.atomic():
        referral = _convert(owned, referred, now)
        open_accounts(member_ids=[referrer.pk, referred.pk], now=now)
        conversion = _report(
            referral, "conversion", "REFERRAL_CONVERSION", by=referrer, about=referred, now=now
        )
        signup = _report(referral, "signup", "REFEREE_SIGNUP", by=referred, about=referrer, now=now)
        record_activities(reports=[conversion, signup], now=now)
        referral_converted.send(sender=None, referral=referral)
    return referral


def activate_referral(*, referred: Any, now: datetime) -> Referral | None:
    """Reward whoever brought this member, once: to be called when a purchase completes.

    Returns the referral when it was activated now; None when nobody brought the member or the
    referral had been activated before. The referrer earns REFERRAL.
    """
    with transaction.atomic():
        # Of callers at the same moment one changes the row, the others find it changed.
        activated = Referral.objects.filter(
            referred=referred, status=ReferralStatus.CONVERTED
        ).update(status=ReferralStatus.ACTIVATED, activated_at=now)
        if not activated:
            return None
        referral = Referral.objects.select_related("referrer", "referred", "code").get(
            referred=referred
        )
        activation = _report(
            referral, "activation", "REFERRAL", by=referral.referrer, about=referred, now=now
        )
        record_activities(reports=[activation], now=now)
        referral_activated.send(sender=None, referral=referral)
    return referral


def _convert(owned: ReferralCode, referred: Any, now: datetime) -> Referral:
    try:
        with transaction.atomic():
            return Referral.objects.create(
                referrer=owned.member,
                code=owned,
                referred=referred,
                status=ReferralStatus.CONVERTED,
                created_at=now,
                converted_at=now,
            )
    except IntegrityError as error:
        # The only rule left to break here is the unique referred member.
        raise AlreadyReferred from error


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
