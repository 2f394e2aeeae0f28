"""The form that makes an API key."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextInputWidget
from django.db import transaction

from points.errors import LoyaltyError

from ..api_keys import (
    HOST_NAME,
    PREFIX,
    KeyMadeAlready,
    NewApiKey,
    create_api_key,
    ensure_service_account,
    list_service_accounts,
    make_prefix,
)
from ..models import LABEL_LENGTH_MAX, User

LIFETIMES = (("", "Never"), ("30", "In 30 days"), ("90", "In 90 days"), ("365", "In a year"))


class ApiKeyForm(forms.Form):
    """Whose key, what for and how long.

    The prefix is chosen before the form is shown, so that a form that is sent twice makes one key.
    """

    service_account = forms.ModelChoiceField(
        label="Host",
        queryset=User.objects.none(),
        required=False,
        empty_label="A new host",
        help_text="The key may do what this service account may.",
    )
    new_host = forms.RegexField(
        label="Name of the new host",
        regex=HOST_NAME,
        required=False,
        max_length=50,
        widget=AdminTextInputWidget,
        help_text="Letters, digits, dots, dashes and underscores, like record-shop.",
    )
    label = forms.CharField(
        label="Used for",
        required=False,
        max_length=LABEL_LENGTH_MAX,
        widget=AdminTextInputWidget,
        help_text="Shown in the list, so that you know later which one to replace.",
    )
    expires = forms.ChoiceField(label="Expires", choices=LIFETIMES, required=False)
    key_prefix = forms.RegexField(regex=PREFIX, widget=forms.HiddenInput, initial=make_prefix)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["service_account"]
        field.queryset = list_service_accounts()
        field.label_from_instance = lambda user: f"{user.display_name} ({user.public_id})"

    def clean(self) -> dict[str, Any]:
        """Ask for one host: one that is there, or a new one's name."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if "new_host" in data and bool(data.get("service_account")) == bool(data["new_host"]):
            self.add_error("new_host", "Choose a host above, or name a new one here.")
        return data

    def create(self, *, actor: User, now: datetime) -> NewApiKey | None:
        """Make the key; None, with the reason among the form's errors, when it cannot be made."""
        data = self.cleaned_data
        days = int(data["expires"] or 0)
        try:
            with transaction.atomic():
                account = data["service_account"]
                account = account or ensure_service_account(host=data["new_host"], now=now)
                return create_api_key(
                    service_account=account,
                    label=data["label"],
                    expires_at=now + timedelta(days=days) if days else None,
                    prefix=data["key_prefix"],
                    actor=actor,
                    now=now,
                )
        except KeyMadeAlready:
            sentence = (
                "This form was sent before. Its key is in the list and cannot be shown again: "
                "revoke it there if you did not copy it, and open this page anew."
            )
            self.add_error(None, sentence)
        except LoyaltyError as error:
            self.add_error(None, error.message)
        return None
