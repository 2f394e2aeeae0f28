"""How pages write numbers: digits grouped as the reader's language does, and a real minus."""

from django import template
from django.utils.formats import number_format
from django.utils.translation import get_language_bidi

# As wide as a plus, so that columns of figures align, and never where a line breaks.
MINUS = "\N{MINUS SIGN}"
# Between words from right to left a sign would stand behind its number.
TURN = "\N{LEFT-TO-RIGHT MARK}"

register = template.Library()


@register.filter
def real_minus(text: str) -> str:
    """Return a written number with a minus in place of a hyphen before it."""
    return f"{_turn()}{MINUS}{text[1:]}" if text.startswith("-") else text


@register.filter
def grouped(amount: float) -> str:
    """Return a number as the reader's language groups its digits."""
    return real_minus(number_format(amount, force_grouping=True))


@register.filter
def signed(amount: float) -> str:
    """Return a number with its sign, plus or minus, for what came or went."""
    return f"{_turn()}+{grouped(amount)}" if amount > 0 else grouped(amount)


def _turn() -> str:
    return TURN if get_language_bidi() else ""
