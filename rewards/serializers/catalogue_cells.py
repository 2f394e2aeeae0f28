"""How the cells of a catalogue file are read and written.

A text that a spreadsheet would run as a formula is written behind an apostrophe, which reading
takes away again.
"""

import re
from datetime import UTC, datetime
from typing import Any

from django.db.models import Model
from django.utils.dateparse import parse_datetime
from import_export.widgets import Widget

FORMULA = re.compile(r"'*[=+\-@\t\r]")
QUOTED_FORMULA = re.compile(r"''*[=+\-@\t\r]")
WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}", re.ASCII)
YES, NO = frozenset({"yes", "true", "1"}), frozenset({"no", "false", "0"})


class TextCell(Widget):
    """A text; blank is blank. One that has to be there may not be."""

    def __init__(self, *, is_required: bool = False) -> None:
        super().__init__()
        self.is_required = is_required

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        """Return the text without the apostrophe and the space around it."""
        text = str(value or "").strip()
        if QUOTED_FORMULA.match(text):
            text = text[1:]
        if "\x00" in text:
            raise ValueError("A text may not hold a zero byte.")
        if self.is_required and not text:
            raise ValueError("This cell may not be blank.")
        return text

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        """Return the text, harmless to a spreadsheet."""
        text = str(value or "")
        return f"'{text}" if FORMULA.match(text) else text


class HttpsCell(TextCell):
    """An https address; blank is none."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        """Return the address."""
        text = super().clean(value)
        if text and not text.startswith("https://"):
            raise ValueError("An https address is required.")
        return text


class WholeNumberCell(Widget):
    """A whole number; blank is None."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> int | None:
        """Return the number."""
        text = str(value or "").strip()
        if text and not WHOLE_NUMBER.fullmatch(text):
            raise ValueError(f"“{text[:40]}” is not a whole number.")
        return int(text) if text else None

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        """Return its digits."""
        return "" if value is None else str(value)


class YesNoCell(Widget):
    """Yes or no; blank is None, which leaves what is."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> bool | None:
        """Return what was said."""
        text = str(value or "").strip().lower()
        if text and text not in YES | NO:
            raise ValueError(f"“{text[:40]}” is neither yes nor no.")
        return text in YES if text else None

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        """Return yes or no."""
        return "yes" if value else "no"


class InstantCell(Widget):
    """An instant with its offset; blank is None."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> datetime | None:
        """Return the instant."""
        text = str(value or "").strip()
        if not text:
            return None
        try:
            instant = parse_datetime(text)
        except ValueError:
            instant = None
        if instant is None or instant.tzinfo is None:
            raise ValueError(
                f"“{text[:40]}” is no instant with its offset, like 2026-05-01T00:00:00Z."
            )
        return instant.astimezone(UTC)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        """Return the instant in UTC."""
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if value else ""


class NamedCell(TextCell):
    """The name of a row of another table; blank is none."""

    def __init__(self, model: type[Model]) -> None:
        super().__init__()
        self.model = model

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        """Return the row of that name."""
        name = super().clean(value)
        if not name:
            return None
        found = self.model._default_manager.filter(name=name).first()  # noqa: SLF001 -- documented
        if found is None:
            raise ValueError(f"There is no {self.model._meta.verbose_name} “{name[:40]}”.")  # noqa: SLF001
        return found

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        """Return the row's name."""
        return super().render(value.name if value else "")
