"""Reading metrics and badges."""

from django.db.models import QuerySet

from ..errors import BadgeNotFound
from ..models import Badge

# What a digit string may be to be a key of the table; anything longer is not one of ours.
ID_LENGTH_MAX = 18


def list_badges() -> QuerySet[Badge]:
    """Return the badges members can earn, in the order they were added."""
    return Badge.objects.filter(is_active=True).order_by("id")


def get_badge(id_or_type: str) -> Badge:
    """Return a badge members can earn by its id or its type. Raises BadgeNotFound."""
    badges = list_badges()
    if id_or_type.isascii() and id_or_type.isdigit():
        found = badges.filter(pk=int(id_or_type)) if len(id_or_type) <= ID_LENGTH_MAX else None
    else:
        found = badges.filter(type=id_or_type.upper())
    badge = found.first() if found is not None else None
    if badge is None:
        raise BadgeNotFound
    return badge
