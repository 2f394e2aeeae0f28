"""The console's sign-in form, which says when a name is locked."""

import math

from django.conf import settings
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import ngettext


class SignInForm(AdminAuthenticationForm):
    """Django's form. A locked name is told so whoever it is, known or unknown, as the API does."""

    def get_invalid_login_error(self) -> ValidationError:
        """Return what to say after a sign-in that failed."""
        get_lock_seconds = import_string(settings.LOYALTY_SIGN_IN_LOCK)
        email = self.cleaned_data.get("username") or ""
        seconds = get_lock_seconds(email=email, now=timezone.now())
        if seconds is None:
            return super().get_invalid_login_error()
        minutes = math.ceil(seconds / 60)
        sentence = ngettext(
            "Too many failed sign-ins. Try again in %(minutes)d minute.",
            "Too many failed sign-ins. Try again in %(minutes)d minutes.",
            minutes,
        )
        return ValidationError(sentence, code="locked", params={"minutes": minutes})
