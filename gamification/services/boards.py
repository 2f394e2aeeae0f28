"""Leaderboards: their marks, and how members wish to be shown on them."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction

from ..errors import AliasNotAllowed, AliasTaken
from ..models import ALIAS_LENGTH_MAX, BoardPreference, Leaderboard, Metric
from ..selectors import FORMER_NAME, HIDDEN_NAME

# A place is found from the nearest mark, so this many rows are counted at most, and half on
# average. A page of the usual length begins at a mark. A board of a million rows has 20,000 marks.
ROWS_PER_MARK = 50
# Every reader of a first page adds the stamps up.
NAME_STAMPS_MAX = 50
# What may stand between an alias's letters, digits and accents of any script.
ALIAS_SIGNS = " ._-'\u2019"
NAMES_TAKEN = {HIDDEN_NAME.casefold(), FORMER_NAME.casefold()}


def install_leaderboards(*, rows: Iterable[Mapping[str, str]]) -> int:
    """Add the leaderboards whose slug is new; return how many were added.

    A row has slug, title, metric (its code) and unit.
    """
    known = set(Leaderboard.objects.values_list("slug", flat=True))
    metric_ids = dict(Metric.objects.values_list("code", "pk"))
    added = [
        Leaderboard(
            slug=row["slug"],
            title=row["title"],
            metric_id=metric_ids[row["metric"]],
            unit=row["unit"],
        )
        for row in rows
        if row["slug"] not in known
    ]
    Leaderboard.objects.bulk_create(added)
    return len(added)


def mark_changed_boards(*, rows_per_mark: int = ROWS_PER_MARK) -> Iterator[bool]:
    """Make the marks of every board anew whose scores have changed, each in its own transaction.

    Yields for each board whether it was done here; one that somebody else is at is left to them.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT metric_id, period_kind, period_start FROM gamification_boardchange"
            " GROUP BY 1, 2, 3 ORDER BY 2 DESC, 3 DESC, 1"
        )
        boards = cursor.fetchall()
    for board in boards:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT gamification_mark_board(ROW(%s, %s, %s)::gamification_board, %s)",
                [*board, rows_per_mark],
            )
            [is_done] = cursor.fetchone()
        yield is_done


def gather_name_stamps() -> None:
    """Put one stamp in the place of many, so that adding them up stays quick."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT gamification_gather_stamps(%s)", [NAME_STAMPS_MAX])


def set_preference(*, member: Any, changes: Mapping[str, Any], now: datetime) -> BoardPreference:
    """Keep how a member wishes to be shown: `is_hidden`, `alias` or both; "" is no alias.

    What is left out stays. Raises AliasNotAllowed, AliasTaken.
    """
    values: dict[str, Any] = {**changes, "changed_at": now}
    if "alias" in values:
        values["alias"] = clean_alias(values["alias"])
    try:
        with transaction.atomic():
            preference, _ = BoardPreference.objects.update_or_create(member=member, defaults=values)
    except IntegrityError as error:
        raise AliasTaken from error
    return preference


def clean_alias(alias: str) -> str:
    """Return an alias as it is kept: one form of each letter, single blanks, none around it."""
    cleaned = " ".join(unicodedata.normalize("NFKC", alias).split())
    kinds = [unicodedata.category(sign)[0] for sign in cleaned if sign not in ALIAS_SIGNS]
    # L, M and N are letters, marks that belong to letters, and numbers.
    if cleaned and (
        not set(kinds) <= set("LMN")
        or not set(kinds) & set("LN")
        or cleaned.casefold() in NAMES_TAKEN
        or len(cleaned) > ALIAS_LENGTH_MAX
    ):
        raise AliasNotAllowed
    return cleaned


def clear_aliases(*, preferences: Iterable[BoardPreference], now: datetime) -> int:
    """Take aliases away and return how many. Their members are hidden then, never unmasked."""
    keys = [preference.pk for preference in preferences]
    return (
        BoardPreference.objects.filter(pk__in=keys)
        .exclude(alias="")
        .update(alias="", is_hidden=True, changed_at=now)
    )
