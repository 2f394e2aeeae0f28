"""Actions that earn by a number of the activity."""

from decimal import Decimal

import pytest

from points.enums import ActivityStatus
from points.models import AMOUNT_MAX, Activity
from points.services.activities import record_activities
from points.tests.books import NOW, account_of, earn, make_action, report


@pytest.fixture(params=["alone", "in company"])
def buy(request, member, make_member):
    """Record one purchase with this metadata, by itself or in a report with others."""
    company = make_member("company")

    def record(metadata, code="BUY"):
        reports = [report("e1", member, code, metadata=metadata)]
        if request.param == "in company":
            make_action("NOD", 1)
            reports = [report("c1", company, "NOD"), *reports, report("c2", company, "NOD")]
        outcomes = record_activities(reports=reports, now=NOW)
        return outcomes[len(outcomes) // 2]

    return record


@pytest.mark.parametrize(
    ("amount", "points"),
    [(42, 42), (42.99, 42), (0.99, 0), (1, 1), (1e3, 1_000), (AMOUNT_MAX, AMOUNT_MAX)],
)
def test_every_whole_unit_earns(buy, member, amount, points):
    make_action("BUY", 1, unit_field="amount")

    outcome = buy({"amount": amount})

    assert (outcome.status, outcome.points) == (ActivityStatus.POSTED, points)
    assert account_of(member).balance == points


@pytest.mark.parametrize(
    ("size", "amount", "points"),
    [("10", 99, 27), ("0.1", 0.3, 9), ("0.1", 0.7, 21), ("2.5", 7.4, 6), ("1000", 999.99, 0)],
)
def test_the_size_of_a_unit_is_up_to_the_action(buy, size, amount, points):
    make_action("BUY", 3, unit_field="amount", unit_size=Decimal(size))

    assert buy({"amount": amount}).points == points


@pytest.mark.parametrize("amount", [0, 0.0, 0.5])
def test_less_than_a_unit_earns_nothing_and_is_logged(buy, member, amount):
    make_action("BUY", 1, unit_field="amount")

    outcome = buy({"amount": amount})

    assert (outcome.status, outcome.points) == (ActivityStatus.POSTED, 0)
    assert outcome.reason == "BUY earns nothing for this activity."
    assert (outcome.balance, outcome.posting) == (0, None)
    assert Activity.objects.get(event_id="e1").points == 0


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"Amount": 5},
        {"amount": None},
        {"amount": "5"},
        {"amount": True},
        {"amount": [5]},
        {"amount": {"value": 5}},
        {"amount": -1},
        {"amount": -0.01},
        {"amount": AMOUNT_MAX + 1},
        {"amount": 10**30},
        {"amount": 1e300},
        {"amount": 10**400},
    ],
    ids=str,
)
def test_a_number_that_is_missing_wrong_negative_or_huge_is_invalid(buy, member, metadata):
    make_action("BUY", 1, unit_field="amount")

    outcome = buy(metadata)

    assert outcome.status == ActivityStatus.INVALID
    assert outcome.reason == "metadata.amount must be a number, not negative and not too large."
    assert (outcome.points, outcome.balance, outcome.posting) == (0, 0, None)
    assert not Activity.objects.filter(event_id="e1").exists()


def test_an_action_may_take_points_for_every_unit(buy, member):
    make_action("LATE", -2, unit_field="hours")
    earn(member, 10)

    outcome = buy({"hours": 3.5}, code="LATE")

    assert (outcome.points, outcome.balance) == (-6, 4)


def test_a_flat_action_does_not_look_at_numbers(buy):
    make_action("BUY", 10)

    assert buy({"amount": -5}).points == 10


def test_an_action_that_earns_nothing_is_logged(buy, member):
    make_action("BUY", 0)

    outcome = buy({})

    assert (outcome.status, outcome.points) == (ActivityStatus.POSTED, 0)
    assert outcome.posting is None
