"""Publishing a badge: the preview, the backfill, when it was earned, and who is told."""

import threading
import time
from contextlib import closing
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse

from gamification.errors import BadgeNotPublishable
from gamification.models import Badge, BadgeAward, BadgeBackfill, Metric, OutageDay
from gamification.selectors import preview_badge
from gamification.services import publishing
from gamification.services.awards import give_badges
from gamification.services.projecting import project_backlog
from gamification.services.publishing import (
    backfill_page,
    backfill_pending,
    backfill_to_the_end,
    publish_badge,
)
from gamification.services.rebuilding import rebuild_pending
from loyalty_site.accounts.models import User
from loyalty_site.realtime.models import OutboxEvent
from points.models import PointAccount, PointTransaction
from points.tests.audits import audit

MARCH = [f"2026-03-{day:02d}T12:00:00Z" for day in range(1, 29)]


def make_badge(metric="events_attended", threshold=2, **fields):
    return Badge.objects.create(
        **{
            "type": "NEW",
            "name": "New",
            "metric": Metric.objects.get(code=metric),
            "threshold": threshold,
            **fields,
        }
    )


def holders(badge):
    awards = BadgeAward.objects.filter(badge=badge, revoked_at=None)
    return set(awards.values_list("member__public_id", flat=True))


def publish(badge, now):
    backfill = publish_badge(badge_id=badge.pk, actor=None, now=now)
    list(backfill_pending(now=now))
    list(project_backlog())
    backfill.refresh_from_db()
    return backfill


def told():
    return list(
        OutboxEvent.objects.filter(event="badge-earned").values_list("data__badge__type", flat=True)
    )


@pytest.fixture
def history(record):
    """Members a to f, who attended one to six events."""
    list(rebuild_pending())
    for n, name in enumerate("abcdef", 1):
        record(name, *MARCH[:n])


def test_a_draft_is_awarded_to_nobody_until_it_is_published(history, record, now):
    badge = make_badge()
    record("b", MARCH[20])
    assert holders(badge) == set()

    publish(badge, now)

    assert holders(badge) == set("bcdef")
    record("a", MARCH[20])
    assert holders(badge) == set("abcdef")


def test_the_preview_is_what_the_backfill_does(history, now, monkeypatch):
    monkeypatch.setattr(publishing, "MEMBERS_PER_PAGE", 2)
    badge = make_badge(points=40)
    PointAccount.objects.filter(member__public_id="f").update(closed_at=now)
    preview = preview_badge(badge)

    backfill = publish(badge, now)

    assert (preview.member_count, preview.points, preview.holder_count) == (4, 160, 0)
    assert [(person.public_id, value) for person, value in preview.sample] == [
        ("e", 5),
        ("d", 4),
        ("c", 3),
        ("b", 2),
    ]
    assert holders(badge) == set("bcde")
    assert (backfill.waiting_count, backfill.awarded_count, backfill.points_granted) == (4, 4, 160)
    assert backfill.percentage == 100
    granted = PointTransaction.objects.filter(metadata__badgeType="NEW")
    assert sum(granted.values_list("amount", flat=True)) == 160
    after = preview_badge(badge)
    assert (after.member_count, after.holder_count) == (0, 4)
    assert audit() == []


def test_a_backfill_that_was_killed_goes_on_where_it_stopped(history, now, monkeypatch):
    monkeypatch.setattr(publishing, "MEMBERS_PER_PAGE", 2)
    badge = make_badge()
    backfill = publish_badge(badge_id=badge.pk, actor=None, now=now)
    backfill_page(now=now)
    give = give_badges

    def die(**arguments):
        give(**arguments)
        raise SystemExit

    monkeypatch.setattr(publishing, "give_badges", die)
    with pytest.raises(SystemExit):
        backfill_page(now=now)
    assert holders(badge) == set("b")
    monkeypatch.setattr(publishing, "give_badges", give)

    list(backfill_pending(now=now))

    backfill.refresh_from_db()
    assert holders(badge) == set("bcdef")
    assert (backfill.awarded_count, backfill.finished_at) == (5, now)


