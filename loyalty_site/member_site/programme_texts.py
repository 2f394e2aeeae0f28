"""The programme's own texts in the reader's language.

Levels, actions, badges, boards, options and categories are rows, and rows hold one text. Those that
ship with the platform (`loyalty_site/programme/*.csv`) stand in the catalogue under CONTEXT; what
staff wrote in their place is not in it, and is shown as it was written.
"""

from django.utils.translation import pgettext, pgettext_lazy

CONTEXT = "programme"

# What the apps note as the category of what they post themselves.
CATEGORIES_OF_POSTINGS = (
    pgettext_lazy("programme", "Purchases"),
    pgettext_lazy("programme", "Rewards"),
)

# What shipped before; the ledger holds it with transactions for ever.
SHIPPED_BEFORE = (
    pgettext_lazy("programme", "Make a purchase, a point for every whole unit of its amount"),
    pgettext_lazy("programme", "A special occasion, worth the points it is given"),
)


def translate_programme_text(text: str) -> str:
    """Return a text of the programme in the reader's language; as it is when staff wrote it."""
    return pgettext(CONTEXT, text) if text else ""
