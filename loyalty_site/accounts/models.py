"""People. A member, a staff user and a host's service account are all a `User`."""

import secrets
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower, Now

PUBLIC_ID_LENGTH_MAX = 64
PUBLIC_ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._:@-]*$"


def make_public_id() -> str:
    """Return a fresh public id for a member the host gave none for: 20 lower-case hex digits."""
    return secrets.token_hex(10)


class Role(models.TextChoices):
    """The role a front end sees; staff powers are Django permissions, not roles."""

    BUYER = "buyer", "Buyer"
    SELLER = "seller", "Seller"
    ADMIN = "admin", "Admin"


class UserManager(BaseUserManager["User"]):
    """Makes people; an e-mail is stored in lower case, a missing password is unusable."""

    def create_user(
        self, email: str | None = None, password: str | None = None, **fields: Any
    ) -> "User":
        """Save and return a person. `email` may be None for members a host or an import brings."""
        user = self.model(email=email.strip().lower() if email else None, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Save and return a staff user who may do everything."""
        fields |= {"is_staff": True, "is_superuser": True, "role": Role.ADMIN}
        return self.create_user(email, password, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find a person by e-mail, in any case."""
        return self.get(email=(username or "").strip().lower())


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
    # Every token carries the epoch it was issued in; raising it ends all sessions at once.
    token_epoch = models.PositiveIntegerField(default=0, editable=False)
    joined_at = models.DateTimeField(db_default=Now(), editable=False)

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

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """The name others see; the public id when there is none."""
        return self.name or self.public_id

    def get_full_name(self) -> str:
        """Return the display name; Django's admin asks for it."""
        return self.display_name