def test_a_second_worker_begins_at_the_last_member(history, now, monkeypatch):
    monkeypatch.setattr(publishing, "MEMBERS_PER_PAGE", 2)
    badge = make_badge()
    backfill = publish_badge(badge_id=badge.pk, actor=None, now=now)
    with closing(connection.copy()) as first_worker:
        first_worker.cursor().execute(
            "SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"backfill:{backfill.pk}:False"]
        )
        backfill_page(now=now)
        assert holders(badge) == set("ef")

    list(backfill_pending(now=now))

    backfill.refresh_from_db()
    assert holders(badge) == set("bcdef")
    assert (backfill.awarded_count, backfill.points_granted) == (5, 125)
    assert backfill.after_member < backfill.before_member


def somebody_waits_for_a_badge():
    with connection.cursor() as cursor:
        cursor.execute(publishing.SOMEBODY_WAITS_FOR_A_BADGE)
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_whoever_changes_a_badge_goes_before_the_next_page(history, now, monkeypatch):
    monkeypatch.setattr(publishing, "MEMBERS_PER_PAGE", 1)
    badge = make_badge()
    backfill = publish_badge(badge_id=badge.pk, actor=None, now=now)

    def rename():
        Badge.objects.filter(pk=badge.pk).update(name="Renamed")
        connection.close()

    with closing(connection.copy()) as page_under_way:
        page_under_way.set_autocommit(False)
        page_under_way.cursor().execute("SELECT 1 FROM gamification_badge FOR SHARE")
        change = threading.Thread(target=rename)
        change.start()
        while not somebody_waits_for_a_badge():
            time.sleep(0.01)
        assert backfill_page(now=now) is None
        page_under_way.rollback()
    change.join()
    for _ in backfill_to_the_end(backfill_ids=[backfill.pk], now=now):
        pass

    backfill.refresh_from_db()
    assert (backfill.awarded_count, backfill.points_granted) == (5, 125)
    assert set(BadgeAward.objects.filter(badge=badge).values_list("badge__name", flat=True)) == {
        "Renamed"
    }
    assert PointTransaction.objects.filter(metadata__badgeType="NEW").count() == 5
    assert audit() == []


def test_a_changed_criterion_waits_to_be_published_and_takes_nothing_away(history, record, now):
    badge = make_badge(threshold=5)
    publish(badge, now)
    assert holders(badge) == set("ef")

    Badge.objects.filter(pk=badge.pk).update(threshold=20)
    record("d", *MARCH[4:10])
    badge.refresh_from_db()
    assert (badge.state, holders(badge)) == ("changed", set("ef"))

    Badge.objects.filter(pk=badge.pk).update(threshold=3)
    publish(badge, now)
    assert holders(badge) == set("cdef")
    assert PointTransaction.objects.filter(metadata__badgeType="NEW").count() == 4


def test_a_metric_that_means_something_else_unpublishes_its_badges(history, make_metric, now):
    make_metric("cups", "CAFE_MEETUP")
    badge = make_badge(metric="cups")
    publish(badge, now)

    Metric.objects.get(code="cups").sources.all().delete()
    list(rebuild_pending())

    badge.refresh_from_db()
    assert (badge.state, holders(badge)) == ("changed", set())


def test_changing_a_badge_stops_its_backfill(history, now):
    badge = make_badge()
    backfill = publish_badge(badge_id=badge.pk, actor=None, now=now)
    Badge.objects.filter(pk=badge.pk).update(threshold=3)

    list(backfill_pending(now=now))

    backfill.refresh_from_db()
    assert backfill.stopped_because
    assert holders(badge) == set()


def test_a_metric_that_is_being_folded_again_is_waited_for(history, now):
    badge = make_badge(metric="event_weeks_in_a_row", threshold=1)
    publish_badge(badge_id=badge.pk, actor=None, now=now)
    OutageDay.objects.create(day="2026-03-09", reason="x")
    assert backfill_page(now=now) is None

    list(rebuild_pending())
    list(backfill_pending(now=now))

    assert holders(badge) == set("abcdef")


