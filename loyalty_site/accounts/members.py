"""Making members: everybody who becomes one comes through here.

Whether they register, are announced by a host, come with a host's token or are brought in by an
import, they get an open account, and what somebody who referred them is owed.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction

from points.enums import SITE_EVENT_PREFIX
from points.errors import Invalid
from points.services.accounts import open_account, open_accounts
from points.services.activities import ActivityReport, record_activities
from referrals.services import attach_referral, settle_invitation

from .errors import EmailTaken, UserIdTaken
from .models import Role, User, is_public_id, make_public_id, normalise_email

REGISTER_ACTION = "REGISTER"
BATCH_SIZE = 1_000


def create_member(
    *,
    public_id: str = "",
    name: str = "",
    email: str = "",
    password: str | None = None,
    referral_code: str = "",
    now: datetime,
) -> User:
    """Make a member with an open account and, with a code, the referral; or nothing.

    A blank `public_id` is made, a blank `email` is none, and without a password they cannot sign in
    here. Raises UserIdTaken, EmailTaken, Invalid for an id that cannot be one, and
    UnknownReferralCode.
    """
    if public_id and not is_public_id(public_id):
        raise Invalid("This cannot be a user id.")
    user = User(
        public_id=public_id or make_public_id(),
        name=name,
        email=normalise_email(email) or None,
        joined_at=now,
    )
    user.set_password(password)
    with transaction.atomic():
        save_new_person(user)
        welcome_member(member=user, referral_code=referral_code, now=now)
    return user


def register_member(
    *, name: str, email: str, password: str, referral_code: str = "", now: datetime
) -> User:
    """Make a member who registers here, with what registering earns, or nothing.

    Raises EmailTaken, or Invalid when nobody's referral code is `referral_code`.
    """
    with transaction.atomic():
        user = create_member(
            name=name, email=email, password=password, referral_code=referral_code, now=now
        )
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
    return user


def welcome_member(*, member: User, referral_code: str = "", now: datetime) -> None:
    """Do what every new member gets, in the transaction that saves them.

    Raises UnknownReferralCode.
    """
    open_account(member=member, now=now)
    if referral_code:
        attach_referral(referred=member, code=referral_code, now=now)
    else:
        settle_invitation(member=member, now=now)


def meet_member(*, public_id: str, name: str, email: str, now: datetime) -> User:
    """Return the member of this id, made when a host speaks of them for the first time.

    Safe to call at the same time. Somebody else's e-mail stays theirs: the member is made
    without one. Raises Invalid for an id that cannot be one.
    """
    try:
        try:
            return create_member(public_id=public_id, name=name, email=email, now=now)
        except EmailTaken:
            return create_member(public_id=public_id, name=name, now=now)
    except UserIdTaken:
        return User.objects.get(public_id=public_id)


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
            save_new_person(user)
            user.groups.set(Group.objects.filter(name__in=list(groups)))
            welcome_member(member=user, now=now)
    return user


def save_new_person(user: User) -> None:
    """Insert a person; the database is the judge of whose the e-mail and the id are."""
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        constraint = error.__cause__.diag.constraint_name or ""  # type: ignore[union-attr]
        if "email" in constraint:
            raise EmailTaken from error
        if constraint.startswith("accounts_user_public_id"):
            raise UserIdTaken from error
        raise
