"""A look at a balance is planned once, however many lots there are."""

import itertools
import re

import pytest
from django.db import connection

from points.selectors.accounts import HOLDINGS
from points.services.accounts import make_account_query

from .books import earn

pytestmark = pytest.mark.django_db

LOTS = 100


@pytest.fixture
def hoarder(member):
    """A member with many lots, and statistics that know of them."""
    for days in range(LOTS):
        earn(member, 10, days=days + 1)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE points_pointlot, points_pointaccount, accounts_user")
    return member


@pytest.mark.parametrize(
    ("sql", "values"),
    [
        (HOLDINGS, "'2026-03-10Z', '2026-03-10Z', 1"),
        (make_account_query(), "'{mia}'"),
    ],
    ids=["holdings", "account"],
)
def test_no_plan_for_one_value_looks_cheaper_than_the_one_that_is_kept(hoarder, sql, values):
    # Else PostgreSQL plans the prepared statement anew with each look.
    numbers = itertools.count(1)
    text = re.sub("%s", lambda _: f"${next(numbers)}", sql)
    costs = set()
    with connection.cursor() as cursor:
        cursor.execute(f"PREPARE look AS {text}")
        for mode in ("force_custom_plan", "force_generic_plan"):
            cursor.execute(f"SET LOCAL plan_cache_mode = {mode}")
            cursor.execute(f"EXPLAIN (FORMAT JSON) EXECUTE look({values})")
            costs.add(cursor.fetchone()[0][0]["Plan"]["Total Cost"])
        cursor.execute("DEALLOCATE look")

    assert len(costs) == 1
