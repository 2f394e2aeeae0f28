"""The audit derives every score again, and names whatever does not follow from the logs."""

import pytest
from django.db import connection

from gamification.models import Metric, MetricRebuild, OutageDay
from gamification.services.gauges import report_gauges
from gamification.services.projecting import project_backlog
from gamification.services.rebuilding import rebuild_pending, request_rebuild
from loyalty_site.accounts.models import User
from points.models import PointAccount
from points.services.audit import Scope
from points.tests.audits import audit, run_sql, tampering

pytestmark = pytest.mark.django_db

SCORES = "gamification_metricscore"
SHIFT = """
    UPDATE {table} SET reached_at = reached_at + interval '1 s' WHERE period_kind = 0 AND {metric}
"""
INVENT = """
    INSERT INTO {table} SELECT member_id, metric_id, 5, reached_at, '1999-01-01', 1
    FROM {table} WHERE period_kind = 0 AND {metric}
"""


@pytest.fixture
def there(record, make_metric, now):
    """Scores of every kind, of two members."""
    make_metric("spent", "PURCHASE", kind="sum", sum_field="amount", decimals=2)
    make_metric("days", "ATTEND_EVENT", kind="streak", streak_unit="day")
    OutageDay.objects.create(day="2026-03-04", reason="Down.")
    list(rebuild_pending())
    for name in ("mia", "noa"):
        record(name, *(f"2026-03-0{day}T12:00:00Z" for day in (2, 3, 5, 7)), locationId="park")
        record(name, "2026-03-30T23:30:00-08:00", eventType="sports", locationId="hall")
        record(name, "2026-03-30T23:30:00-08:00", action="PURCHASE", amount=12.345)
        member = User.objects.get(public_id=name)
        report_gauges(member=member, numbers={"trust_score": 80}, now=now)
        report_gauges(member=member, numbers={"trust_score": 81.5}, now=now)
    list(project_backlog())
    assert audit() == []


def test_rows_in_the_backlog_are_nobodys_fault(there, record, monkeypatch, now):
    monkeypatch.setattr("gamification.tests.conftest.project_backlog", list)
    record("mia", "2026-03-08T12:00:00Z", locationId="hill")
    report_gauges(member=User.objects.get(public_id="noa"), numbers={"trust_score": 4}, now=now)

    assert audit() == []


def test_a_metric_that_is_being_rebuilt_is_judged_as_far_as_that_has_come(there):
    Metric.objects.filter(code="spent").update(decimals=0)
    assert MetricRebuild.objects.get().metric.code == "spent"
    assert audit() == []

    MetricRebuild.objects.all().delete()
    assert any("gamification.scores: score of member" in text for text in audit())


@pytest.mark.parametrize(
    "code",
    ["events_attended", "spent", "points_earned", "event_locations", "days", "trust_score"],
)
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE {table} SET value = value + 1 WHERE period_kind = 2 AND {metric}", "it is"),
        (SHIFT, "it was reached at"),
        ("DELETE FROM {table} WHERE period_kind = 1 AND {metric}", "it is missing"),
        (INVENT, "the logs say nothing"),
    ],
)
def test_a_score_that_was_tampered_with_is_named(there, code, change, said):
    metric = f"metric_id = (SELECT id FROM gamification_metric WHERE code = '{code}')"
    assert run_sql(change.format(table=SCORES, metric=metric)) == 2

    found = audit()
    assert len(found) == 2
    assert all(
        text.startswith("gamification.scores: score of member") and f"in {code}: " in text
        for text in found
    )
    assert all(said in text for text in found)


@pytest.mark.parametrize("table", ["gamification_seenvalue", "gamification_streakday"])
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE {} SET first_at = first_at - interval '1 s'",
        "DELETE FROM {}",
        "UPDATE {} SET member_id = member_id + 99999999",
    ],
)
def test_what_scores_are_folded_from_is_audited_too(there, table, change):
    with tampering():
        assert run_sql(change.format(table)) > 0

        found = audit()
        assert found
        assert all("gamification." in text for text in found)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (f"UPDATE {SCORES} SET metric_id = 9999 + metric_id", "is missing"),
        ("UPDATE gamification_metric SET is_active = false", "is not active"),
        (f"UPDATE {SCORES} SET member_id = 99999999 + member_id", "the member has no account"),
        ("INSERT INTO gamification_backlog VALUES (77777, {}, 1)", "has no such row"),
        ("INSERT INTO gamification_backlog VALUES (77777, 99999999, 2)", "is missing"),
    ],
)
def test_strays_are_named(there, change, said):
    with tampering():
        run_sql(change.format(PointAccount.objects.get(member__public_id="mia").pk))

        assert any(text.startswith("gamification.strays: ") and said in text for text in audit())


def test_a_row_that_never_reached_the_scores_is_missed(there, record, monkeypatch):
    monkeypatch.setattr("gamification.tests.conftest.project_backlog", list)
    record("mia", "2026-03-08T12:00:00Z")
    run_sql("DELETE FROM gamification_backlog")

    assert any("in events_attended: in the week from 2026-03-02" in text for text in audit())


def test_one_members_audit_looks_at_that_member_only(there):
    mia = PointAccount.objects.get(member__public_id="mia")
    noa = PointAccount.objects.get(member__public_id="noa")
    run_sql(f"UPDATE {SCORES} SET value = 99 WHERE member_id = %s", [noa.member_id])

    assert audit(Scope(account_id=mia.pk, member_id=mia.member_id)) == []
    assert audit(Scope(account_id=noa.pk, member_id=noa.member_id))


def test_a_rebuild_puts_right_what_the_audit_found(there):
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {SCORES} SET value = 99")
        cursor.execute("DELETE FROM gamification_seenvalue")
    request_rebuild(metric_ids=list(Metric.objects.values_list("pk", flat=True)))
    list(rebuild_pending())

    assert audit() == []
