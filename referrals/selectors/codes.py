"""A member's points, level and code at one glance, and whose a code is."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from points.models import LevelConfig

from ..enums import BROUGHT
from ..models import ReferralCode

# Every page of a front end asks for it; as text, the statement is prepared once per connection, and
# what comes by a subquery is unknown to the planner, so that it is planned once as well.
SUMMARY = """
SELECT
    account.balance - coalesce(
        (
            SELECT sum(lot.remaining) FROM points_pointlot lot
            WHERE lot.account_id = account.id AND lot.remaining > 0
              AND lot.expires_at <= (SELECT %s::timestamptz)
        ), 0
    )::bigint,
    account.lifetime_points,
    code.code,
    (
        SELECT count(*) FROM referrals_referral referral
        WHERE referral.referrer_id = account.member_id
          AND referral.status = ANY ((SELECT %s::text[])::text[])
    ),
    level.id, level.name, level.tier, level.min_points, level.perks,
    higher.id, higher.name, higher.tier, higher.min_points, higher.perks
FROM points_pointaccount account
LEFT JOIN referrals_referralcode code
    ON code.member_id = account.member_id AND code.retired_at IS NULL
LEFT JOIN points_levelconfig level ON level.id = account.level_id
LEFT JOIN LATERAL (
    SELECT above.* FROM points_levelconfig above
    WHERE above.min_points > account.lifetime_points AND above.tier > coalesce(level.tier, 0)
    ORDER BY above.tier LIMIT 1
) higher ON true
WHERE account.member_id = %s
"""


@dataclass(frozen=True, kw_only=True)
class PointsSummary:
    """A member's points, level and code at one glance.

    `balance` is what can be spent now, `next_level` None at the top, `points_to_go` the lifetime
    points that are missing to it, `referrals_count` the members brought.
    """

    balance: int
    lifetime_points: int
    level: LevelConfig | None
    next_level: LevelConfig | None
    referral_code: str | None
    referrals_count: int

    @property
    def points_to_go(self) -> int:
        """Lifetime points missing to the next level; 0 at the top."""
        return self.next_level.min_points - self.lifetime_points if self.next_level else 0


def find_points_summary(member: Any, *, now: datetime) -> PointsSummary | None:
    """Return a member's own summary in one query; None when no account is open."""
    brought = [status.value for status in BROUGHT]
    with connection.cursor() as cursor:
        cursor.execute(SUMMARY, [now, brought, member.pk])
        row = cursor.fetchone()
    if row is None:
        return None
    balance, lifetime_points, code, brought_count, *levels = row
    return PointsSummary(
        balance=balance,
        lifetime_points=lifetime_points,
        level=_read_level(levels[:5]),
        next_level=_read_level(levels[5:]),
        referral_code=code,
        referrals_count=brought_count,
    )


def _read_level(values: Sequence[Any]) -> LevelConfig | None:
    pk, name, tier, min_points, perks = values
    if pk is None:
        return None
    return LevelConfig(pk=pk, name=name, tier=tier, min_points=min_points, perks=json.loads(perks))


def find_current_code(member: Any) -> ReferralCode | None:
    """Return the code a member gives away now, None when none was ever issued."""
    return ReferralCode.objects.filter(member_id=member.pk, retired_at__isnull=True).first()


def find_code_in_use(code: str, *, lock: bool = False) -> ReferralCode | None:
    """Return the current code of an active member with its member, in any case of letters.

    `lock` keeps it for the rest of the transaction from being replaced, and from others who lock.
    """
    codes = ReferralCode.objects.select_related("member")
    if lock:
        codes = codes.select_for_update(no_key=True, of=("self",))
    return codes.filter(
        code=code.strip().upper(), retired_at__isnull=True, member__is_active=True
    ).first()
