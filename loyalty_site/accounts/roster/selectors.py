"""Reading the people of the programme, for staff."""

from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from points.selectors import spendable_points

from ..models import User, shown_as

COLUMNS = (
    "public_id",
    "name",
    "email",
    "is_active",
    "joined_at",
    "role",
    "is_staff",
    "is_superuser",
)


def list_people(*, now: datetime) -> QuerySet[User]:
    """Return everybody, newest first, each with `points` (spendable), `lifetime_points`, `level`.

    Who has no account has 0 and no level.
    """
    return (
        User.objects.only(*COLUMNS)
        .annotate(
            points=Coalesce(spendable_points(now=now, account="point_account"), 0),
            lifetime_points=Coalesce(F("point_account__lifetime_points"), 0),
            level=F("point_account__level__name"),
        )
        .order_by("-pk")
    )


def narrow_people(people: QuerySet[User], wanted: dict[str, Any]) -> QuerySet[User]:
    """Keep the people of a role, active or not, and with `search` in name, e-mail or user id."""
    text = wanted.pop("search", "")
    if text:
        people = people.filter(
            Q(name__icontains=text) | Q(email__icontains=text) | Q(public_id__icontains=text)
        )
    role = wanted.pop("role", None)
    if role:
        people = people.filter(shown_as(role))
    return people.filter(**wanted)
