"""What members send from the pages of rewards and options."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _

from points.models import AMOUNT_MAX

from .programme_texts import translate_programme_text

SEARCH_LENGTH_MAX = 100


class CatalogueFilterForm(forms.Form):
    """How the catalogue is narrowed. A word it does not know narrows nothing."""

    search = forms.CharField(
        label=_("Search"),
        max_length=SEARCH_LENGTH_MAX,
        required=False,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    category = forms.ChoiceField(label=_("Category"), required=False)
    affordable = forms.BooleanField(label=_("Within my points"), required=False)
    available = forms.BooleanField(label=_("Available now"), required=False)

    def __init__(self, *args: Any, categories: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["category"]
        named = [(name, translate_programme_text(name)) for name in categories]
        field.choices = [("", _("All categories")), *named]
        self.is_valid()

    def as_selection(self, *, points: int) -> dict[str, Any]:
        """Return the selector's keywords; `points` is what the member can spend."""
        wanted = self.cleaned_data
        return {
            "search": wanted.get("search", ""),
            "category": wanted.get("category", ""),
            "only_available": wanted.get("available", False),
            "points_max": points if wanted.get("affordable") else None,
        }

    def as_query(self) -> str:
        """Return what a link to another page of the same selection carries."""
        wanted = {
            name: "on" if value is True else value
            for name, value in self.cleaned_data.items()
            if value
        }
        return urlencode(wanted)

    @property
    def is_narrowing(self) -> bool:
        """Whether anything is left out."""
        return any(self.cleaned_data.values())


class RedeemForm(forms.Form):
    """A member's yes: the redemption's own id, and the price they were shown."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    price = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class OptionForm(forms.Form):
    """How many points a member turns into what an option gives."""

    points = forms.IntegerField(label=_("Points"), min_value=1, max_value=AMOUNT_MAX)


class RedeemOptionForm(OptionForm):
    """A member's yes to an option: the redemption's own id, and how many points."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    points = forms.IntegerField(min_value=1, max_value=AMOUNT_MAX, widget=forms.HiddenInput)
