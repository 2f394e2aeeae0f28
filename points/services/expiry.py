"""Letting due lots lapse: the sweep behind `expire_points` and the nightly task."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import Coalesce

from ..models import PointLot
from .calls import call_ledger
from .postings import Posting, announce, posting_transaction

BATCH_SIZE = 2_000
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
    after = 0
    while True:
        with posting_transaction():
            postings = _expire_batch(batch_size, after, account_id, now)
            announce(postings)
        if postings:
            after = max(posting.account_id for posting in postings)
            yield postings
        elif not list_due_lots(now=now, account_id=account_id).exists():
            return
        else:
            # What is left is held by somebody else, who may be letting it lapse right now.
            after = 0
            time.sleep(HELD_ACCOUNT_PAUSE_SECONDS)


def _expire_batch(
    batch_size: int, after: int, account_id: int | None, now: datetime
) -> list[Posting]:
    sql = "SELECT * FROM points_expire_due(%s, %s, %s, %s)"
    return [Posting.from_row(row) for row in call_ledger(sql, [batch_size, after, account_id, now])]


def list_due_lots(*, now: datetime, account_id: int | None = None) -> QuerySet[PointLot]:
    """Return the lots that are due at `now` and still hold points."""
    lots = PointLot.objects.filter(remaining__gt=0, expires_at__lte=now)
    return lots if account_id is None else lots.filter(account_id=account_id)


def count_due(*, now: datetime, account_id: int | None = None) -> Due:
    """Return what is due at `now`, in one query; 0 and 0 when nothing is."""
    due = list_due_lots(now=now, account_id=account_id).aggregate(
        accounts=Count("account_id", distinct=True), points=Coalesce(Sum("remaining"), 0)
    )
    return Due(**due)
