"""Letting people in, and what else is done with people from outside this package."""

from datetime import datetime

from django.contrib.auth.models import update_last_login
from django.db import transaction

from .errors import WrongCredentials, WrongPassword
from .lockout import check_password, forget_attempts, reserve_attempt
from .members import (
    create_member,
    ensure_members,
    ensure_person,
    meet_member,
    register_member,
    welcome_member,
)
from .models import User
from .sessions import issue_tokens, refresh_tokens, sign_out

__all__ = [
    "change_password",
    "create_member",
    "ensure_members",
    "ensure_person",
    "issue_tokens",
    "meet_member",
    "refresh_tokens",
    "register_member",
    "sign_in",
    "sign_out",
    "welcome_member",
]


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
