"""Looking through the queue and the record of redemptions."""

import re
import uuid
from functools import reduce
from operator import or_
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet, TextField, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Concat

from rewards.models import Redemption, Reward

# People are indexed by three letters or digits in a row; no index knows a shorter part.
INDEXED_PATTERN = re.compile(r"[^\W_]{3}")
# When more people are meant, it is sooner seen who of the queue is one of them.
PEOPLE_MAX = 20_000
MEMBER_FIELDS = ("public_id", "name", "email")
BETWEEN = Value("\n")
MEMBER_WORDS = ("member__public_id", BETWEEN, "member__name", BETWEEN, "member__email")


def search_redemptions(
    redemptions: QuerySet[Redemption], *, text: str, count_max: int
) -> list[uuid.UUID]:
    """Return the keys of those with a text in the member's id, name or e-mail, or in the title.

    Literally and in any case; by member and by title the first `count_max` each, in the order of
    the queryset. At most three queries: one OR across the tables would leave no index to go by.
    """
    rewards = Reward.objects.filter(title__icontains=text).order_by()
    found = (
        _filter_by_member(redemptions, text),
        redemptions.filter(reward_id__in=list(rewards.values_list("pk", flat=True))),
    )
    of_members, of_rewards = (each.values_list("pk", flat=True)[:count_max] for each in found)
    return list(of_members.union(of_rewards))


def _filter_by_member(redemptions: QuerySet[Redemption], text: str) -> QuerySet[Redemption]:
    """Find the people first, who are indexed, unless the queue is the shorter way to them."""
    if not INDEXED_PATTERN.search(text):
        # In words of no index: reading the whole of one takes longer than reading the queue.
        words = Concat(*MEMBER_WORDS, output_field=TextField())
        return redemptions.alias(member_words=words).filter(member_words__icontains=text)
    people: Any = get_user_model().objects.filter(_match(text)).values_list("pk", flat=True)
    keys = list(people[: PEOPLE_MAX + 1])
    if len(keys) > PEOPLE_MAX:
        return redemptions.filter(_match(text, prefix="member__"))
    return redemptions.filter(member_id__in=RawSQL("SELECT unnest(%s::bigint[])", [keys]))


def _match(text: str, *, prefix: str = "") -> Q:
    matches = (Q((f"{prefix}{name}__icontains", text)) for name in MEMBER_FIELDS)
    return reduce(or_, matches)
