"""What members ask of the boards, and how they wish to be shown there."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _

from gamification.enums import PeriodKind

TIMEFRAMES = {
    "all": (PeriodKind.ALL, _("All time")),
    "year": (PeriodKind.YEAR, _("Year")),
    "month": (PeriodKind.MONTH, _("Month")),
    "week": (PeriodKind.WEEK, _("Week")),
}
ALIAS_TEXT_LENGTH_MAX = 200


class BoardForm(forms.Form):
    """Which stretch of a board is looked at. What it does not know is today's, of all time."""

    timeframe = forms.ChoiceField(
        choices=[(word, label) for word, (_kind, label) in TIMEFRAMES.items()], required=False
    )
    at = forms.DateField(
        label=_("Date in the period"),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    around = forms.ChoiceField(choices=[("me", "")], required=False)
    page = forms.CharField(required=False)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["at"].widget.attrs["max"] = today.isoformat()
        self.is_valid()

    @property
    def timeframe_word(self) -> str:
        """The period's word, as it stands in the address."""
        return self.cleaned_data.get("timeframe") or "all"

    @property
    def timeframes(self) -> list[tuple[str, Any]]:
        """Every word with its label."""
        return [(word, label) for word, (_kind, label) in TIMEFRAMES.items()]

    @property
    def kind(self) -> PeriodKind:
        """The kind of period."""
        return TIMEFRAMES[self.timeframe_word][0]

    @property
    def day(self) -> date:
        """A day in the period: never one that has not come."""
        day: date | None = self.cleaned_data.get("at")
        return day if day and day <= self.today else self.today

    @property
    def is_around(self) -> bool:
        """Whether the member's neighbours are wanted in place of a page."""
        return bool(self.cleaned_data.get("around"))

    @property
    def number(self) -> str:
        """The page's number as it was asked for."""
        return str(self.cleaned_data.get("page", ""))

    def as_query(self) -> str:
        """Return what a link to another view of the same period carries."""
        wanted = {"timeframe": self.timeframe_word}
        if self.day != self.today:
            wanted["at"] = self.day.isoformat()
        return urlencode(wanted)


class PreferenceForm(forms.Form):
    """How a member wishes to be shown to others."""

    is_hidden = forms.BooleanField(
        label=_("Hide me: others see “Hidden member” in my place"), required=False
    )
    alias = forms.CharField(
        label=_("Alias"),
        required=False,
        max_length=ALIAS_TEXT_LENGTH_MAX,
        help_text=_("Shown in place of your name. Empty shows your name."),
    )
