"""Looking through the queue and the record of redemptions."""

import uuid

from django.db.models import QuerySet

from points.selectors.people import among, find_people, is_indexed, match_people, words_of_people
from rewards.models import Redemption, Reward


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
    if not is_indexed(text):
        return redemptions.alias(words=words_of_people("member")).filter(words__icontains=text)
    keys = find_people(text)
    if keys is None:
        return redemptions.filter(match_people(text, way="member"))
    return redemptions.filter(member_id__in=among(keys))
