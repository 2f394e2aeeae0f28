"""Reading metrics and badges."""

from collections.abc import Iterable

from django.db.models import QuerySet

from ..enums import BadgeState
from ..errors import BadgeNotFound
from ..models import Badge

# What a digit string may be to be a key of the table; anything longer is not one of ours.
ID_LENGTH_MAX = 18


def list_badges() -> QuerySet[Badge]:
    """Return the badges there are to earn, in the order they were added. Drafts are not shown."""
    return Badge.objects.filter(is_active=True).exclude(state=BadgeState.DRAFT).order_by("id")


def get_badge(id_or_type: str) -> Badge:
    """Return a badge there is to earn by its id or its type. Raises BadgeNotFound."""
    return _find(list_badges(), id_or_type)


def get_any_badge(id_or_type: str) -> Badge:
    """Return a badge, whether or not it can be earned any more. Raises BadgeNotFound."""
    return _find(Badge.objects.all(), id_or_type)


def map_badge_names(types: Iterable[str]) -> dict[str, str]:
    """Return the names of badges by their types, whether or not they can be earned any more."""
    return dict(Badge.objects.filter(type__in=set(types)).values_list("type", "name"))


def _find(badges: QuerySet[Badge], id_or_type: str) -> Badge:
    if id_or_type.isascii() and id_or_type.isdigit():
        found = badges.filter(pk=int(id_or_type)) if len(id_or_type) <= ID_LENGTH_MAX else None
    else:
        found = badges.filter(type=id_or_type.upper())
    badge = found.first() if found is not None else None
    if badge is None:
        raise BadgeNotFound
    return badge
