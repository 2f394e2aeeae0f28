"""How the lists of the member site are narrowed."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from points.models import PointAction
from points.services.calendar import get_programme_date, get_start_of_day

from .programme_texts import translate_programme_text
from .wording import TRANSACTION_TYPES

ORDERS = {
    "newest": (_("Newest first"), ["-version"]),
    "oldest": (_("Oldest first"), ["version"]),
    "largest": (_("Largest first"), ["-amount", "-version"]),
    "smallest": (_("Smallest first"), ["amount", "-version"]),
}
MONTHS_SHOWN = 60
# No ledger has days outside, and the ends of the calendar have no day before or after.
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)
WITHIN = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]


class DayField(forms.DateField):
    """A day, picked as the browser lets people pick one."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(
            widget=widget,
            input_formats=["%Y-%m-%d"],
            required=False,
            validators=WITHIN,
            **kwargs,
        )


class TransactionFilterForm(forms.Form):
    """Narrows a list of transactions by what it may be narrowed by over the API too."""

    type = forms.ChoiceField(label=_("Kind"), required=False)
    category = forms.ChoiceField(label=_("Category"), required=False)
    action = forms.ChoiceField(label=_("For"), required=False)
    since = DayField(label=_("From"))
    until = DayField(label=_("To"))
    sort = forms.ChoiceField(
        label=_("Order"),
        required=False,
        choices=[(name, order[0]) for name, order in ORDERS.items()],
    )

    def __init__(self, *args: Any, actions: Iterable[PointAction], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = [
            (category, [(action.code, _name_action(action)) for action in group])
            for category, group in groupby(actions, key=lambda action: action.category)
        ]
        named = [(translate_programme_text(category), codes) for category, codes in groups]
        categories = [(name, translate_programme_text(name)) for name, codes in groups if name]
        self.set_choices("type", [("", _("All kinds")), *TRANSACTION_TYPES.items()])
        self.set_choices("category", [("", _("All categories")), *categories])
        self.set_choices("action", [("", _("Everything")), *named])

    def set_choices(self, name: str, choices: list[Any]) -> None:
        """Say what a field may be."""
        field: Any = self.fields[name]
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        """Refuse a stretch that ends before it begins."""
        fields: dict[str, Any] = super().clean() or {}
        since, until = fields.get("since"), fields.get("until")
        if since and until and until < since:
            self.add_error("until", _("This is before the first day."))
        return fields

    def get_wanted(self) -> dict[str, Any]:
        """Return what `narrow_transactions` takes."""
        fields = self.cleaned_data
        wanted = {name: fields[name] for name in ("type", "category", "action") if fields[name]}
        if fields["since"]:
            wanted["from"] = get_start_of_day(fields["since"])
        if fields["until"]:
            wanted["to"] = get_start_of_day(fields["until"] + timedelta(days=1))
        return wanted

    def get_order(self) -> list[str]:
        """Return the columns to order by."""
        return ORDERS[self.cleaned_data["sort"] or "newest"][1]

    @property
    def is_narrowing(self) -> bool:
        """Say whether anything is left out."""
        return self.is_valid() and bool(self.get_wanted())


def _name_action(action: PointAction) -> str:
    return translate_programme_text(action.description) or action.code


class StatementForm(forms.Form):
    """Which month, as what kind of file."""

    month = forms.DateField(input_formats=["%Y-%m"], validators=WITHIN)
    format = forms.ChoiceField(choices=[("csv", "CSV"), ("json", "JSON")])


def list_months(since: datetime, *, until: date) -> list[date]:
    """Return the first days of the months up to a day, the latest first, as far as people look."""
    first = get_programme_date(since).replace(day=1)
    month = until.replace(day=1)
    months: list[date] = []
    while month >= first and len(months) < MONTHS_SHOWN:
        months.append(month)
        month = (month - timedelta(days=1)).replace(day=1)
    return months or [until.replace(day=1)]
