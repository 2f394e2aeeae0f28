"""What changed scores bring about."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from .services.awards import award_met_badges
from .signals import scores_changed


@receiver(scores_changed, dispatch_uid="gamification.award_badges")
def on_scores_changed(
    metric_ids: Sequence[int], member_ids: Sequence[int], now: datetime | None, **_: Any
) -> None:
    """Award the badges that members have come to, in the transaction that wrote the scores."""
    # An award's instant is when it is written down, unless a past is being lived through.
    award_met_badges(metric_ids=metric_ids, member_ids=member_ids, now=now or timezone.now())
