"""People. A member, a staff user and a host's service account are all a `User`."""

import re
import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import RegexValidator
from django.db import connections, models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now, Upper
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property

from .signals import sessions_ended

PUBLIC_ID_LENGTH_MAX = 64
PUBLIC_ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._:@-]*\Z"
# What every API key begins with, so that a search for leaked secrets knows one.
API_KEY_START = "loyalty"
LABEL_LENGTH_MAX = 100


def make_public_id() -> str:
    """Return a fresh public id for a member the host gave none for: 20 lower-case hex digits."""
    return secrets.token_hex(10)


def is_public_id(text: str) -> bool:
    """Say whether a text can be a member's id."""
    return len(text) <= PUBLIC_ID_LENGTH_MAX and bool(re.fullmatch(PUBLIC_ID_PATTERN, text))


def normalise_email(email: str) -> str:
    """Return an e-mail as it is stored and looked up: no blanks around it, in lower case."""
    return email.strip().lower()


class Role(models.TextChoices):
    """The role a front end sees; staff powers are Django permissions, not roles."""

    BUYER = "buyer", "Buyer"
    SELLER = "seller", "Seller"
    ADMIN = "admin", "Admin"


def shown_as(role: str) -> Q:
    """Return the condition for people whose `shown_role` is this one."""
    is_staff = Q(is_staff=True) | Q(is_superuser=True)
    return Q(role=role) | is_staff if role == Role.ADMIN else Q(role=role) & ~is_staff


