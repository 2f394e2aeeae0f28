"""How Django's own forms, the console's among them, check a password."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone

from .errors import SignInLocked
from .lockout import check_password
from .models import User


class LockoutBackend(ModelBackend):
    """Django's backend behind the count of failures that the API keeps too."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        """Return the person, or None. A locked name looks like a wrong password."""
        email = username or kwargs.get(User.USERNAME_FIELD)
        if email is None or password is None:
            return None
        try:
            return check_password(email=email, password=password, now=timezone.now())
        except SignInLocked as error:
            raise PermissionDenied from error
