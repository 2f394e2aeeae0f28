"""Registering people, letting them in and bringing in those a host or an import knows."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, update_last_login
from django.db import IntegrityError, transaction

from points.enums import SITE_EVENT_PREFIX
from points.errors import Invalid
from points.services.accounts import open_account, open_accounts
from points.services.activities import ActivityReport, record_activities
from referrals.services import attach_referral

from .errors import EmailTaken, WrongCredentials, WrongPassword
from .lockout import check_password, forget_attempts, reserve_attempt
from .models import Role, User, is_public_id, normalise_email
from .sessions import issue_tokens, refresh_tokens, sign_out

__all__ = [
    "change_password",
    "ensure_members",
    "ensure_person",
    "issue_tokens",
    "refresh_tokens",
    "register_member",
    "sign_in",
    "sign_out",
]

REGISTER_ACTION = "REGISTER"
BATCH_SIZE = 1_000


def register_member(
    *, name: str, email: str, password: str, referral_code: str = "", now: datetime
) -> User:
    """Make a member with an open account, what registering earns and the referral, or nothing.

    Raises EmailTaken, or Invalid when nobody's referral code is `referral_code`.
    """
    user = User(name=name, email=normalise_email(email), joined_at=now)
    user.set_password(password)
    with transaction.atomic():
        _save_new(user)
        open_account(member=user, now=now)
        # Earns nothing when staff switched the action off; the activity's id keeps it single.
        record_activities(
            reports=[
                ActivityReport(
                    event_id=f"{SITE_EVENT_PREFIX}register:{user.public_id}",
                    user_id=user.public_id,
                    action=REGISTER_ACTION,
                    occurred_at=now,
                )
            ],
            now=now,
        )
        if referral_code:
            attach_referral(referred=user, code=referral_code, now=now)
    return user


def sign_in(*, email: str, password: str, now: datetime) -> User:
    """Return the active person with this e-mail and password.

    Raises WrongCredentials whatever it was that did not fit, and SignInLocked after too many.
    """
    user = check_password(email=email, password=password, now=now)
    if user is None:
        raise WrongCredentials
    update_last_login(User, user)
    return user


def change_password(*, user: User, current_password: str, new_password: str, now: datetime) -> None:
    """Set a new password and end every session of the person, access tokens included.

    `new_password` has passed the validators. Raises WrongPassword, and SignInLocked after too many.
    """
    name = user.email or user.public_id
    reserve_attempt(email=name, now=now)
    with transaction.atomic():
        # Of two changes at the same time the second must know the first one's password.
        person = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if not person.check_password(current_password):
            raise WrongPassword
        person.set_password(new_password)
        person.save(update_fields=["password"])
    forget_attempts(emails=[name])


def ensure_members(*, public_ids: Collection[str], now: datetime) -> None:
    """Make members with open accounts for the ids nobody has yet: no e-mail, no password.

    A handful of statements for thousands of ids; safe to repeat and to run at the same time.
    Raises Invalid, with the ids in `details`, when some cannot be public ids.
    """
    wanted = set(public_ids)
    if unusable := sorted(public_id for public_id in wanted if not is_public_id(public_id)):
        raise Invalid("These cannot be user ids.", details={"userIds": unusable[:100]})
    people = User.objects.filter(public_id__in=wanted)
    missing = wanted - set(people.values_list("public_id", flat=True))
    password = make_password(None)
    with transaction.atomic():
        # In one order, so that two imports that bring the same people never wait in a circle.
        User.objects.bulk_create(
            [User(public_id=pid, password=password, joined_at=now) for pid in sorted(missing)],
            ignore_conflicts=True,
            batch_size=BATCH_SIZE,
        )
        without_account = people.filter(point_account=None).values_list("pk", flat=True)
        open_accounts(member_ids=without_account, now=now)


def ensure_person(
    *,
    email: str,
    name: str,
    password: str,
    public_id: str,
    role: str = Role.BUYER,
    is_staff: bool = False,
    is_superuser: bool = False,
    groups: Iterable[str] = (),
    now: datetime,
) -> User:
    """Return the person with this public id, made as described when there was none.

    A person who exists is left as is. Raises EmailTaken.
    """
    user = User.objects.filter(public_id=public_id).first()
    if user is None:
        user = User(
            public_id=public_id,
            email=normalise_email(email),
            name=name,
            role=role,
            is_staff=is_staff,
            is_superuser=is_superuser,
            joined_at=now,
        )
        user.set_password(password)
        with transaction.atomic():
            _save_new(user)
            user.groups.set(Group.objects.filter(name__in=list(groups)))
    open_account(member=user, now=now)
    return user


def _save_new(user: User) -> None:
    """Insert a person; the database is the judge of whose the e-mail is."""
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        if "email" in (error.__cause__.diag.constraint_name or ""):  # type: ignore[union-attr]
            raise EmailTaken from error
        raise
