"""Pages of boards, as this process last showed them.

Looking up who stands there costs more than finding the rows. So a process remembers a page together
with its rows, and with what the name stamps gave in that very query. When the same come again,
nothing of the page can have changed: whoever renames, hides or deactivates a member adds a stamp by
a trigger, in the same transaction.
"""

from typing import Any, TypeVar

# Who stands somewhere; whoever asks says which `person.id`.
FACES = """
    SELECT person.public_id, person.name, person.is_active, preference.is_hidden, preference.alias
    FROM accounts_user person
    LEFT JOIN gamification_boardpreference preference ON preference.member_id = person.id
"""
STAMPS = "SELECT coalesce(bit_xor(stamp), 0) FROM gamification_namestamp"
PAGES_MAX = 200
Spots = TypeVar("Spots", bound=list[tuple[Any, ...]])

# By board, offset and length of the page: its rows (value, member, stamps, rank of the first) and
# its places. Dictionaries keep the order of insertion, so the first is the oldest.
remembered: dict[tuple[Any, ...], tuple[list[tuple[Any, ...]], list[Any]]] = {}


def remember(key: tuple[Any, ...], spots: Spots, places: list[Any]) -> Spots:
    """Remember a page and return its rows. When there are too many pages, forget the oldest."""
    if len(remembered) >= PAGES_MAX:
        remembered.pop(next(iter(remembered), ()), None)
    remembered[key] = (spots, places)
    return spots
