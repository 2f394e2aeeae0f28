"""The board of referrers: who brought the most members in a stretch of time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

# One statement for everybody's figures: the numbers come from an index alone, and what the ledger
# says is only asked for the rows that are shown. `rank()` is 1 + the number strictly above. The
# bounds stand in the text: with them as parameters, PostgreSQL comes to plan once for every period
# after a few calls, and a week's board then takes ten times as long.
BOARD = """
    WITH counted AS MATERIALIZED (
        SELECT referrer_id, count(*) AS referrals, max(converted_at) AS reached_at
        FROM referrals_referral
        WHERE converted_at >= SINCE AND converted_at < UNTIL
        GROUP BY referrer_id
    ),
    ranked AS (
        SELECT person.id, person.public_id, person.name, counted.referrals, counted.reached_at,
            rank() OVER (ORDER BY counted.referrals DESC) AS rank
        FROM counted JOIN accounts_user person ON person.id = counted.referrer_id
        WHERE person.is_active
    ),
    shown AS (
        (SELECT ranked.*, TRUE AS is_on_page FROM ranked
         ORDER BY referrals DESC, reached_at, id LIMIT %(limit)s)
        UNION ALL
        (SELECT ranked.*, FALSE FROM ranked WHERE id = %(viewer)s)
    )
    SELECT shown.is_on_page, shown.public_id, shown.name, shown.referrals, shown.rank,
        CASE WHEN shown.is_on_page THEN earned.points ELSE 0 END,
        (SELECT count(*) FROM ranked)
    FROM shown LEFT JOIN LATERAL (
        SELECT coalesce(sum(entry.amount), 0) AS points
        FROM referrals_referral referral
        CROSS JOIN (VALUES (':conversion'), (':activation')) step(name)
        JOIN points_pointtransaction entry ON entry.source_type = 'activity'
            AND entry.source_id = 'site:referral:' || referral.id || step.name
        JOIN points_pointaccount account ON account.id = entry.account_id
            AND account.member_id = referral.referrer_id
        WHERE shown.is_on_page AND referral.referrer_id = shown.id
          AND referral.converted_at < UNTIL
          -- The step's own instant spares asking the ledger about those of other periods.
          AND (referral.converted_at >= SINCE OR referral.activated_at >= SINCE)
          AND entry.created_at >= SINCE AND entry.created_at < UNTIL
    ) earned ON TRUE
    ORDER BY shown.is_on_page DESC, shown.referrals DESC, shown.reached_at, shown.id
"""


@dataclass(frozen=True, kw_only=True)
class BoardPlace:
    """A referrer's place: members brought and points earned by referrals in the period."""

    public_id: str
    name: str
    referrals: int
    points_earned: int
    rank: int


@dataclass(frozen=True, kw_only=True)
class Board:
    """The first places in order, and how many members and which rank the viewer has.

    Whoever brought nobody has no rank. `total` is how many brought somebody.
    """

    places: list[BoardPlace]
    viewer_referrals: int
    viewer_rank: int | None
    total: int


def find_board(*, viewer: Any, since: datetime | None, until: datetime | None, limit: int) -> Board:
    """Return the first `limit` active referrers of a half-open stretch of time, in one query.

    None is without a bound. Whoever reached a number first stands before the others with it.
    """
    bounds = {"SINCE": since or "-infinity", "UNTIL": until or "infinity"}
    query = BOARD
    for name, bound in bounds.items():
        query = query.replace(name, f"'{bound}'::timestamptz")
    with connection.cursor() as cursor:
        cursor.execute(query, {"limit": limit, "viewer": viewer.pk})
        rows = cursor.fetchall()
    total = rows[0][-1] if rows else 0
    own = next((row for row in rows if not row[0]), None)
    return Board(
        places=[
            BoardPlace(
                public_id=public_id,
                name=name or public_id,
                referrals=referrals,
                points_earned=int(points),
                rank=rank,
            )
            for is_on_page, public_id, name, referrals, rank, points, _ in rows
            if is_on_page
        ],
        viewer_referrals=own[3] if own else 0,
        viewer_rank=own[4] if own else None,
        total=total,
    )
