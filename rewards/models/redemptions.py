"""What members redeemed, and where it stands."""

import uuid
from datetime import datetime

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from points.models import AMOUNT_MAX, PointTransaction, refuse_truncate
from rewards.enums import RETURNED_STATUSES, RedemptionStatus

from .catalogue import Reward


class Redemption(models.Model):
    """One member's purchase of one reward. `points` is the price paid, whatever it costs later.

    `approved_by` stays when somebody else completes or rejects it later; `decided_by` is the staff
    user of the latest step, none while it waits or when the member cancelled. `admin_notes` are
    for staff alone, `member_note` is for the member to read.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="redemptions"
    )
    reward = models.ForeignKey(Reward, on_delete=models.PROTECT, related_name="redemptions")
    points = models.IntegerField()
    status = models.CharField(
        max_length=10, choices=RedemptionStatus.choices, default=RedemptionStatus.PENDING
    )
    # Whether one was taken from the shelf, and so goes back to it: not of an unlimited reward.
    took_stock = models.BooleanField(default=False)
    spend = models.OneToOneField(
        PointTransaction, on_delete=models.PROTECT, related_name="redemption"
    )
    reversal = models.OneToOneField(
        PointTransaction,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="returned_redemption",
    )
    redeemed_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True, blank=True)
    rejected_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    admin_notes = models.TextField("notes", max_length=2_000, blank=True)
    member_note = models.TextField(
        "note to the member", max_length=2_000, blank=True, default="", db_default=""
    )

    class Meta:
        permissions = [("decide_redemption", "Can decide redemptions")]
        constraints = [
            models.CheckConstraint(
                condition=Q(points__gte=1, points__lte=AMOUNT_MAX),
                name="rewards_redemption_points_bounded",
            ),
            models.CheckConstraint(
                condition=Q(
                    status=RedemptionStatus.PENDING,
                    approved_at__isnull=True,
                    rejected_at__isnull=True,
                    completed_at__isnull=True,
                    cancelled_at__isnull=True,
                )
                | Q(
                    status=RedemptionStatus.APPROVED,
                    approved_at__isnull=False,
                    rejected_at__isnull=True,
                    completed_at__isnull=True,
                    cancelled_at__isnull=True,
                )
                | Q(
                    status=RedemptionStatus.COMPLETED,
                    approved_at__isnull=False,
                    rejected_at__isnull=True,
                    completed_at__isnull=False,
                    cancelled_at__isnull=True,
                )
                | Q(
                    status=RedemptionStatus.REJECTED,
                    rejected_at__isnull=False,
                    completed_at__isnull=True,
                    cancelled_at__isnull=True,
                )
                | Q(
                    status=RedemptionStatus.CANCELLED,
                    approved_at__isnull=True,
                    rejected_at__isnull=True,
                    completed_at__isnull=True,
                    cancelled_at__isnull=False,
                ),
                name="rewards_redemption_times_fit_status",
            ),
            models.CheckConstraint(
                condition=Q(status__in=RETURNED_STATUSES, reversal__isnull=False)
                | (~Q(status__in=RETURNED_STATUSES) & Q(reversal__isnull=True)),
                name="rewards_redemption_reversal_when_returned",
            ),
            models.CheckConstraint(
                condition=Q(status=RedemptionStatus.PENDING, decided_by__isnull=True)
                | Q(status=RedemptionStatus.CANCELLED)
                | Q(
                    status__in=[
                        RedemptionStatus.APPROVED,
                        RedemptionStatus.REJECTED,
                        RedemptionStatus.COMPLETED,
                    ],
                    decided_by__isnull=False,
                ),
                name="rewards_redemption_decider_fits_status",
            ),
            models.CheckConstraint(
                condition=Q(approved_at__isnull=True, approved_by__isnull=True)
                | Q(approved_at__isnull=False, approved_by__isnull=False),
                name="rewards_redemption_approval_names_approver",
            ),
            models.CheckConstraint(
                condition=(Q(decided_by__isnull=True) | ~Q(decided_by=F("member")))
                & (Q(approved_by__isnull=True) | ~Q(approved_by=F("member"))),
                name="rewards_redemption_decider_is_another",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "redeemed_at"], name="rewards_redemption_queue"),
            models.Index(fields=["member", "-redeemed_at"], name="rewards_redemption_of_member"),
            models.Index(fields=["-redeemed_at"], name="rewards_redemption_redeemed"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="rewards_redemption_begins_paid",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NEW.status <> 'PENDING' THEN
                        RAISE EXCEPTION 'a redemption begins PENDING, not %', NEW.status
                        USING ERRCODE = 'check_violation',
                              CONSTRAINT = 'rewards_redemption_begins_pending';
                    END IF;
                    PERFORM 1
                    FROM points_pointtransaction spend
                    JOIN points_pointaccount account ON account.id = spend.account_id
                    WHERE spend.id = NEW.spend_id AND spend.type = 'spend'
                      AND spend.amount = -NEW.points AND account.member_id = NEW.member_id;
                    IF NOT FOUND THEN
                        RAISE EXCEPTION 'redemption % is not paid by transaction %',
                            NEW.id, NEW.spend_id
                        USING ERRCODE = 'check_violation',
                              CONSTRAINT = 'rewards_redemption_paid_by_its_spend';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="rewards_redemption_steps",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF (NEW.id, NEW.member_id, NEW.reward_id, NEW.points, NEW.spend_id,
                        NEW.took_stock, NEW.redeemed_at)
                       IS DISTINCT FROM
                       (OLD.id, OLD.member_id, OLD.reward_id, OLD.points, OLD.spend_id,
                        OLD.took_stock, OLD.redeemed_at)
                       OR OLD.approved_at IS NOT NULL
                       AND (NEW.approved_at, NEW.approved_by_id)
                           IS DISTINCT FROM (OLD.approved_at, OLD.approved_by_id)
                       OR NEW.status = OLD.status
                       AND (NEW.approved_at, NEW.rejected_at, NEW.completed_at, NEW.cancelled_at,
                            NEW.reversal_id, NEW.decided_by_id)
                           IS DISTINCT FROM
                           (OLD.approved_at, OLD.rejected_at, OLD.completed_at, OLD.cancelled_at,
                            OLD.reversal_id, OLD.decided_by_id)
                    THEN
                        RAISE EXCEPTION 'redemption % keeps what is on record', OLD.id
                        USING ERRCODE = 'check_violation',
                              CONSTRAINT = 'rewards_redemption_record_fixed';
                    END IF;
                    IF NEW.status <> OLD.status
                       AND (OLD.status, NEW.status) NOT IN (
                           ('PENDING', 'APPROVED'), ('PENDING', 'REJECTED'),
                           ('PENDING', 'CANCELLED'), ('APPROVED', 'COMPLETED'),
                           ('APPROVED', 'REJECTED')
                       )
                    THEN
                        RAISE EXCEPTION 'redemption % cannot go from % to %',
                            OLD.id, OLD.status, NEW.status
                        USING ERRCODE = 'check_violation',
                              CONSTRAINT = 'rewards_redemption_step_allowed';
                    END IF;
                    IF NEW.reversal_id IS NOT NULL AND NOT EXISTS (
                        SELECT 1 FROM points_pointtransaction
                        WHERE id = NEW.reversal_id AND reversal_of_id = NEW.spend_id
                    ) THEN
                        RAISE EXCEPTION 'transaction % does not return the points of redemption %',
                            NEW.reversal_id, OLD.id
                        USING ERRCODE = 'check_violation',
                              CONSTRAINT = 'rewards_redemption_reversal_of_its_spend';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Protect(name="rewards_redemption_refuse_delete", operation=pgtrigger.Delete),
            refuse_truncate("rewards_redemption"),
        ]

    def __str__(self) -> str:
        return f"{self.reward} for {self.member}"

    @property
    def decided_at(self) -> datetime | None:
        """When the latest step was taken; None while it waits."""
        return self.completed_at or self.rejected_at or self.cancelled_at or self.approved_at
