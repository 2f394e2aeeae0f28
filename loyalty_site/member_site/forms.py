"""The forms of the member site."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from loyalty_site.accounts.models import User, normalise_email

NAME_LENGTH_MAX = 150
EMAIL_LENGTH_MAX = 255
# Hashing is slow on purpose; without a bound a long password would be a way to keep us busy.
PASSWORD_LENGTH_MAX = 256
CODE_LENGTH_MAX = 32


class PasswordField(forms.CharField):
    """A password: every character counts, blanks at its ends too."""

    def __init__(self, *, autocomplete: str, **kwargs: Any) -> None:
        widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
        super().__init__(max_length=PASSWORD_LENGTH_MAX, strip=False, widget=widget, **kwargs)


class SignInForm(forms.Form):
    """An e-mail and a password. Whether the e-mail is well-formed is no one's business here."""

    email = forms.CharField(
        label=_("E-mail"),
        max_length=EMAIL_LENGTH_MAX,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = PasswordField(label=_("Password"), autocomplete="current-password")


class SignUpForm(forms.Form):
    """What a new member tells."""

    name = forms.CharField(
        label=_("Name"),
        max_length=NAME_LENGTH_MAX,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text=_("Others see it on leaderboards. You can hide there."),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=EMAIL_LENGTH_MAX,
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    password = PasswordField(
        label=_("Password"),
        autocomplete="new-password",
        help_text=_("At least 8 characters, and none of the passwords everybody uses."),
    )
    referral_code = forms.CharField(
        label=_("Referral code"),
        max_length=CODE_LENGTH_MAX,
        required=False,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        help_text=_("If a friend gave you one."),
    )

    def clean_email(self) -> str:
        """Return the address as it is stored."""
        return normalise_email(self.cleaned_data["email"])

    def clean(self) -> dict[str, Any]:
        """Hold the password against the site's rules and the member's own name."""
        fields: dict[str, Any] = super().clean() or {}
        if "password" in fields:
            person = User(email=fields.get("email"), name=fields.get("name", ""))
            check_new_password(self, "password", person)
        return fields


class PasswordForm(forms.Form):
    """The present password and the next."""

    current_password = PasswordField(label=_("Current password"), autocomplete="current-password")
    new_password = PasswordField(
        label=_("New password"),
        autocomplete="new-password",
        help_text=_("At least 8 characters, and none of the passwords everybody uses."),
    )
    repeated = PasswordField(label=_("New password, once more"), autocomplete="new-password")

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean(self) -> dict[str, Any]:
        """Hold the new password against the site's rules and against what was repeated."""
        fields: dict[str, Any] = super().clean() or {}
        if "new_password" in fields and "repeated" in fields:
            if fields["new_password"] != fields["repeated"]:
                self.add_error("repeated", _("The two passwords differ."))
            check_new_password(self, "new_password", self.person)
        return fields


def check_new_password(form: forms.Form, field: str, person: User) -> None:
    """Add what the validators say as errors of a field."""
    try:
        validate_password(form.cleaned_data[field], person)
    except ValidationError as error:
        form.add_error(field, error)
