"""Letting due lots lapse: the sweep behind `expire_points` and the nightly task."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Sum
from django.db.models.functions import Coalesce

from ..models import PointLot
from .calls import call_ledger
from .postings import Posting, announce

BATCH_SIZE = 500
HELD_ACCOUNT_PAUSE_SECONDS = 0.05


@dataclass(frozen=True)
class Due:
    """How many accounts hold lots that are due, and the points in them."""

    accounts: int
    points: int


def expire_due_lots(
    *, now: datetime, batch_size: int = BATCH_SIZE, account_id: int | None = None
) -> Iterator[list[Posting]]:
    """Let every lot that is due at `now` lapse, a batch of accounts per transaction.

    Yields each batch's postings after its commit. Safe to stop, to repeat and to run twice at
    once: an account that somebody else holds is passed over and come back to.
    """
    while count_due(now=now, account_id=account_id).accounts:
        with transaction.atomic():
            rows = call_ledger(
                "SELECT * FROM points_expire_due(%s, %s, %s)", [batch_size, account_id, now]
            )
            postings = [Posting.from_row(row) for row in rows]
            announce(postings)
        if postings:
            yield postings
        else:
            # All due accounts are held by somebody else, who may be letting them lapse right now.
            time.sleep(HELD_ACCOUNT_PAUSE_SECONDS)


def count_due(*, now: datetime, account_id: int | None = None) -> Due:
    """Return what is due at `now`, in one query; 0 and 0 when nothing is."""
    lots = PointLot.objects.filter(remaining__gt=0, expires_at__lte=now)
    if account_id is not None:
        lots = lots.filter(account_id=account_id)
    due = lots.aggregate(
        accounts=Count("account_id", distinct=True), points=Coalesce(Sum("remaining"), 0)
    )
    return Due(**due)
