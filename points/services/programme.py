"""Installing the programme's actions and levels. What is there stays: staff own it from then on."""

from collections.abc import Iterable, Mapping

from ..models import LevelConfig, PointAccount, PointAction
from .accounts import find_first_level


def install_actions(*, rows: Iterable[Mapping[str, str]]) -> int:
    """Add the actions whose code is new; return how many were added.

    A row has code, category, points, unit_field, once_per_member ("yes" or blank), description.
    """
    known = set(PointAction.objects.values_list("code", flat=True))
    added = [
        PointAction(
            code=row["code"],
            category=row["category"],
            points=int(row["points"]),
            unit_field=row["unit_field"],
            once_per_member=row["once_per_member"] == "yes",
            description=row["description"],
        )
        for row in rows
        if row["code"] not in known
    ]
    PointAction.objects.bulk_create(added)
    return len(added)


def install_levels(*, rows: Iterable[Mapping[str, str]]) -> int:
    """Add the levels of an empty programme and put members on the first; return how many.

    A row has name, tier, min_points and perks (sentences separated by "|"). Nothing is added
    once a level exists: thresholds only make sense together.
    """
    if LevelConfig.objects.exists():
        return 0
    added = LevelConfig.objects.bulk_create(
        LevelConfig(
            name=row["name"],
            tier=int(row["tier"]),
            min_points=int(row["min_points"]),
            perks=[perk for perk in row["perks"].split("|") if perk],
        )
        for row in rows
    )
    PointAccount.objects.filter(level=None).update(level=find_first_level())
    return len(added)
