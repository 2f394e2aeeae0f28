"""What live events tell, in the reader's language.

Events are the same for everybody who listens, and English. A page in another language asks for the
words of those that it shows.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from points.selectors import list_transactions_of

from .ledger_sentences import tell_transactions
from .programme_texts import translate_programme_text

# What the key of a row looks like; no longer number is one of ours.
ID_LENGTH_MAX = 18


def translate_events(events: Iterable[Mapping[str, Any]], *, member: Any) -> list[dict[str, Any]]:
    """Return the data of a member's events, each with `event` and `data`, in the same order.

    Data that is not as the platform sends it comes back as it is. At most four queries.
    """
    events = list(events)
    ids = [key for event in events if (key := _read_id(event["data"]))]
    sentences = {}
    if ids:
        lines = list_transactions_of(member.pk).filter(pk__in=ids)
        sentences = {line.pk: why for line, why in tell_transactions(lines, member=member)}
    return [_translate(event["event"], event["data"], sentences) for event in events]


def _read_id(data: Mapping[str, Any]) -> int | None:
    """Return the transaction that an event is about."""
    text = str(data.get("transactionId"))
    is_id = text.isascii() and text.isdecimal() and len(text) <= ID_LENGTH_MAX
    return int(text) if is_id else None


def _translate(event: str, data: Mapping[str, Any], sentences: Mapping[int, str]) -> dict[str, Any]:
    told = dict(data)
    if event == "pointsUpdated" and (sentence := sentences.get(_read_id(data) or 0)):
        told["description"] = sentence
    elif event == "rewardRedeemed" and isinstance(credit := data.get("creditAmount"), int | float):
        told["title"] = _("%(credit)s %(currency)s off purchase %(purchase)s") % {
            "credit": number_format(credit, decimal_pos=2, force_grouping=True),
            "currency": data.get("currency"),
            "purchase": data.get("purchaseRequestId"),
        }
    elif event == "rewardRedeemed" and data.get("rewardType"):
        told["title"] = _translate_text(data.get("title"))
    for name in ("level", "badge"):
        if isinstance(thing := data.get(name), dict):
            told[name] = {**thing, "name": _translate_text(thing.get("name"))}
    return told


def _translate_text(text: Any) -> Any:
    return translate_programme_text(text) if isinstance(text, str) else text