@pytest.mark.parametrize("switched_off", ["badge", "metric"])
def test_what_is_switched_off_is_not_published(history, now, switched_off):
    badge = make_badge(is_active=switched_off != "badge")
    if switched_off == "metric":
        Metric.objects.filter(pk=badge.metric_id).update(is_active=False)

    with pytest.raises(BadgeNotPublishable):
        publish_badge(badge_id=badge.pk, actor=None, now=now)


@pytest.mark.parametrize(
    ("metric", "threshold", "rows", "earned"),
    [
        ("events_attended", 2, [(0, {}), (3, {}), (1, {}), (9, {})], 1),
        ("event_locations", 2, [(4, {"locationId": "b"}), (0, {"locationId": "a"})], 4),
        (
            "event_locations",
            2,
            [(0, {"locationId": "a"}), (9, {"locationId": "c"}), (2, {"locationId": "b"})],
            2,
        ),
        ("event_weeks_in_a_row", 2, [(21, {}), (0, {}), (14, {}), (7, {})], 7),
        ("event_weeks_in_a_row", 2, [(0, {}), (28, {}), (14, {}), (21, {})], 21),
        # Ten points for each event, 25 for the first one's badge, which counts from that day.
        ("points_earned", 45, [(5, {}), (3, {}), (8, {})], 5),
    ],
)
def test_it_was_earned_when_the_criterion_was_met(record, now, metric, threshold, rows, earned):
    list(rebuild_pending())
    start = datetime.fromisoformat("2026-03-02T12:00:00+00:00")
    for days, metadata in rows:
        record("mia", (start + timedelta(days=days)).isoformat(), **metadata)
    badge = make_badge(metric=metric, threshold=threshold)

    publish(badge, now)

    award = BadgeAward.objects.get(badge=badge)
    assert award.earned_at == start + timedelta(days=earned)
    assert award.awarded_at == now


def test_all_rounder_was_earned_with_the_fifth_of_the_others(history, now):
    for n in range(1, 6):
        publish(make_badge(type=f"N{n}", threshold=n), now)

    award = BadgeAward.objects.get(badge__type="ALL_ROUNDER", member__public_id="f")
    # FIRST_FACE and N1 came with the first event, N2 to N4 with the next ones.
    assert award.earned_at == datetime.fromisoformat(MARCH[3])


def test_only_what_was_earned_lately_is_told(history, record, now, settings):
    settings.LOYALTY_BADGE_NEWS_DAYS = 7
    list(rebuild_pending())
    assert told() == []
    record("zoe", (now - timedelta(days=8)).isoformat())
    assert told() == []
    record("yan", (now - timedelta(days=6)).isoformat())
    assert told() == ["FIRST_FACE"]

    publish(make_badge(threshold=1), now)

    assert sorted(told()) == ["FIRST_FACE", "NEW"]
    event = OutboxEvent.objects.filter(event="badge-earned").latest("pk")
    assert event.room == "user-yan"
    assert (event.data["points"], event.data["userId"]) == (25, "yan")
    assert event.data["earnedAt"].endswith("Z")


def test_the_command_previews_publishes_and_reports(history):
    badge = make_badge()
    out = StringIO()
    call_command("backfill_badges", "--badge=NEW", "--publish", "--dry-run", stdout=out)
    assert out.getvalue() == "NEW: 5 would get it, for 125 points; 0 hold it.\n"
    assert not BadgeBackfill.objects.exists()
    with pytest.raises(CommandError, match="--publish"):
        call_command("backfill_badges", "--badge=NEW")
    with pytest.raises(CommandError, match="NOPE"):
        call_command("backfill_badges", "--badge=NOPE")

    out = StringIO()
    call_command("backfill_badges", "--badge=NEW", "--publish", stdout=out, stderr=StringIO())

    assert out.getvalue() == "NEW: 5 got it, for 125 points.\n"
    assert holders(badge) == set("bcdef")


def test_the_command_without_options_mends_what_is_missing(history):
    run = StringIO()
    call_command("backfill_badges", stdout=run, stderr=StringIO())

    assert run.getvalue().startswith("FIRST_FACE: 0 got it, for 0 points.\n")
    assert len(run.getvalue().splitlines()) == 14


