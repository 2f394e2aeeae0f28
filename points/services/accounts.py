"""Opening accounts and finding them by the member's public id."""

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import cache
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection

from ..errors import MemberNotFound
from ..models import LevelConfig, PointAccount


def open_account(*, member: Any, now: datetime) -> PointAccount:
    """Open a member's account, or return the one that is open. Safe to call at the same time."""
    account, _ = PointAccount.objects.get_or_create(
        member=member, defaults={"level": find_first_level(), "opened_at": now}
    )
    return account


def open_accounts(*, member_ids: Iterable[int], now: datetime) -> None:
    """Open an account for each member (primary keys) that has none, in one statement."""
    level = find_first_level()
    PointAccount.objects.bulk_create(
        [PointAccount(member_id=pk, level=level, opened_at=now) for pk in sorted(member_ids)],
        ignore_conflicts=True,
        batch_size=1_000,
    )


def find_first_level() -> LevelConfig | None:
    """Return the level every member starts on: the highest that takes no points."""
    return LevelConfig.objects.filter(min_points=0).order_by("-tier").first()


def map_accounts(public_ids: Collection[str]) -> dict[str, tuple[int, str]]:
    """Return account ids and the members' time zones (blank when none is known) by the members'
    public ids, in one query; unknown ones are missing.
    """
    with connection.cursor() as cursor:
        cursor.execute(make_account_query(), [list(set(public_ids))])
        return {public_id: (pk, time_zone) for public_id, pk, time_zone in cursor.fetchall()}


@cache
def make_account_query() -> str:
    """Return the query of `map_accounts`: as text it is prepared once per connection."""
    people = get_user_model()._meta.db_table  # noqa: SLF001 -- Django documents it
    return (
        "SELECT person.public_id, account.id, person.time_zone "  # noqa: S608 -- a table's name
        f"FROM {people} person JOIN points_pointaccount account ON account.member_id = person.id "
        # By a subquery, so that it is planned once and not for each list of ids.
        "WHERE person.public_id = ANY ((SELECT %s::text[])::text[])"
    )


def get_account_id(public_id: str) -> int:
    """Return the account of a member. Raises MemberNotFound."""
    account = map_accounts([public_id]).get(public_id)
    if account is None:
        raise MemberNotFound
    return account[0]


def get_or_open_account_id(*, public_id: str, now: datetime) -> int:
    """Return the account of a member, opened now when there is none. Raises MemberNotFound."""
    account = map_accounts([public_id]).get(public_id)
    if account is not None:
        return account[0]
    return open_account(member=get_member(public_id), now=now).pk


def get_member(public_id: str) -> Any:
    """Return the member with this public id. Raises MemberNotFound."""
    member = get_user_model()._default_manager.filter(public_id=public_id).first()  # noqa: SLF001
    if member is None:
        raise MemberNotFound
    return member
