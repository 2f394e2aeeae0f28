"""The rule: each badge is awarded by its exact activities and not one short of it, once."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from gamification.models import Badge, BadgeAward, Metric, MetricScore
from gamification.services.awards import award_badge, revoke_badge
from gamification.services.gauges import report_gauges
from gamification.services.projecting import project_backlog
from gamification.services.publishing import backfill_pending, publish_badge
from points.models import PointAccount, PointTransaction
from points.services.activities import ActivityReport, record_activities

from .plain import compute_scores, read_scores

PATH = "/v2/gamification/activities"
# What earns each badge: rows of (action, metadata, days after the first of March), in order.
Row = tuple[str, dict[str, str | bool], int]
RECIPES: dict[str, list[Row]] = {
    "FIRST_FACE": [("ATTEND_EVENT", {}, 0)],
    "CAFE_FRIEND": [("CAFE_MEETUP", {}, n) for n in range(3)],
    "SUKAN_SQUAD_MVP": [("ATTEND_EVENT", {"eventType": "sports"}, 0)] * 5,
    "SOUL_NOURISHER": [
        ("ATTEND_EVENT", {"eventType": "spiritual"}, 0),
        ("ATTEND_EVENT", {"eventType": "ilm"}, 0),
        ("ILM_EVENT", {}, 0),
        ("ILM_EVENT", {}, 1),
        ("ILM_EVENT", {}, 2),
    ],
    "HELPERS_HAND": [("VOLUNTEER", {}, n) for n in range(3)],
    "CONNECTOR": [("REFERRAL", {}, n) for n in range(3)],
    "TOP_FRIEND": [("MAKE_CONNECTION", {}, n) for n in range(10)],
    "ICEBREAKER": [("FIRST_CONNECTION", {}, 0)],
    "CERTIFIED_HOST": [("HOST_EVENT", {}, 0)],
    "STREAK_CHAMP": [("ATTEND_EVENT", {}, 7 * n) for n in range(4)],
    "LOCAL_GUIDE": [("ATTEND_EVENT", {"locationId": f"place-{n}"}, 0) for n in range(5)],
    "KIND_SOUL": [("GIVE_TRUST_MOMENT", {"positive": True}, n) for n in range(10)],
    "KNOWLEDGE_SHARER": [("RECEIVE_HELPFUL_VOTE", {"feedbackId": f"f{n}"}, n) for n in range(5)],
}
# What looks like it and does not count.
NEAR_MISSES: dict[str, Row] = {
    "SUKAN_SQUAD_MVP": ("ATTEND_EVENT", {"eventType": "Sports"}, 0),
    "SOUL_NOURISHER": ("ATTEND_EVENT", {"eventType": "sports"}, 0),
    "TOP_FRIEND": ("FIRST_CONNECTION", {}, 0),
    "STREAK_CHAMP": ("ATTEND_EVENT", {}, 28),
    "LOCAL_GUIDE": ("ATTEND_EVENT", {"locationId": "place-0"}, 0),
    "KIND_SOUL": ("GIVE_TRUST_MOMENT", {"positive": False}, 0),
    "KNOWLEDGE_SHARER": ("RECEIVE_HELPFUL_VOTE", {"feedbackId": "f0"}, 0),
}


def day(number):
    """Return the instant of that day of a recipe."""
    return datetime.fromisoformat("2026-03-02T12:00:00+00:00") + timedelta(days=number)


def held(member):
    awards = BadgeAward.objects.filter(member=member, revoked_at=None)
    return set(awards.values_list("badge__type", flat=True))


def badge_points(member):
    return list(
        PointTransaction.objects.filter(
            account__member=member, action__code="EARN_BADGE"
        ).values_list("amount", flat=True)
    )


@pytest.fixture
def report(programme, member, make_staff, sign_in):
    """Return a function that reports rows of a recipe over HTTP and projects them."""
    client = sign_in(make_staff("shop", "host"))
    numbers = iter(range(10_000))

    def send(*rows, user_id="mia"):
        items = [
            {
                "eventId": f"e{next(numbers)}",
                "userId": user_id,
                "action": action,
                "metadata": metadata,
                "occurredAt": day(days).isoformat(),
            }
            for action, metadata, days in rows
        ]
        response = client.post(PATH, items, format="json")
        assert response.status_code == 201, response.json()
        list(project_backlog())

    return send


def test_there_is_a_recipe_for_each_badge_but_the_one_on_badges(programme):
    types = set(Badge.objects.values_list("type", flat=True))

    assert types == set(RECIPES) | {"ALL_ROUNDER"}


@pytest.mark.parametrize("badge_type", RECIPES)
def test_a_badge_takes_exactly_its_activities(report, member, badge_type):
    *most, last = RECIPES[badge_type]
    if most:
        report(*most)
    if badge_type in NEAR_MISSES:
        report(NEAR_MISSES[badge_type])
    assert badge_type not in held(member)

    report(last)

    award = BadgeAward.objects.get(member=member, badge__type=badge_type)
    assert (award.points, award.origin, award.turn) == (25, "rule", 1)
    assert badge_points(member) == [25] * len(held(member))


def test_all_rounder_takes_five_others_and_not_itself(report, member):
    for badge_type in ["CAFE_FRIEND", "HELPERS_HAND", "ICEBREAKER", "CERTIFIED_HOST"]:
        report(*RECIPES[badge_type])
    assert len(held(member)) == 4

    report(*RECIPES["FIRST_FACE"])

    assert len(held(member)) == 6
    assert "ALL_ROUNDER" in held(member)
    assert sum(badge_points(member)) == 6 * 25
    score = MetricScore.objects.get(metric__code="badges_earned", member=member, period_kind=0)
    assert score.value == 6


def test_one_report_may_cascade_through_everything(report, member):
    rows = [row for recipe in RECIPES.values() for row in recipe]

    report(*rows)

    assert len(held(member)) == 14
    assert sum(badge_points(member)) == 14 * 25
    all_rounder = BadgeAward.objects.get(badge__type="ALL_ROUNDER")
    fifth = sorted(
        BadgeAward.objects.exclude(pk=all_rounder.pk).values_list("earned_at", flat=True)
    )[4]
    assert all_rounder.earned_at == fifth


def test_more_of_the_same_awards_nothing_again(report, member):
    report(*RECIPES["FIRST_FACE"])
    report(*RECIPES["FIRST_FACE"], *RECIPES["FIRST_FACE"])

    assert held(member) == {"FIRST_FACE"}
    assert badge_points(member) == [25]


def test_the_entry_in_the_history(report, member):
    report(*RECIPES["FIRST_FACE"])

    entry = PointTransaction.objects.get(action__code="EARN_BADGE")
    badge = Badge.objects.get(type="FIRST_FACE")
    assert entry.source_id == f"site:badge:{member.pk}:{badge.pk}"
    assert (entry.type, entry.amount, entry.description) == ("earn", 25, "Badge: First Face")
    assert entry.occurred_at == datetime.fromisoformat("2026-03-02T12:00:00+00:00")


def test_a_badge_grants_its_own_points(report, member):
    Badge.objects.filter(type="FIRST_FACE").update(points=70)
    Badge.objects.filter(type="CERTIFIED_HOST").update(points=0)

    report(*RECIPES["FIRST_FACE"], *RECIPES["CERTIFIED_HOST"])

    assert held(member) == {"FIRST_FACE", "CERTIFIED_HOST"}
    assert badge_points(member) == [70]


def test_nobody_gets_a_badge_that_is_not_published_or_switched_off(report, member):
    Badge.objects.filter(type="FIRST_FACE").update(threshold=2)
    Badge.objects.filter(type="CERTIFIED_HOST").update(is_active=False)

    report(*RECIPES["FIRST_FACE"] * 2, *RECIPES["CERTIFIED_HOST"])

    assert held(member) == set()
    assert Badge.objects.get(type="FIRST_FACE").state == "changed"


def test_a_badge_on_a_gauge_reads_the_threshold_as_people_do(programme, member, now):
    trust = Metric.objects.get(code="trust_score")
    Badge.objects.create(type="TRUSTED", name="T", metric=trust, threshold=90, state="published")
    report_gauges(member=member, numbers={"trust_score": 89.99}, now=now)
    list(project_backlog())
    assert held(member) == set()

    report_gauges(member=member, numbers={"trust_score": 90}, now=now)
    list(project_backlog())
    assert held(member) == {"TRUSTED"}


def test_the_earnings_a_badge_brings_may_earn_another(programme, member, now):
    points = Metric.objects.get(code="points_earned")
    for n in range(1, 4):
        Badge.objects.create(
            type=f"RICH_{n}", name="R", metric=points, threshold=10 + 25 * n, state="published"
        )
    event = ActivityReport(event_id="e", user_id="mia", action="ATTEND_EVENT", occurred_at=now)
    record_activities(reports=[event], now=now)
    list(project_backlog())

    assert held(member) == {"FIRST_FACE", "RICH_1", "RICH_2", "RICH_3"}
    assert PointAccount.objects.get(member=member).balance == 10 + 4 * 25


def earned_ats(member):
    return dict(BadgeAward.objects.filter(member=member).values_list("badge__type", "earned_at"))


def test_a_report_that_comes_late_says_when_a_badge_was_earned(report, member):
    places = RECIPES["LOCAL_GUIDE"]
    report(*[(action, metadata, 40 + n) for n, (action, metadata, _) in enumerate(places)])
    assert earned_ats(member) == {"FIRST_FACE": day(40), "LOCAL_GUIDE": day(44)}

    # Before the first, between, and after the last.
    report(*[("ATTEND_EVENT", {"locationId": "late"}, n) for n in (10, 42, 50)])

    assert earned_ats(member) == {"FIRST_FACE": day(10), "LOCAL_GUIDE": day(43)}
    assert badge_points(member) == [25, 25]
    assert read_scores() == compute_scores()
    by_month = MetricScore.objects.filter(metric__code="points_earned", period_kind=2)
    assert dict(by_month.values_list("period_start__month", "value")) == {3: 35, 4: 7 * 10 + 25}


def test_what_moves_a_badge_moves_the_one_on_badges(report, member):
    for badge_type in ["CAFE_FRIEND", "HELPERS_HAND", "ICEBREAKER", "CERTIFIED_HOST"]:
        report(*RECIPES[badge_type])
    report(("ATTEND_EVENT", {}, 90))
    assert earned_ats(member)["ALL_ROUNDER"] == day(90)

    report(("ATTEND_EVENT", {}, 1))

    # The others were earned by the third day.
    assert earned_ats(member)["FIRST_FACE"] == day(1)
    assert earned_ats(member)["ALL_ROUNDER"] == day(2)
    assert read_scores() == compute_scores()


def test_what_staff_awarded_stays_as_it_was_said(report, member, make_staff):
    now = day(60)
    award_badge(
        user_id="mia",
        badge_type="FIRST_FACE",
        actor=make_staff("support", "support"),
        reason="Was there.",
        now=now,
    )

    report(("ATTEND_EVENT", {}, 1))

    assert earned_ats(member) == {"FIRST_FACE": now}


def test_a_revoked_badge_was_earned_earlier_too_and_stays_revoked(report, member, make_staff):
    report(("ATTEND_EVENT", {}, 20))
    revoke_badge(
        id_or_type="FIRST_FACE",
        user_id="mia",
        actor=make_staff("support", "support"),
        reason="A mistake.",
        now=day(30),
    )

    report(("ATTEND_EVENT", {}, 1))

    assert earned_ats(member) == {"FIRST_FACE": day(1)}
    assert held(member) == set()
    assert read_scores() == compute_scores()


def test_what_was_awarded_by_another_criterion_stays(report, member):
    report(*[("ATTEND_EVENT", {"eventType": "sports"}, 20 + n) for n in range(5)])
    badge = Badge.objects.get(type="SUKAN_SQUAD_MVP")
    Badge.objects.filter(pk=badge.pk).update(threshold=2)
    publish_badge(badge_id=badge.pk, actor=None, now=timezone.now())
    list(backfill_pending(now=timezone.now()))

    report(("ATTEND_EVENT", {"eventType": "sports"}, 1))

    assert earned_ats(member) == {"FIRST_FACE": day(1), "SUKAN_SQUAD_MVP": day(24)}
