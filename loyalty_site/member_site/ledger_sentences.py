"""Why points moved, in the reader's language.

The ledger keeps one English sentence with each transaction, for ever and for everybody who reads it
by the API. What the platform wrote there is told anew from the facts beside it: what posted the
transaction (`source_type`, `rule`) and the row that it is about. Words of people stay as they are.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from gamification.models import AWARD_SOURCE_TYPE
from gamification.selectors import map_badge_names
from points.enums import ACTIVITY_SOURCE_TYPE, EXPIRY_SOURCE_TYPE, TransactionType
from points.models import PointTransaction
from rewards.models import OptionRedemption, Redemption
from rewards.selectors import list_redemptions_of
from rewards.selectors.options import list_option_redemptions_of
from rewards.services import options, purchases, redemptions

from .programme_texts import translate_programme_text
from .redeeming import STANDINGS
from .wording import TRANSACTION_TYPES


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The rows that some transactions are about, by what the transactions know them by."""

    badges: dict[str, str] = field(default_factory=dict)
    redemptions: dict[str, Redemption] = field(default_factory=dict)
    options: dict[str, OptionRedemption] = field(default_factory=dict)


def tell_transactions(
    transactions: Iterable[PointTransaction], *, member: Any
) -> list[tuple[PointTransaction, str]]:
    """Return a member's transactions with why each was; at most three queries beside their own.

    In English none: it is what the ledger noted.
    """
    lines = list(transactions)
    if get_language() == settings.LANGUAGE_CODE:
        return [(line, _get_noted(line)) for line in lines]
    facts = _find_facts(lines, member)
    return [(line, _tell(line, facts)) for line in lines]


def _find_facts(lines: list[PointTransaction], member: Any) -> Facts:
    """Return what the sentences name, in one query for each kind of row that is named."""
    redeemed = _list_sources(lines, redemptions.SOURCE_TYPE)
    by_type = _list_sources(lines, options.SOURCE_TYPE)
    awarded = [_get_badge(line) for line in lines if line.source_type == AWARD_SOURCE_TYPE]
    facts = Facts()
    if awarded:
        facts.badges.update(map_badge_names(awarded))
    if redeemed:
        found = list_redemptions_of(member).filter(pk__in=redeemed)
        facts.redemptions.update({str(redemption.pk): redemption for redemption in found})
    if by_type:
        exchanged = list_option_redemptions_of(member).filter(pk__in=by_type)
        facts.options.update({str(redemption.pk): redemption for redemption in exchanged})
    return facts


def _list_sources(lines: list[PointTransaction], source_type: str) -> list[str]:
    return [line.source_id for line in lines if line.source_type == source_type]


def _get_badge(line: PointTransaction) -> str:
    return str(line.metadata.get("badgeType", ""))


def _tell(line: PointTransaction, facts: Facts) -> str:
    """Return a transaction's sentence; what was noted where nothing better is known."""
    tell = SENTENCES.get(line.source_type)
    return (tell(line, facts) if tell else "") or _get_noted(line)


def _get_noted(line: PointTransaction) -> str:
    """Return what was noted with a transaction, else what was done, else its type."""
    done = translate_programme_text(line.action.description) if line.action else ""
    code = line.action.code if line.action else ""
    return line.description or done or code or str(TRANSACTION_TYPES[TransactionType(line.type)])


def _tell_activity(line: PointTransaction, facts: Facts) -> str:
    """Return what was done; the host's own words where it sent some."""
    purchase = purchases.find_purchase_id(line.source_id)
    # A host may use the ids of imports for words of its own.
    if purchase and line.description == purchases.describe_purchase(purchase):
        return _("Purchase %(purchase)s") % {"purchase": purchase}
    return translate_programme_text(line.description)


def _tell_badge(line: PointTransaction, facts: Facts) -> str:
    name = facts.badges.get(_get_badge(line))
    return _("Badge: %(badge)s") % {"badge": translate_programme_text(name)} if name else ""


def _tell_redemption(line: PointTransaction, facts: Facts) -> str:
    redemption = facts.redemptions.get(line.source_id)
    if redemption is None:
        return ""
    if line.type == TransactionType.REVERSAL:
        return f"{STANDINGS[redemption.status]}: {redemption.reward.title}"
    return _("Redeemed: %(title)s") % {"title": redemption.reward.title}


def _tell_option(line: PointTransaction, facts: Facts) -> str:
    redemption = facts.options.get(line.source_id)
    if redemption is None:
        return ""
    return _("Redeemed: %(name)s, %(value)s %(currency)s") % {
        "name": translate_programme_text(redemption.option.name),
        "value": number_format(redemption.value, decimal_pos=2, force_grouping=True),
        "currency": redemption.currency,
    }


def _tell_purchase(line: PointTransaction, facts: Facts) -> str:
    if line.type == TransactionType.REVERSAL:
        return _("Cancelled: discount on purchase %(purchase)s") % {"purchase": line.source_id}
    return _("Discount of %(credit)s %(currency)s on purchase %(purchase)s") % {
        "credit": number_format(line.metadata["creditAmount"], decimal_pos=2, force_grouping=True),
        "currency": line.metadata["currency"],
        "purchase": line.source_id,
    }


SENTENCES: dict[str, Callable[[PointTransaction, Facts], str]] = {
    ACTIVITY_SOURCE_TYPE: _tell_activity,
    AWARD_SOURCE_TYPE: _tell_badge,
    redemptions.SOURCE_TYPE: _tell_redemption,
    options.SOURCE_TYPE: _tell_option,
    purchases.SOURCE_TYPE: _tell_purchase,
    EXPIRY_SOURCE_TYPE: lambda _line, _facts: _("Points expired"),
}