def test_staff_see_the_price_before_they_publish(history, make_staff, client):
    client.force_login(make_staff("boss"))
    metric = Metric.objects.get(code="events_attended")
    fields = {
        "type": "NEW",
        "name": "New",
        "category": "Events",
        "description": "d",
        "criteria": "c",
        "metric": metric.pk,
        "threshold": 3,
        "points": 1000,
        "is_active": "on",
        "image_url": "",
        "milestone_one": "",
        "milestone_many": "",
    }
    response = client.post(reverse("admin:gamification_badge_add"), fields)
    badge = Badge.objects.get(type="NEW")
    preview_url = reverse("admin:gamification_badge_publish", args=[badge.pk])
    assert (response.status_code, response["Location"]) == (302, preview_url)

    page = client.get(preview_url).content.decode()
    assert "4 members would get this badge now" in page
    assert "4,000 points" in page
    assert holders(badge) == set()

    response = client.post(preview_url, follow=True)
    assert "0 of 4" in response.content.decode()
    assert 'http-equiv="refresh"' in response.content.decode()
    list(backfill_pending(now=badge.created_at))
    page = client.get(response.redirect_chain[-1][0]).content.decode()
    assert "4 of 4" in page
    assert "4,000" in page
    assert 'http-equiv="refresh"' not in page
    assert "Nobody else meets it yet" in client.get(preview_url).content.decode()

    backfill = BadgeBackfill.objects.get(badge=badge)
    url = reverse("admin:gamification_badgebackfill_change", args=[backfill.pk])
    page = client.get(url).content.decode()
    assert "4,000" in page
    assert str(backfill.before_member) not in page


def test_staff_without_the_permission_see_and_do_not_publish(history, make_staff, client):
    client.force_login(make_staff("ina", "auditor"))
    url = reverse("admin:gamification_badge_publish", args=[make_badge().pk])

    page = client.get(url)
    assert page.status_code == 200
    assert "<button" not in page.content.decode().partition('id="content-main"')[2]
    assert client.post(url).status_code == 403


def test_staff_award_and_revoke_on_the_console(history, make_staff, client):
    client.force_login(make_staff("ann", "support"))
    award_url = reverse("admin:gamification_badgeaward_award")
    badge = Badge.objects.get(type="KIND_SOUL")
    fields = {"user_id": "a", "badge": badge.pk, "reason": ""}
    assert "Say why" in client.post(award_url, fields).content.decode()
    assert (
        "Member not found"
        in client.post(award_url, fields | {"user_id": "zz", "reason": "x"}).content.decode()
    )

    client.post(award_url, fields | {"reason": "Kind indeed"})
    award = BadgeAward.objects.get(badge=badge)
    assert (award.member.public_id, award.reason) == ("a", "Kind indeed")
    page = client.get(reverse("admin:gamification_badgeaward_change", args=[award.pk]))
    revoke_url = reverse("admin:gamification_badgeaward_revoke", args=[award.pk])
    assert revoke_url in page.content.decode()
    assert "Say why" in client.post(revoke_url, {"reason": ""}).content.decode()
    client.post(revoke_url, {"reason": "Not so kind"})

    award.refresh_from_db()
    assert (award.revoke_reason, award.revoked_by) == (
        "Not so kind",
        User.objects.get(public_id="ann"),
    )
    assert (
        "Not so kind"
        in client.get(reverse("admin:gamification_badgeaward_changelist")).content.decode()
    )


def test_who_may_not_award_has_no_such_page(history, make_staff, client):
    client.force_login(make_staff("ina", "auditor"))
    award = BadgeAward.objects.first()

    page = client.get(reverse("admin:gamification_badgeaward_changelist"))
    assert page.status_code == 200
    assert "Award a badge" not in page.content.decode()
    assert client.get(reverse("admin:gamification_badgeaward_award")).status_code == 403
    url = reverse("admin:gamification_badgeaward_revoke", args=[award.pk])
    assert client.post(url, {"reason": "x"}).status_code == 403
