"""Codes are issued, replaced and put into links."""

import re
import secrets
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction

from points.services.accounts import open_account

from ..models import CODE_ALPHABET, CODE_LENGTH, CODE_PATTERN, ReferralCode
from ..selectors import PointsSummary, find_current_code, find_points_summary

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
