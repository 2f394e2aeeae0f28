"""Guessing passwords: so many failures in a row, then nobody is let in under that name for a while.

An attempt is counted before its password is looked at, so guesses sent at the same instant are
counted like guesses sent one after the other. Unknown names are counted like known ones; a name
is kept as a digest only. The lock concerns passwords: sessions and their renewal go on.
"""

import math
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.db import connection
from django.utils.crypto import salted_hmac

from .errors import SignInLocked
from .models import SignInAttempts, User, normalise_email

RESERVE = """
    INSERT INTO accounts_signinattempts AS known (name_digest, count, ends_at)
    VALUES (%(name)s, 1, %(ends_at)s)
    ON CONFLICT (name_digest) DO UPDATE SET
        count = CASE
            WHEN known.ends_at <= %(now)s THEN 1
            ELSE least(known.count, %(failures_max)s) + 1
        END,
        ends_at = CASE
            WHEN known.ends_at > %(now)s AND known.count >= %(failures_max)s THEN known.ends_at
            ELSE excluded.ends_at
        END
    RETURNING count, ends_at
"""


def check_password(*, email: str, password: str, now: datetime) -> User | None:
    """Return the active person with this e-mail and password, None when there is none.

    An unknown e-mail costs a password hash too, so that the time tells nothing.
    Raises SignInLocked without looking at the password.
    """
    reserve_attempt(email=email, now=now)
    user = ModelBackend().authenticate(None, username=email, password=password)
    if not isinstance(user, User):
        return None
    forget_attempts(emails=[email])
    return user


def reserve_attempt(*, email: str, now: datetime) -> None:
    """Count one attempt under a name. Raises SignInLocked when it is one too many."""
    failures_max = settings.LOYALTY_SIGN_IN_FAILURES_MAX
    params: dict[str, str | int | datetime] = {
        "name": _digest(email),
        "ends_at": now + timedelta(seconds=settings.LOYALTY_SIGN_IN_LOCK_SECONDS),
        "now": now,
        "failures_max": failures_max,
    }
    with connection.cursor() as cursor:
        cursor.execute(RESERVE, params)
        count, ends_at = cursor.fetchone()
    if count > failures_max:
        raise SignInLocked(wait=math.ceil((ends_at - now).total_seconds()))


def get_lock_seconds(*, email: str, now: datetime) -> int | None:
    """Return for how many more seconds a name is locked, None when it is not. Counts nothing."""
    found = SignInAttempts.objects.filter(
        pk=_digest(email), count__gte=settings.LOYALTY_SIGN_IN_FAILURES_MAX, ends_at__gt=now
    ).first()
    return math.ceil((found.ends_at - now).total_seconds()) if found else None


def forget_attempts(*, emails: Iterable[str]) -> None:
    """Start counting anew: after a success, or because staff say so."""
    SignInAttempts.objects.filter(pk__in=[_digest(email) for email in emails]).delete()


def _digest(email: str) -> str:
    name = normalise_email(email)
    return salted_hmac("accounts.sign_in", name, algorithm="sha256").hexdigest()
