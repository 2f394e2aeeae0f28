"""What the database refuses of awards, what the audit finds, and that storms give a badge once."""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from gamification.errors import BadgeNotHeld
from gamification.models import Badge, BadgeAward
from gamification.services.awards import award_badge, revoke_badge
from gamification.services.projecting import project_backlog
from gamification.services.publishing import backfill_pending, publish_badge
from gamification.services.rebuilding import rebuild_pending
from loyalty_site.testing.storms import run_together, winners
from points.models import PointAccount, PointTransaction
from points.services.activities import ActivityReport, record_activities
from points.tests.audits import audit, run_sql, tampering


@pytest.fixture
def award(programme, member, make_staff, now):
    list(rebuild_pending())
    given = award_badge(
        user_id="mia", badge_type="KIND_SOUL", actor=make_staff("ann"), reason="x", now=now
    )
    list(project_backlog())
    return given


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("badge_id = badge_id + 1", "only_revoked"),
        ("points = 99", "only_revoked"),
        ("earned_at = earned_at - interval '1 day'", "only_revoked"),
        ("revoked_at = now()", "revoked_for_a_reason"),
        ("revoked_at = now(), revoke_reason = 'x', revoked_by_id = member_id", "not_by_oneself"),
    ],
)
def test_an_award_changes_only_when_it_is_revoked(award, change, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        run_sql(f"UPDATE gamification_badgeaward SET {change}")


@pytest.mark.parametrize(
    "change",
    [
        "earned_at = earned_at + interval '1 second'",
        "earned_at = earned_at - interval '1 second', points = 99",
        "earned_at = earned_at - interval '1 second', revoked_at = now()",
    ],
)
def test_what_the_rule_gave_may_have_been_earned_earlier_and_nothing_else(
    programme, member, now, change
):
    report = ActivityReport(event_id="e1", user_id="mia", action="HOST_EVENT", occurred_at=now)
    record_activities(reports=[report], now=now)
    list(project_backlog())
    run_sql("UPDATE gamification_badgeaward SET earned_at = earned_at - interval '1 second'")

    with pytest.raises(IntegrityError, match="only_revoked"), transaction.atomic():
        run_sql(f"UPDATE gamification_badgeaward SET {change}")
    assert BadgeAward.objects.get().earned_at == now - timedelta(seconds=1)


def test_an_award_is_not_deleted(award):
    with pytest.raises(DatabaseError, match="delete"):
        run_sql("DELETE FROM gamification_badgeaward")


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({}, "stands_once|turn_once"),
        ({"turn": 2}, "by_rule_first|stands_once"),
        ({"badge": "TOP_FRIEND", "points": 25}, "paid"),
        ({"badge": "TOP_FRIEND", "reason": "x"}, "by_rule_first"),
        ({"badge": "TOP_FRIEND", "turn": 0}, "points_once|by_rule_first"),
    ],
)
def test_an_award_that_could_not_be_is_refused(award, now, fields, constraint):
    row = {"badge": "KIND_SOUL", "origin": "rule", "points": 0, "turn": 1} | fields
    row["badge"] = Badge.objects.get(type=row["badge"])
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        BadgeAward.objects.create(member=award.member, earned_at=now, awarded_at=now, **row)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE gamification_badgeaward SET points = 50", "the ledger says 25"),
        ("DELETE FROM gamification_badgeaward", "no award brought 25 points"),
        ("UPDATE gamification_badgeaward SET turn = 2, points = 0", "is not the next one"),
        (
            "UPDATE gamification_badge SET threshold = 1 WHERE type = 'ALL_ROUNDER'",
            "has met ALL_ROUNDER and was never given it",
        ),
    ],
)
def test_the_audit_finds_what_was_changed_behind_the_guards(award, change, found):
    assert audit() == []
    with tampering():
        run_sql(change)
        findings = audit()
    assert any(found in finding for finding in findings), findings


@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_a_storm_gives_each_badge_once(programme, make_member, make_staff, now):
    people = [make_member(f"m{n}") for n in range(4)]
    ann = make_staff("ann")
    list(rebuild_pending())
    badge = Badge.objects.create(
        type="NEW", name="N", metric=Badge.objects.get(type="FIRST_FACE").metric, threshold=2
    )

    def work(i):
        if i == 0:
            publish_badge(badge_id=badge.pk, actor=None, now=now)
        for n in range(5):
            if i < 8:
                reports = [
                    ActivityReport(
                        event_id=f"{i}-{n}-{person.pk}",
                        user_id=person.public_id,
                        action=("ATTEND_EVENT", "MAKE_CONNECTION", "HOST_EVENT")[(i + n) % 3],
                        occurred_at=now,
                    )
                    for person in people[:: 1 if i % 2 else -1]
                ]
                record_activities(reports=reports, now=now)
            list(project_backlog(rows_per_log=20))
            list(backfill_pending(now=now))
            if i == 9:
                revoke = {"id_or_type": "FIRST_FACE", "user_id": "m0", "actor": ann, "reason": "x"}
                with suppress(BadgeNotHeld):
                    revoke_badge(**revoke, now=now)
        return i

    results = run_together(12, work)
    assert len(winners(results)) == 12, results
    list(project_backlog())
    list(backfill_pending(now=now))

    pairs = list(BadgeAward.objects.values_list("member_id", "badge_id"))
    assert (
        len(pairs)
        == len(set(pairs))
        == PointTransaction.objects.filter(action__code="EARN_BADGE").count()
    )
    assert BadgeAward.objects.filter(badge=badge).count() == 4
    assert audit() == []
    assert PointAccount.objects.filter(balance__gt=0).count() == 4
