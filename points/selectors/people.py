"""Finding the people whom a part of a name means, for lists of what is theirs."""

import re
from collections.abc import Collection
from functools import reduce
from operator import or_
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection
from django.db.models import Field, Q, TextField, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Concat

# People are indexed by three letters or digits in a row; no index knows a shorter part.
INDEXED_PATTERN = re.compile(r"[^\W_]{3}")
# When more people are meant, it is sooner seen which of the rows is one of theirs.
PEOPLE_MAX = 20_000
FIELDS = ("public_id", "name", "email")
BETWEEN = Value("\n")


def is_indexed(text: str) -> bool:
    """Answer whether an index knows a text: whether it has three letters or digits in a row."""
    return INDEXED_PATTERN.search(text) is not None


def match_people(text: str, *, way: str = "") -> Q:
    """Return the condition that id, name or e-mail hold a text, literally and in any case."""
    prefix = f"{way}__" if way else ""
    return reduce(or_, (Q((f"{prefix}{name}__icontains", text)) for name in FIELDS))


def find_people(text: str) -> list[int] | None:
    """Return the keys of the people whom an indexed text means; None when they are too many."""
    people: Any = get_user_model()._default_manager.filter(match_people(text))  # noqa: SLF001
    # One row with all keys: a row for each takes Django longer than finding them takes PostgreSQL.
    found = people.values("pk")[: PEOPLE_MAX + 1].aggregate(keys=ArrayAgg("pk", default=[]))
    keys: list[int] = found["keys"]
    return keys if len(keys) <= PEOPLE_MAX else None


def among(keys: Collection[Any], *, of: "Field[Any, Any] | None" = None) -> RawSQL:
    """Return keys of a field, people's unless said otherwise, as a set to be `in`.

    It is one parameter, however many they are.
    """
    kind = "bigint" if of is None else of.rel_db_type(connection)
    # The name of a field's type is Django's own.
    return RawSQL(f"SELECT unnest(%s::{kind}[])", [list(keys)])  # noqa: S611


def words_of_people(*ways: str) -> Concat:
    """Return what names the people at the ends of these ways, in words of no index.

    For a text that no index knows: reading the whole of one takes longer than reading the rows.
    """
    fields = [f"{way}__{name}" for way in ways for name in FIELDS]
    parts = [part for name in fields for part in (name, BETWEEN)]
    return Concat(*parts, output_field=TextField())
