"""What members send from the page of referrals."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

EMAIL_LENGTH_MAX = 255


class InvitationForm(forms.Form):
    """Whom a member invites."""

    email = forms.EmailField(
        label=_("E-mail of whom you invite"),
        max_length=EMAIL_LENGTH_MAX,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, own_email: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.own_email = own_email

    def clean_email(self) -> str:
        """Return the address in lower case. Nobody invites themselves."""
        email: str = self.cleaned_data["email"].lower()
        if email == self.own_email:
            raise forms.ValidationError(_("This is your own address."))
        return email


class NewCodeForm(forms.Form):
    """A member's yes to giving up a code."""

    code = forms.CharField(widget=forms.HiddenInput)
