"""What a refusal means to the member who reads it: a sentence and what to do about it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext

from points.errors import LoyaltyError, NotFound
from points.templatetags.numbers import grouped

from .programme_texts import translate_programme_text
from .wording import format_points


def explain(refusal: LoyaltyError) -> str:
    """Return the sentence a member reads; for a refusal unknown here its own one."""
    tell = SENTENCES.get(refusal.code)
    return tell(refusal.details or {}) if tell else refusal.message


def explain_or_raise(refusal: LoyaltyError) -> str:
    """Return the same; what is not found is no refusal but a page that is not there, and raised."""
    if isinstance(refusal, NotFound):
        raise refusal
    return explain(refusal)


def _tell_scarce(details: Any) -> str:
    missing = details["required"] - details["available"]
    return gettext("You need %(missing)s more for this. You have %(available)s.") % {
        "missing": format_points(missing),
        "available": format_points(details["available"]),
    }


def _tell_window(details: Any) -> str:
    opens = details.get("validFrom")
    if opens and datetime.fromisoformat(opens) > timezone.now():
        day = timezone.localtime(datetime.fromisoformat(opens))
        return gettext("This reward can be redeemed from %(day)s on.") % {
            "day": date_format(day, "DATE_FORMAT")
        }
    return gettext("This reward has ended.")


def _tell_level(details: Any) -> str:
    return gettext("This reward is for members of the level %(level)s or higher.") % {
        "level": capfirst(translate_programme_text(details["required"]))
    }


def _tell_limit(details: Any) -> str:
    most = details["perMemberMax"]
    return ngettext(
        "You have redeemed this reward already; it is there once for each member.",
        "You have redeemed this reward %(most)s times already, as often as each member may.",
        most,
    ) % {"most": most}


def _tell_step(details: Any) -> str:
    if details.get("from") == "CANCELLED":
        return gettext("You had cancelled this already. Your points are back.")
    return gettext("This was decided meanwhile and cannot be cancelled any more.")


SENTENCES: dict[str, Callable[[Any], str]] = {
    "insufficient_points": _tell_scarce,
    "reward_not_found": lambda _: gettext("This reward is not there any more."),
    "reward_not_active": lambda _: gettext("This reward is not on offer at the moment."),
    "reward_not_in_window": _tell_window,
    "reward_out_of_stock": lambda _: gettext(
        "Somebody was faster: the last one is gone. You can be told when there is one again."
    ),
    "codes_exhausted": lambda _: gettext(
        "There are no codes left for this at the moment. Nothing was taken from your points."
    ),
    "level_too_low": _tell_level,
    "member_limit_reached": _tell_limit,
    "reward_price_changed": lambda details: (
        gettext("The price has changed: this reward costs %(price)s now. Please look again.")
        % {"price": format_points(details["pointsRequired"])}
    ),
    "reward_in_stock": lambda _: gettext("Good news: there is one. You can redeem it now."),
    "invalid_transition": _tell_step,
    "points_below_minimum": lambda details: (
        gettext("At least %(least)s are redeemed at once.")
        % {"least": format_points(details["minimum"])}
    ),
    "points_not_whole_cents": lambda details: (
        gettext("The points must be a multiple of %(step)s.")
        % {"step": grouped(details["multipleOf"])}
    ),
    "account_closed": lambda _: gettext("Your account is closed, so no points can be redeemed."),
    "source_conflict": lambda _: gettext(
        "This form was used for something else already. Please begin again."
    ),
    "validation_failed": lambda _: gettext("This is not on offer any more."),
    "alias_not_allowed": lambda _: gettext(
        "An alias has up to 30 letters, digits, blanks and . _ - ' and is no name of ours."
    ),
    "alias_taken": lambda _: gettext("Another member has this alias."),
}
