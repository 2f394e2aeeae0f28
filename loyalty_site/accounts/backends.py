"""How Django's own forms, the console's among them, check a password, and who may do what."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone

from .errors import SignInLocked
from .lockout import check_password
from .models import User

PERMISSIONS = """
SELECT kind.app_label || '.' || permission.codename
FROM auth_permission permission
JOIN django_content_type kind ON kind.id = permission.content_type_id
"""
OWN_PERMISSIONS = f"""{PERMISSIONS}
JOIN accounts_user_user_permissions own ON own.permission_id = permission.id
WHERE own.user_id = %s
"""
GROUP_PERMISSIONS = f"""{PERMISSIONS}
JOIN auth_group_permissions granted ON granted.permission_id = permission.id
JOIN accounts_user_groups belongs ON belongs.group_id = granted.group_id
WHERE belongs.user_id = %s
"""


class LockoutBackend(ModelBackend):
    """Django's backend behind the count of failures that the API keeps too.

    Its permissions are Django's, asked for in prepared statements: hosts are checked for each of
    their requests, and building the queries would take longer than answering.
    """

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

    def get_user_permissions(
        self, user_obj: User | AnonymousUser, obj: Any | None = None
    ) -> set[str]:
        """Return what a person was granted by name, as `app.codename`."""
        if needs_django(user_obj, obj):
            return super().get_user_permissions(user_obj, obj)
        return list_permissions(OWN_PERMISSIONS, user_obj)

    def get_group_permissions(
        self, user_obj: User | AnonymousUser, obj: Any | None = None
    ) -> set[str]:
        """Return what a person was granted by being in groups, as `app.codename`."""
        if needs_django(user_obj, obj):
            return super().get_group_permissions(user_obj, obj)
        return list_permissions(GROUP_PERMISSIONS, user_obj)


def needs_django(user: User | AnonymousUser, obj: Any | None) -> bool:
    """Say whether permissions are those of the special cases: nobody, everybody, one object."""
    return obj is not None or user.is_anonymous or not user.is_active or user.is_superuser


def list_permissions(sql: str, user: User | AnonymousUser) -> set[str]:
    """Return the permissions a statement finds for a person. One query."""
    with connection.cursor() as cursor:
        cursor.execute(sql, [user.pk])
        return {name for (name,) in cursor.fetchall()}
