"""What the member site's templates are built with."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import template
from django.conf import settings
from django.template import Context
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_info

from points.enums import TransactionType
from points.models import PointTransaction
from points.selectors import get_holdings
from points.services.calendar import find_ended_day
from points.templatetags.numbers import grouped, signed

from ..ledger_sentences import tell_transactions
from ..navigation import ENTRIES
from ..programme_texts import translate_programme_text
from ..wording import TRANSACTION_TYPES, explain_milestone, format_points, name_on_board

register = template.Library()
register.filter(grouped)
register.filter(signed)


@register.inclusion_tag("site/navigation.html", takes_context=True)
def site_navigation(context: Context) -> dict[str, Any]:
    """Show the navigation, with the current page marked."""
    match = context["request"].resolver_match
    page = match.view_name if match else ""
    return {"entries": [(entry, entry.holds(page)) for entry in ENTRIES]}


@register.inclusion_tag("site/languages.html", takes_context=True)
def site_languages(context: Context) -> dict[str, Any]:
    """Show the switch between the site's languages."""
    languages = [get_language_info(code) for code, _ in settings.LANGUAGES]
    return {"request": context["request"], "languages": languages, "current": get_language()}


@register.inclusion_tag("site/parts/balance.html", takes_context=True)
def site_balance(context: Context) -> dict[str, Any]:
    """Show what the member can spend, in one query."""
    holdings = get_holdings(member_id=context["request"].user.pk, now=timezone.now())
    return {"points": holdings.points}


@register.filter
def points(amount: int) -> str:
    """Return `1 point` or `1,250 points`."""
    return format_points(amount)


@register.simple_tag
def icon(name: str) -> SafeString:
    """Return a symbol of site/icons.svg. It says nothing to screen readers."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        static("site/icons.svg"),
        name,
    )


@register.filter
def last_use(ends_at: datetime) -> str:
    """Return until when something holds that ends with an instant, in the reader's zone.

    The end of a day is told as that day, whatever follows it; within a day the time is told too.
    """
    shown = timezone.localtime(ends_at)
    if last_date := find_ended_day(shown):
        return date_format(last_date, "DATE_FORMAT")
    return date_format(shown, "DATETIME_FORMAT")


@register.filter
def type_label(transaction_type: str) -> str:
    """Return what a type of transaction is called."""
    return str(TRANSACTION_TYPES[TransactionType(transaction_type)])


@register.simple_tag(takes_context=True)
def tell_lines(
    context: Context, lines: Iterable[PointTransaction]
) -> list[tuple[PointTransaction, str]]:
    """Return the reader's own transactions, each with why it was."""
    return tell_transactions(lines, member=context["request"].user)


register.filter("programme_text", translate_programme_text)
register.filter("milestone", explain_milestone)
register.filter("name_on_board", name_on_board)
