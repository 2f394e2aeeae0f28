"""The Celery app and the whole schedule, whose hours are those of LOYALTY_TIME_ZONE.

Every job is an idempotent sweep: run late, twice or at the same time, it does what is due and
nothing more.
"""

import os
from time import time
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import heartbeat_sent
from django.core.cache import cache

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty_site.settings")

app = Celery("loyalty_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    # Points that lapsed at midnight leave the balances; a spend never waits for this. Every hour,
    # so that a night without a worker is made up for, and a night that has no 00:10.
    "expire-due-points": {"task": "points.expire_due_points", "schedule": crontab(minute=10)},
    # The morning's sweep does the day's; the later ones find what it could not do.
    "remind-of-expiring-points": {
        "task": "points.remind_of_expiring_points",
        "schedule": crontab(hour="9-20", minute=0),
    },
    "mail-reminders": {"task": "points.mail_reminders", "schedule": 5 * 60.0},
    # Rewards whose return no commit could tell of, and watchers whose turn has come by time.
    "tell-watchers": {"task": "rewards.tell_watchers", "schedule": 30.0},
    "mail-watchers": {"task": "rewards.mail_watchers", "schedule": 5 * 60.0},
    "forget-refusals": {"task": "points.forget_refusals", "schedule": crontab(hour=0, minute=50)},
    # An hour that every night has; the console tells staff when it found something.
    "audit-ledger": {"task": "points.audit_ledger", "schedule": crontab(hour=4, minute=10)},
    "forget-expired-sessions": {
        "task": "accounts.forget_expired",
        "schedule": crontab(hour=0, minute=40),
    },
    # New members whose front end named the referral code after they had registered.
    "settle-invitations": {"task": "referrals.settle_invitations", "schedule": 15.0},
    "forget-answers": {"task": "api.forget_answers", "schedule": crontab(minute=25)},
    # What the logs gained and no commit could wake the projector for.
    "project-scores": {"task": "gamification.project_scores", "schedule": 2.0},
    # Metrics that staff changed are folded again.
    "rebuild-scores": {"task": "gamification.rebuild_scores", "schedule": 5.0},
    # Badges that staff published reach those who had met them before.
    "backfill-badges": {"task": "gamification.backfill_badges", "schedule": 5.0},
    # Places beyond the first fifty are as exact as this is often.
    "mark-boards": {"task": "gamification.mark_boards", "schedule": 15.0},
    # Events whose commit could not wake the relay go out with the next sweep.
    "relay-outbox": {"task": "realtime.relay_outbox", "schedule": 2.0},
    "show-schedule": {"task": "api.show_schedule", "schedule": 15.0},
    "prune-events": {"task": "realtime.prune_events", "schedule": crontab(hour=1, minute=10)},
}

HEARTBEAT_KEY = "worker-heartbeat"
SCHEDULE_KEY = "schedule-heartbeat"
HEARTBEAT_AGE_SECONDS_MAX = 60


@heartbeat_sent.connect
def show_sign_of_life(**_facts: Any) -> None:
    """Leave the instant of a worker's heartbeat where the health check looks for it."""
    cache.set(HEARTBEAT_KEY, time(), HEARTBEAT_AGE_SECONDS_MAX)
