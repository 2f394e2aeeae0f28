"""The front page says what is wrong, to those who may know."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client

from loyalty_site.console.alerts import list_alerts
from loyalty_site.realtime.models import OutboxEvent
from loyalty_site.realtime.outbox import NewEvent, write_events
from points.models import AuditRun
from rewards.models import CodePool, Reward
from rewards.services.codes import add_codes


@pytest.fixture
def admin(make_staff):
    return make_staff("ada")


@pytest.fixture
def audited(db, now):
    """Return a function that puts an audit on record: `audited("DRIFT", findings=3)`."""

    def record(verdict="OK", *, findings=0, ago=timedelta(hours=3)):
        at = now - ago
        return AuditRun.objects.create(
            verdict=verdict,
            findings=findings,
            rows=10,
            passes=[],
            examples=[],
            started_at=at,
            ended_at=at,
        )

    return record


def titles(person, now):
    return [(alert.level, alert.title) for alert in list_alerts(person=person, now=now)]


def test_when_all_is_well_nothing_is_said(admin, audited, now):
    audited("DRIFT", findings=2, ago=timedelta(days=1))
    audited()
    assert list_alerts(person=admin, now=now) == []


def test_a_ledger_that_was_never_audited_is_told(admin, now):
    assert titles(admin, now) == [("warning", "The ledger has not been audited yet")]


@pytest.mark.parametrize(
    ("verdict", "findings", "title"),
    [
        ("DRIFT", 1, "The audit found 1 difference"),
        ("DRIFT", 1_200, "The audit found 1,200 differences"),
        ("INCOMPLETE", 0, "The audit could not finish"),
    ],
)
def test_a_failed_audit_is_told_and_leads_to_what_it_found(
    admin, audited, now, client, verdict, findings, title
):
    run = audited(verdict, findings=findings)
    [alert] = list_alerts(person=admin, now=now)
    assert (alert.level, alert.title) == ("error", title)
    assert f"/{run.pk}/" in alert.url
    client.force_login(admin)
    assert title in client.get("/admin/").text
    assert client.get(alert.url).status_code == 200


def test_an_old_audit_is_told(admin, audited, now):
    audited(ago=timedelta(days=3))
    [(level, title)] = titles(admin, now)
    assert (level, title.replace("\xa0", " ")) == ("warning", "The last audit was 3 days ago")


def test_events_that_wait_are_told(admin, audited, now, client):
    audited()
    with transaction.atomic():
        write_events(events=[NewEvent(member_id=None, event="e", data={})], now=now)
    assert titles(admin, now) == []
    OutboxEvent.objects.update(created_at=now - timedelta(minutes=5))
    [alert] = list_alerts(person=admin, now=now)
    assert alert.title == "Live events wait for 5 minutes"
    client.force_login(admin)
    assert client.get(alert.url).status_code == 200


def test_empty_shelves_are_named(admin, audited, programme, now):
    audited()
    Reward.objects.update(quantity=None, quantity_stocked=None)
    first, second, third, fourth = Reward.objects.order_by("title")[:4]
    for reward, left in ((first, 0), (second, 2), (third, 5), (fourth, 6)):
        Reward.objects.filter(pk=reward.pk).update(quantity=left, quantity_stocked=left)
    out, low = list_alerts(person=admin, now=now)
    assert (out.title, out.text) == ("1 sold out", f"{first.title}.")
    assert (low.title, low.text) == (
        "2 nearly sold out",
        f"{second.title} (2 left) and {third.title} (5 left).",
    )
    Reward.objects.update(is_active=False)
    assert titles(admin, now) == []


def test_many_empty_shelves_are_one_sentence(admin, audited, programme, now):
    audited()
    Reward.objects.update(quantity=0, quantity_stocked=0)
    count = Reward.objects.count()
    [alert] = list_alerts(person=admin, now=now)
    assert alert.title == f"{count} sold out"
    assert alert.text.endswith(f"and {count - 3} more.")


def test_a_pool_in_use_that_runs_low_is_named(admin, audited, programme, now):
    audited()
    Reward.objects.update(quantity=None, quantity_stocked=None)
    pool = CodePool.objects.create(name="Vouchers", low_stock_at=2)
    assert titles(admin, now) == []
    Reward.objects.filter(pk=Reward.objects.first().pk).update(code_pool=pool)
    [alert] = list_alerts(person=admin, now=now)
    assert (alert.title, alert.text) == ("Codes run low in 1 pool", "Vouchers (0 left).")
    add_codes(pool=pool, codes=["AAAA", "BBBB", "CCCC"], actor=None, now=now)
    assert titles(admin, now) == []


def test_who_may_not_look_is_told_nothing(make_staff, audited, programme, now):
    audited("DRIFT", findings=1)
    Reward.objects.update(quantity=0, quantity_stocked=0)
    stranger = make_staff("otto", "nothing of this name")
    stranger.is_superuser = False
    stranger.save()
    assert list_alerts(person=stranger, now=now) == []
    client = Client()
    client.force_login(stranger)
    assert "sold out" not in client.get("/admin/").text