class UserManager(BaseUserManager["User"]):
    """Makes people; an e-mail is stored in lower case, a missing password is unusable."""

    def create_user(
        self, email: str | None = None, password: str | None = None, **fields: Any
    ) -> "User":
        """Save and return a person. `email` may be None for members a host or an import brings."""
        user = self.model(email=normalise_email(email) if email else None, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Save and return a staff user who may do everything."""
        fields |= {"is_staff": True, "is_superuser": True, "role": Role.ADMIN}
        return self.create_user(email, password, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find a person by e-mail, in any case."""
        return self.get(email=normalise_email(username or ""))

    def find_by_public_id(self, public_id: str) -> "User | None":
        """Return a person by public id, None when there is none. One query.

        Most requests begin with it, and building a query takes longer than running this one.
        """
        names, columns = self._all_columns
        with connections[self.db].cursor() as cursor:
            cursor.execute(f"SELECT {columns} FROM accounts_user WHERE public_id = %s", [public_id])  # noqa: S608
            row = cursor.fetchone()
        return self.model.from_db(self.db, names, row) if row else None

    @cached_property
    def _all_columns(self) -> tuple[list[str], str]:
        fields = self.model._meta.concrete_fields  # noqa: SLF001 -- Django documents it
        return [field.attname for field in fields], ", ".join(f"{field.column}" for field in fields)


class User(AbstractBaseUser, PermissionsMixin):
    """One person, known outside by `public_id` (the host's own id when it gave one)."""

    public_id = models.CharField(
        "user id",
        max_length=PUBLIC_ID_LENGTH_MAX,
        unique=True,
        default=make_public_id,
        validators=[RegexValidator(PUBLIC_ID_PATTERN)],
    )
    email = models.EmailField(max_length=255, unique=True, null=True, blank=True)
    name = models.CharField(max_length=150, blank=True)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.BUYER)
    time_zone = models.CharField(max_length=64, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField("may open the console", default=False)
    # Every token carries the epoch it was issued in; raising it ends all sessions at once. A new
    # password raises it (`save`), and so does a deactivation (the trigger).
    token_epoch = models.PositiveIntegerField(default=0, editable=False)
    joined_at = models.DateTimeField(db_default=Now(), editable=False)

    # What `set_password` was given, until the person is saved; Django's own attribute.
    _password: str | None

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = "person"
        verbose_name_plural = "people"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="accounts_user_email_lower_case"
            ),
            models.CheckConstraint(
                condition=~models.Q(public_id=""), name="accounts_user_public_id_not_blank"
            ),
        ]
        indexes = [
            # For `icontains`, which compares in upper case: a part of a name among millions.
            GinIndex(
                *(
                    OpClass(Upper(name), name="gin_trgm_ops")
                    for name in ("name", "email", "public_id")
                ),
                name="accounts_user_search",
            ),
            # What lists show of many people at once, read from the index alone.
            models.Index(
                fields=["id"],
                include=["public_id", "name", "is_active"],
                name="accounts_user_shown",
            ),
        ]
        triggers = [
            # A stale copy of a person that is saved whole must not bring ended sessions back.
            pgtrigger.Trigger(
                name="accounts_user_epoch_only_rises",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    NEW.token_epoch := greatest(
                        NEW.token_epoch,
                        OLD.token_epoch + (OLD.is_active AND NOT NEW.is_active)::integer
                    );
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.display_name

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Save, and end every session when a new password was set."""
        # A hash that is merely upgraded at sign-in leaves no raw password behind.
        ends_sessions = self._password is not None and not self._state.adding
        if ends_sessions:
            self.token_epoch = F("token_epoch") + 1
            if update_fields is not None:
                update_fields = {*update_fields, "token_epoch"}
        super().save(*args, update_fields=update_fields, **kwargs)
        if ends_sessions:
            self.refresh_from_db(fields=["token_epoch"])
        if ends_sessions or not self.is_active:
            sessions_ended.send(sender=User, member_ids=[self.pk])

    def get_session_auth_hash(self) -> str:
        """Return what a session of pages must carry; it ends with the tokens, by the epoch."""
        return self._hash_session(settings.SECRET_KEY)

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """Yield the same for secrets that were in use before."""
        yield from map(self._hash_session, settings.SECRET_KEY_FALLBACKS)

    def _hash_session(self, secret: str | bytes) -> str:
        known = f"{self.password}:{self.token_epoch}"
        return salted_hmac("accounts.session", known, secret=secret, algorithm="sha256").hexdigest()

    @property
    def display_name(self) -> str:
        """The name others see; the public id when there is none."""
        return self.name or self.public_id

    @property
    def shown_role(self) -> str:
        """The role a front end goes by: to it all staff are admins, whatever each may do."""
        return Role.ADMIN.value if self.is_staff or self.is_superuser else self.role

    def get_full_name(self) -> str:
        """Return the display name; Django's admin asks for it."""
        return self.display_name


class SignInAttempts(models.Model):
    """How many passwords were tried under one name since the last success; see `lockout`."""

    name_digest = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField()
    ends_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "sign-in attempts"

    def __str__(self) -> str:
        return f"{self.count} until {self.ends_at}"


class ApiKeyState(models.TextChoices):
    """What has become of an API key. It only gets worse."""

    ACTIVE = "active", "Active"
    EXPIRED = "expired", "Expired"
    REVOKED = "revoked", "Revoked"


class ApiKey(models.Model):
    """What a host sends in place of a token. The key itself is shown once and not kept.

    It speaks for its service account and may do what that account may. `prefix` is the part that
    is no secret; `digest` is the SHA-256 of the whole key, which is too random to be guessed.
    """

    service_account = models.ForeignKey(User, on_delete=models.PROTECT, related_name="api_keys")
    label = models.CharField(max_length=LABEL_LENGTH_MAX, blank=True)
    prefix = models.CharField(max_length=10, unique=True, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(editable=False)
    created_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", editable=False
    )
    expires_at = models.DateTimeField(null=True, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)
    revoked_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", editable=False
    )

    class Meta:
        verbose_name = "API key"
        constraints = [
            models.CheckConstraint(
                condition=Q(digest__regex=r"^[0-9a-f]{64}$"), name="accounts_apikey_digest_sha256"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")),
                name="accounts_apikey_expires_after_creation",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="accounts_apikey_revoked_for_good",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF (NEW.prefix, NEW.digest, NEW.service_account_id, NEW.expires_at)
                        IS DISTINCT FROM
                        (OLD.prefix, OLD.digest, OLD.service_account_id, OLD.expires_at)
                        OR OLD.revoked_at IS NOT NULL
                        AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at
                    THEN
                        RAISE EXCEPTION 'an API key stays what it is, and stays revoked'
                            USING ERRCODE = 'restrict_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{API_KEY_START}_{self.prefix}_…"

    def get_state(self, now: datetime) -> ApiKeyState:
        """Return what has become of the key."""
        if self.revoked_at is not None:
            return ApiKeyState.REVOKED
        if self.expires_at is not None and self.expires_at <= now:
            return ApiKeyState.EXPIRED
        return ApiKeyState.ACTIVE


class StaffChange(LogEntry):
    """An entry of the console's history: who changed what, from what to what."""

    class Meta:
        proxy = True
        verbose_name = "change by staff"
        verbose_name_plural = "changes by staff"
