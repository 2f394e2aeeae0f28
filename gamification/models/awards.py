"""Who holds which badge, and the publishing that hands one out to all who had met it before.

award     a badge that a member was given: by the rule, when the criterion was met, or by staff, for
          a reason. It stands until staff revoke it, for a reason; the row stays. `turn` counts how
          often the member was given this badge: the rule gives it only the first time, so what
          staff have revoked comes back by staff alone. `points` is what was granted with it, once
          in all turns, by the transaction whose source is `site:badge:<member>:<badge>`. What comes
          late may say that the rule's `earned_at` was earlier, never that it was later.
backfill  one publishing of a badge, and how far the members who met it before have got it. Members
          up to `after_member` are done, and so are those from `before_member` on: two may work it
          off, one from each end.
"""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from points.models import AMOUNT_MAX, refuse_truncate

from ..enums import AwardOrigin
from .programme import Badge

AWARD_SOURCE_TYPE = "badge"
AWARD_RULE = "EARN_BADGE"

# Looked up row by row: a join might be of everything, planned while there was little.
PAID = f"""
    IF EXISTS (
        SELECT 1 FROM written
        WHERE written.points > 0 AND written.points IS DISTINCT FROM (
            SELECT entry.amount FROM points_pointtransaction entry
            JOIN points_pointaccount account ON account.id = entry.account_id
            WHERE entry.source_type = '{AWARD_SOURCE_TYPE}' AND entry.rule = '{AWARD_RULE}'
              AND entry.source_id = 'site:badge:' || written.member_id || ':' || written.badge_id
              AND account.member_id = written.member_id
        )
    ) THEN
        RAISE EXCEPTION 'a badge was awarded without its points'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'gamification_award_paid';
    END IF;
    RETURN NULL;
"""  # noqa: S608 -- made of the constants above


class BadgeAward(models.Model):
    """A badge that a member was given. The module says what the columns mean."""

    member = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="badge_awards",
        db_index=False,
    )
    badge = models.ForeignKey(Badge, on_delete=models.PROTECT, related_name="awards")
    turn = models.PositiveSmallIntegerField(default=1)
    origin = models.CharField(max_length=8, choices=AwardOrigin.choices)
    points = models.IntegerField()
    earned_at = models.DateTimeField(help_text="When the criterion was met.")
    awarded_at = models.DateTimeField()
    awarded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
    )
    reason = models.CharField(max_length=255, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
    )
    revoke_reason = models.CharField("why it was revoked", max_length=255, blank=True)

    class Meta:
        verbose_name = "awarded badge"
        permissions = [("award_badge", "Can award and revoke badges")]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "badge", "turn"], name="gamification_award_turn_once"
            ),
            models.UniqueConstraint(
                fields=["member", "badge"],
                condition=Q(revoked_at=None),
                name="gamification_award_stands_once",
            ),
            models.CheckConstraint(
                condition=Q(origin=AwardOrigin.RULE, turn=1, awarded_by=None, reason="")
                | (Q(origin=AwardOrigin.STAFF, awarded_by__isnull=False) & ~Q(reason="")),
                name="gamification_award_by_rule_first_or_by_staff",
            ),
            models.CheckConstraint(
                condition=Q(turn__gte=1)
                & (Q(points=0) | Q(turn=1, points__gt=0, points__lte=AMOUNT_MAX)),
                name="gamification_award_points_once",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None, revoke_reason="")
                | (Q(revoked_at__isnull=False, revoked_by__isnull=False) & ~Q(revoke_reason="")),
                name="gamification_award_revoked_for_a_reason",
            ),
            models.CheckConstraint(
                condition=(Q(awarded_by=None) | ~Q(awarded_by=F("member")))
                & (Q(revoked_by=None) | ~Q(revoked_by=F("member"))),
                name="gamification_award_not_by_oneself",
            ),
        ]
        indexes = [
            models.Index(
                fields=["-awarded_at"],
                condition=Q(origin=AwardOrigin.STAFF),
                name="gamification_award_by_staff",
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            refuse_truncate("gamification_award"),
            pgtrigger.Protect(name="gamification_award_refuse_delete", operation=pgtrigger.Delete),
            # Statements, not rows: a backfill writes thousands in one.
            pgtrigger.Trigger(
                name="gamification_award_paid",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="written"),  # type: ignore[no-untyped-call]
                func=PAID,
            ),
            pgtrigger.Trigger(
                name="gamification_award_noted",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="written"),  # type: ignore[no-untyped-call]
                func="PERFORM gamification_note_badges(array_agg(member_id)) FROM written; "
                "RETURN NULL;",
            ),
            pgtrigger.Trigger(
                name="gamification_award_only_revoked",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF (NEW.id, NEW.member_id, NEW.badge_id, NEW.turn, NEW.origin, NEW.points,
                        NEW.awarded_at, NEW.awarded_by_id, NEW.reason)
                       IS DISTINCT FROM
                       (OLD.id, OLD.member_id, OLD.badge_id, OLD.turn, OLD.origin, OLD.points,
                        OLD.awarded_at, OLD.awarded_by_id, OLD.reason)
                       OR (CASE WHEN NEW.earned_at = OLD.earned_at
                           THEN OLD.revoked_at IS NOT NULL OR NEW.revoked_at IS NULL
                           ELSE NEW.earned_at > OLD.earned_at OR OLD.origin <> 'rule'
                               OR (NEW.revoked_at, NEW.revoked_by_id, NEW.revoke_reason)
                               IS DISTINCT FROM
                               (OLD.revoked_at, OLD.revoked_by_id, OLD.revoke_reason)
                       END)
                    THEN
                        RAISE EXCEPTION 'award % is revoked once or found to be of earlier', OLD.id
                        USING ERRCODE = 'check_violation',
                              CONSTRAINT = 'gamification_award_only_revoked';
                    END IF;
                    PERFORM gamification_note_badges(ARRAY[NEW.member_id]);
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.badge_id} of member {self.member_id}"


class BadgeBackfill(models.Model):
    """One publishing of a badge. `waiting_count` is how many met it when it was published."""

    badge = models.ForeignKey(Badge, on_delete=models.PROTECT, related_name="backfills")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
    )
    requested_at = models.DateTimeField(db_default=Now())
    waiting_count = models.BigIntegerField(default=0)
    awarded_count = models.BigIntegerField(default=0)
    points_granted = models.BigIntegerField(default=0)
    after_member = models.BigIntegerField(default=0)
    before_member = models.BigIntegerField(
        default=models.BigIntegerField.MAX_BIGINT, db_default=models.BigIntegerField.MAX_BIGINT
    )
    finished_at = models.DateTimeField(null=True, blank=True)
    stopped_because = models.CharField(max_length=255, blank=True)

    class Meta:
        verbose_name = "publishing"
        constraints = [
            models.UniqueConstraint(
                fields=["badge"],
                condition=Q(finished_at=None),
                name="gamification_backfill_one_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"publishing {self.pk} of badge {self.badge_id}"

    @property
    def percentage(self) -> int:
        """Return how far it is, from 0 to 100."""
        if self.finished_at:
            return 100
        return min(99, 100 * self.awarded_count // max(self.waiting_count, 1))
