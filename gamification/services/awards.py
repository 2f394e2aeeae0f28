"""Badges are awarded, by the rule or by staff, and revoked.

The member's account is the lock: whoever awards locks it first, then looks. The points come with
the award, in its transaction, by a source that can be posted once: `site:badge:<member>:<badge>`.
Revoking leaves them where they are (docs/decisions/0015-badges.md).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from points.errors import AccountClosed
from points.models import PointAccount, PointAction
from points.services.accounts import get_member, get_or_open_account_id
from points.services.calls import ListText
from points.services.grants import limit_grants
from points.services.postings import Cause, Grants, Source, award_each, award_points

from ..enums import AwardOrigin
from ..errors import BadgeAlreadyEarned, BadgeNotHeld, OwnBadges
from ..models import AWARD_RULE, AWARD_SOURCE_TYPE, Badge, BadgeAward
from ..selectors import get_any_badge, get_badge
from ..signals import badges_awarded, badges_changed

# Award to all, and return whom to tell of it.
INSERT_AWARDS = """
    WITH awarded AS (
        INSERT INTO gamification_badgeaward (
            member_id, badge_id, turn, origin, points, earned_at, awarded_at, reason, revoke_reason
        )
        SELECT member_id, %s, 1, 'rule',
            CASE WHEN %s OR member_id = ANY (%s::bigint[]) THEN %s ELSE 0 END,
            earned_at, %s, '', ''
        FROM unnest(%s::bigint[], %s::timestamptz[]) AS earner(member_id, earned_at)
        RETURNING member_id, points, earned_at
    )
    SELECT member_id, points, earned_at FROM awarded WHERE earned_at > %s
"""
# Sources are those of _make_source_id.
FIND_EARNERS = """
    SELECT badge_id, count(*), array_agg(member_id)::text, array_agg(account_id)::text,
        array_agg('site:badge:' || member_id || ':' || badge_id)::text, array_agg(met_at)::text
    FROM {} GROUP BY badge_id ORDER BY badge_id
