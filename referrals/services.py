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
from points.services.audit import AuditPass, check_sql

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


# What each step of a referral is recorded as: who earned it, and the instant.
STEPS = """
    SELECT referral.id, referral.status, step.member_id, step.taken_at, step.name,
        'site:referral:' || referral.id || ':' || step.name AS event_id
    FROM referrals_referral referral CROSS JOIN LATERAL (VALUES
        ('conversion', referral.referrer_id, referral.converted_at),
        ('signup', referral.referred_id, referral.converted_at),
        ('activation', referral.referrer_id, referral.activated_at)
    ) step(name, member_id, taken_at)
"""

AUDITED_ACTIVITIES = """
    SELECT 'activity ' || activity.id, CASE
        WHEN step.id IS NULL THEN 'it is of ' || activity.event_id || ', which no referral took'
        WHEN step.taken_at IS NULL THEN 'referral ' || step.id || ' is ' || step.status
            || ' and earned its ' || step.name
        WHEN account.member_id <> step.member_id THEN 'member ' || account.member_id
            || ' earned the ' || step.name || ' of referral ' || step.id || ', member '
            || step.member_id || ' took it'
        ELSE 'referral ' || step.id || ' took its ' || step.name || ' at another instant' END
    FROM points_activity activity
    JOIN points_pointaccount account ON account.id = activity.account_id
    LEFT JOIN (STEPS) step ON step.event_id = activity.event_id
    WHERE activity.event_id LIKE 'site:referral:%%'
      AND (%(account)s::bigint IS NULL OR activity.account_id = %(account)s)
      AND (step.id IS NULL
        OR step.taken_at IS NULL
        OR account.member_id <> step.member_id
        OR activity.created_at <> step.taken_at)
    """.replace("STEPS", STEPS)

# A step whose action staff had switched off earns nothing and leaves no activity, so one is only
# missed where the same step was recorded before and after.
AUDITED_STEPS = """
    SELECT 'referral ' || step.id, 'its ' || step.name || ' is missing from the activities'
    FROM (STEPS) step
    JOIN (
        SELECT split_part(event_id, ':', 4) AS name,
            min(created_at) AS first_at, max(created_at) AS last_at
        FROM points_activity WHERE event_id LIKE 'site:referral:%%' GROUP BY 1
    ) recorded ON recorded.name = step.name
        AND step.taken_at BETWEEN recorded.first_at AND recorded.last_at
    LEFT JOIN points_activity activity ON activity.event_id = step.event_id
    LEFT JOIN points_pointaccount account ON account.member_id = step.member_id
    WHERE activity.id IS NULL AND account.closed_at IS NULL
      AND (%(member)s::bigint IS NULL OR step.member_id = %(member)s)
    """.replace("STEPS", STEPS)

AUDITED_REFERRALS = """
    SELECT * FROM (SELECT 'referral ' || referral.id, concat_ws('; ',
        CASE WHEN code.member_id IS DISTINCT FROM referral.referrer_id THEN 'its code '
            || referral.code_id || ' is not of member ' || referral.referrer_id END,
        CASE WHEN count(*) OVER (PARTITION BY referral.referred_id) > 1
            AND referral.referred_id IS NOT NULL
            THEN 'member ' || referral.referred_id || ' was brought by more than one' END,
        CASE WHEN (referral.converted_at IS NOT NULL) <> (referral.status <> 'pending')
            OR (referral.activated_at IS NOT NULL) <> (referral.status = 'activated')
            OR (referral.referred_id IS NOT NULL) <> (referral.status <> 'pending')
            THEN 'it is ' || referral.status || ' and has the instants of another status' END,
        CASE WHEN referral.created_at > referral.converted_at
            OR referral.converted_at > referral.activated_at THEN 'it went backwards' END
    )
    FROM referrals_referral referral
    LEFT JOIN referrals_referralcode code ON code.id = referral.code_id
    WHERE %(member)s::bigint IS NULL OR %(member)s IN (referral.referrer_id, referral.referred_id)
    ) judged(subject, problem) WHERE problem <> ''
"""

AUDIT_PASSES = (
    AuditPass(
        name="referrals.referrals",
        promise="A member was brought once, by the owner of the code, one step after the other.",
        count_sql="SELECT count(*) FROM referrals_referral WHERE %(member)s::bigint IS NULL "
        "OR %(member)s IN (referrer_id, referred_id)",
        check=check_sql(AUDITED_REFERRALS),
    ),
    AuditPass(
        name="referrals.steps",
        promise="Each step earned once, for whom and when the referral says.",
        count_sql="SELECT count(*) FROM points_activity WHERE event_id LIKE 'site:referral:%%' "
        "AND (%(account)s::bigint IS NULL OR account_id = %(account)s)",
        check=check_sql(AUDITED_ACTIVITIES, AUDITED_STEPS),
    ),
)
