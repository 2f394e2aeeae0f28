"""What one app's doings mean to another that it does not know.

Each runs inside the transaction that did the work, so both happen or neither does.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.dispatch import receiver

from gamification.signals import badge_published, badges_changed, stats_reported
from gamification.tasks import backfill_badges, project_scores
from points.signals import ledger_changed
from referrals.services import activate_referral
from rewards.models import Purchase
from rewards.signals import purchase_completed, stock_returned
from rewards.tasks import tell_who_waits

from .accounts.signals import sessions_ended
from .nudging import Nudger
from .realtime.publishing import ask_sockets_again

# Scores are shown within a second; until then, commits gather into a batch.
PROJECTOR_PAUSE_SECONDS = 0.1

projector = Nudger("projector", project_scores, pause_seconds=PROJECTOR_PAUSE_SECONDS)
backfiller = Nudger("backfiller", backfill_badges)
teller = Nudger("teller", tell_who_waits)


@receiver(purchase_completed, dispatch_uid="site.activate_referral")
def on_purchase_completed(purchase: Purchase, now: datetime, **_: Any) -> None:
    """Reward whoever brought the member: with the first completed purchase, once."""
    activate_referral(referred=purchase.member, now=now)


@receiver(ledger_changed, dispatch_uid="site.wake_projector_for_ledger")
def on_ledger_changed(**_: Any) -> None:
    """Wake the projector for what the ledger has gained."""
    projector.nudge()


@receiver([stats_reported, badges_changed], dispatch_uid="site.wake_projector")
def on_news_for_scores(**_: Any) -> None:
    """Wake the projector for what else counts."""
    transaction.on_commit(projector.nudge, robust=True)


@receiver(badge_published, dispatch_uid="site.wake_backfiller")
def on_badge_published(**_: Any) -> None:
    """Wake whoever hands a badge out to those who had met it before."""
    transaction.on_commit(backfiller.nudge, robust=True)


@receiver(stock_returned, dispatch_uid="site.wake_teller")
def on_stock_returned(**_: Any) -> None:
    """Wake whoever tells members that a reward they watch is back."""
    transaction.on_commit(teller.nudge, robust=True)


@receiver(sessions_ended, dispatch_uid="site.close_sockets")
def on_sessions_ended(member_ids: list[int], **_: Any) -> None:
    """Close the sockets whose sessions ended."""
    transaction.on_commit(lambda: ask_sockets_again(member_ids=member_ids), robust=True)