"""
NO_REASON = "No reason was given."


@dataclass(frozen=True, kw_only=True)
class Earners:
    """Members who have met a badge's criterion, and when: lists side by side, a row to a member.

    Their accounts are locked. There may be thousands of them, hence no object for each.
    """

    badge_id: int
    count: int
    member_ids: ListText
    account_ids: ListText
    source_ids: ListText
    met_ats: ListText


@dataclass(frozen=True, kw_only=True)
class NewAward:
    """A badge that has just been awarded for the first time, as members are told."""

    badge: Badge
    member_id: int
    points: int
    earned_at: datetime


def award_met_badges(*, metric_ids: Sequence[int], member_ids: Sequence[int], now: datetime) -> int:
    """Award the published badges that members have come to; return how many awards that were.

    The two lists are pairs: a member whose scores in a metric were written in this transaction.
    """
    earners = find_earners(
        "gamification_find_earners(%s::bigint[], %s::bigint[])",
        # As the database writes lists: there are thousands of pairs, and numbers need no care.
        [f"{{{','.join(map(str, ids))}}}" for ids in (metric_ids, member_ids)],
    )
    return give_badges(earners=earners, now=now) if earners else 0


def find_earners(function: str, params: list[Any]) -> list[Earners]:
    """Call a function that locks earners; return them by badge."""
    with connection.cursor() as cursor:
        cursor.execute(FIND_EARNERS.format(function), params)
        return [
            Earners(
                badge_id=badge_id,
                count=count,
                member_ids=member_ids,
                account_ids=account_ids,
                source_ids=source_ids,
                met_ats=met_ats,
            )
            for badge_id, count, member_ids, account_ids, source_ids, met_ats in cursor.fetchall()
        ]


def give_badges(*, earners: Iterable[Earners], now: datetime) -> int:
    """Award badges to members who have just been locked; return how many.

    Tells of those that were earned in the last LOYALTY_BADGE_NEWS_DAYS.
    """
    earners = list(earners)
    badges = Badge.objects.in_bulk([mine.badge_id for mine in earners])
    since = now - timedelta(days=settings.LOYALTY_BADGE_NEWS_DAYS)
    news: list[NewAward] = []
    for mine in earners:
        badge = badges[mine.badge_id]
        paid_ids = _grant_each(badge, mine, now)
        all_paid = len(paid_ids) == mine.count
        with connection.cursor() as cursor:
            cursor.execute(
                INSERT_AWARDS,
                [
                    badge.pk,
                    all_paid,
                    [] if all_paid else paid_ids,
                    badge.points,
                    now,
                    mine.member_ids,
                    mine.met_ats,
                    since,
                ],
            )
            news += [
                NewAward(badge=badge, member_id=member_id, points=points, earned_at=earned_at)
                for member_id, points, earned_at in cursor.fetchall()
            ]
    _announce(news)
    return sum(mine.count for mine in earners)


def award_badge(
    *, user_id: str, badge_type: str, actor: Any, reason: str, now: datetime
) -> BadgeAward:
    """Give a member a badge by hand, with its points the first time, and return the award.

    Raises OwnBadges, BadgeNotFound, MemberNotFound, AccountClosed, BadgeAlreadyEarned,
    GrantLimitReached.
    """
    _refuse_oneself(actor, user_id)
    badge = get_badge(badge_type)
    with transaction.atomic(), limit_grants(actor=actor, amount=badge.points, now=now):
        account = _lock_account(get_or_open_account_id(public_id=user_id, now=now))
        awards = BadgeAward.objects.filter(member_id=account.member_id, badge=badge)
        if standing := awards.filter(revoked_at=None).first():
            raise BadgeAlreadyEarned(badge_type=badge.type, earned_at=standing.earned_at)
        turns = awards.aggregate(last=Max("turn"))["last"] or 0
        award = BadgeAward.objects.create(
            member_id=account.member_id,
            badge=badge,
            turn=turns + 1,
            origin=AwardOrigin.STAFF,
            points=0 if turns else _grant_one(badge, account, actor, now),
            earned_at=now,
            awarded_at=now,
            awarded_by=actor,
            reason=reason,
        )
        if turns:
            badges_changed.send(sender=None)
        else:
            _announce(
                [
                    NewAward(
                        badge=badge,
                        member_id=account.member_id,
                        points=award.points,
                        earned_at=now,
                    )
                ]
            )
    return award


def revoke_badge(
    *, id_or_type: str, user_id: str, actor: Any, reason: str, now: datetime
) -> BadgeAward:
    """Take a badge away from a member and return the award that ended.

    Its points stay, and the rule never gives it again. Raises OwnBadges, BadgeNotFound,
    MemberNotFound, BadgeNotHeld.
    """
    _refuse_oneself(actor, user_id)
    badge = get_any_badge(id_or_type)
    member = get_member(user_id)
    with transaction.atomic():
        award = (
            BadgeAward.objects.select_for_update(of=("self",), no_key=True)
            .select_related("badge", "member")
            .filter(member=member, badge=badge, revoked_at=None)
            .first()
        )
        if award is None:
            raise BadgeNotHeld
        award.revoked_at = now
        award.revoked_by = actor
        award.revoke_reason = reason or NO_REASON
        award.save(update_fields=["revoked_at", "revoked_by", "revoke_reason"])
        badges_changed.send(sender=None)
    return award


def _grant_each(badge: Badge, earners: Earners, now: datetime) -> list[int]:
    """Post the badge's points to all earners; return the members who got them."""
    if not badge.points:
        return []
    grants = Grants(
        account_ids=earners.account_ids,
        source_ids=earners.source_ids,
        occurred_ats=earners.met_ats,
    )
    cause = _make_cause(badge, source_id="", occurred_at=now)
    return award_each(grants=grants, amount=badge.points, cause=cause, now=now)


def _grant_one(badge: Badge, account: PointAccount, actor: Any, now: datetime) -> int:
    if not badge.points:
        return 0
    source_id = _make_source_id(badge, account.member_id)
    cause = _make_cause(badge, source_id=source_id, occurred_at=now, actor_id=actor.pk)
    posting = award_points(account_id=account.pk, amount=badge.points, cause=cause, now=now)
    return 0 if posting.replayed else posting.amount


def _make_cause(
    badge: Badge, *, source_id: str, occurred_at: datetime, actor_id: int | None = None
) -> Cause:
    return Cause(
        source=Source(type=AWARD_SOURCE_TYPE, id=source_id, rule=AWARD_RULE),
        occurred_at=occurred_at,
        description=f"Badge: {badge.name}",
        action=PointAction.objects.filter(code=AWARD_RULE).first(),
        metadata={"badgeId": str(badge.pk), "badgeType": badge.type},
        actor_id=actor_id,
    )


def _make_source_id(badge: Badge, member_id: int) -> str:
    return f"site:badge:{member_id}:{badge.pk}"


def _lock_account(account_id: int) -> PointAccount:
    account = PointAccount.objects.select_for_update(no_key=True).get(pk=account_id)
    if account.closed_at is not None:
        raise AccountClosed
    return account


def _announce(news: list[NewAward]) -> None:
    if news:
        badges_awarded.send(sender=None, awards=news)
    badges_changed.send(sender=None)


def _refuse_oneself(actor: Any, user_id: str) -> None:
    if actor.public_id == user_id:
        raise OwnBadges
