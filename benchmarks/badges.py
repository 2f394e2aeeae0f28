"""A badge that a million members have met is published: how long until all of them hold it."""

import time
from collections.abc import Iterator

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from gamification.models import Badge, BadgeAward, Metric
from gamification.services.publishing import backfill_to_the_end, publish_badge

from .databases import run_sql, work_in_new_database
from .rounds import Ratio, Unit

SECONDS_WANTED = 60
# One in so many has met the badge, and what it brings; the others are near it.
CASES = ((10, 25), (1, 0), (1, 25))
EVENTS = 3
FILL = """
    INSERT INTO accounts_user (
        public_id, name, password, role, time_zone, is_active, is_staff, is_superuser, token_epoch
    )
    SELECT 'm' || n, 'Member ' || n, '!', 'buyer', '', true, false, false, 0
    FROM generate_series(1, %(members)s) n;

    INSERT INTO points_pointaccount (
        member_id, level_id, balance, lifetime_points, version, opened_at
    )
    SELECT person.id, (SELECT id FROM points_levelconfig WHERE min_points = 0), 0, 0, 0, now()
    FROM accounts_user person WHERE public_id LIKE 'm%%' ORDER BY person.id;

    INSERT INTO points_activity (
        event_id, account_id, action_id, subject_id, metadata, status, reason, points,
        local_date, occurred_at, created_at
    )
    SELECT account.id || '-' || n, account.id, action.id, '', '{}', 'posted', '', 0,
        date '2026-01-01' + n, timestamptz '2026-01-01' + make_interval(days => n), now()
    FROM points_pointaccount account CROSS JOIN generate_series(1, %(events)s) n
    JOIN points_pointaction action ON action.code = 'ATTEND_EVENT'
    WHERE account.member_id IN (SELECT id FROM accounts_user WHERE public_id LIKE 'm%%');

    INSERT INTO gamification_metricscore (
        metric_id, member_id, period_kind, period_start, value, reached_at
    )
    SELECT metric.id, account.member_id, period_kind, period_start, %(events)s,
        timestamptz '2026-01-01' + make_interval(days => %(events)s)
    FROM points_pointaccount account
    JOIN gamification_metric metric ON metric.code = 'events_attended'
    CROSS JOIN gamification_periods(date '2026-01-05');
"""


def measure_badges(*, members: int) -> Iterator[Ratio]:
    """Publish a badge that a tenth have met, then two that all have met, and hand them out."""
    with work_in_new_database("benchmark_badges"):
        fill(members)
        metric = Metric.objects.get(code="events_attended")
        for share, points in CASES:
            badge = Badge.objects.create(
                type=f"ONE_IN_{share}_FOR_{points}",
                name="Badge",
                metric=metric,
                threshold=EVENTS - 1,
                points=points,
            )
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE gamification_metricscore SET value = CASE "
                    "WHEN member_id %% %s = 0 THEN %s ELSE 1 END WHERE metric_id = %s",
                    [share, EVENTS, metric.pk],
                )
            run_sql("VACUUM ANALYZE")
            yield measure_backfill(badge, members=members, share=share)


def measure_backfill(badge: Badge, *, members: int, share: int) -> Ratio:
    """Hand a badge out with its points; the clock is that of the goal, scaled to the members."""
    begin = time.perf_counter()
    backfill = publish_badge(badge_id=badge.pk, actor=None, now=timezone.now())
    published = time.perf_counter() - begin
    for _ in backfill_to_the_end(backfill_ids=[backfill.pk], now=timezone.now()):
        pass
    seconds = time.perf_counter() - begin
    awarded = BadgeAward.objects.filter(badge=badge).count()
    assert awarded == backfill.waiting_count == members // share  # noqa: S101
    goal = SECONDS_WANTED * members / 1_000_000
    return Ratio(
        work=f"a badge that {awarded:,} of {members:,} members have met, "
        + (f"with {badge.points} points each" if badge.points else "without points"),
        limit="the goal on a quiet machine",
        ours=seconds,
        theirs=goal,
        wanted=None,
        ratio=seconds / goal,
        unit=Unit.SECONDS,
        note=f"{awarded / seconds:,.0f} awards a second; published after {published:.1f} s",
    )


def fill(members: int) -> None:
    """Make members who attended some events, past the projector."""
    call_command("migrate", verbosity=0)
    call_command("load_programme", verbosity=0)
    run_sql("ALTER TABLE points_activity DISABLE TRIGGER gamification_note_activities")
    for statement in FILL.split(";\n\n"):
        with connection.cursor() as cursor:
            cursor.execute(statement, {"members": members, "events": EVENTS})
    run_sql("ALTER TABLE points_activity ENABLE TRIGGER gamification_note_activities")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM gamification_metricrebuild")
