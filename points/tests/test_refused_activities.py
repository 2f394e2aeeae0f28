"""What did not enter the log can still be looked up, with why."""

from datetime import timedelta

import pytest

from points.models import PointAccount, RefusedActivity
from points.services.activities import forget_refusals, record_activities
from points.tests.books import NOW, make_action, report


@pytest.fixture(autouse=True)
def actions(db):
    make_action("WAVE", 10)
    make_action("BUY", 1, unit_field="amount")


def refusals():
    rows = RefusedActivity.objects.order_by("id")
    return list(rows.values_list("event_id", "user_id", "action", "status"))


def test_every_refusal_of_a_report_is_kept_with_its_reason(member, make_member):
    closed = make_member("closed")
    PointAccount.objects.filter(member=closed).update(closed_at=NOW)
    reports = [
        report("e1", member),
        report("e1", member),
        report("e2", member, "DANCE"),
        report("e3", "nobody"),
        report("e4", closed),
        report("e5", member, "BUY", metadata={"amount": "ten"}),
    ]

    outcomes = record_activities(reports=reports, now=NOW)

    assert refusals() == [
        ("e1", "mia", "WAVE", "duplicate"),
        ("e2", "mia", "DANCE", "unknown_action"),
        ("e3", "nobody", "WAVE", "unknown_member"),
        ("e4", "closed", "WAVE", "unknown_member"),
        ("e5", "mia", "BUY", "invalid"),
    ]
    reasons = list(RefusedActivity.objects.order_by("id").values_list("reason", flat=True))
    assert reasons == [outcome.reason for outcome in outcomes[1:]]
    assert all(reasons)
    assert RefusedActivity.objects.get(event_id="e5").metadata == {"amount": "ten"}


def test_a_report_without_refusals_costs_no_query(member, django_assert_num_queries):
    record_activities(reports=[report("e0", member)], now=NOW)
    with django_assert_num_queries(4):
        # The accounts, the record and the savepoint around it that the test's transaction asks for.
        record_activities(reports=[report("e1", member)], now=NOW)
    assert refusals() == []


def test_a_refused_activity_may_be_reported_again(member):
    record_activities(reports=[report("e1", member, "DANCE")], now=NOW)
    make_action("DANCE", 3)

    [outcome] = record_activities(reports=[report("e1", member, "DANCE")], now=NOW)

    assert (outcome.status, outcome.points) == ("posted", 3)
    assert refusals() == [("e1", "mia", "DANCE", "unknown_action")]


def test_old_refusals_are_forgotten(member, settings):
    settings.LOYALTY_REFUSALS_KEPT_DAYS = 90
    record_activities(reports=[report("old", "nobody")], now=NOW - timedelta(days=91))
    record_activities(reports=[report("new", "nobody")], now=NOW - timedelta(days=89))

    assert forget_refusals(now=NOW) == 1
    assert [event_id for event_id, *_ in refusals()] == ["new"]
