"""What members buy on the host platform, and the discount they take on it with points."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from points.models import AMOUNT_MAX, PointTransaction, refuse_truncate
from rewards.enums import CENT, PURCHASE_AMOUNT_MAX, PURCHASE_ID_LENGTH_MAX, PurchaseStatus

PURCHASE_ID_PATTERN = rf"^[A-Za-z0-9][A-Za-z0-9._-]{{0,{PURCHASE_ID_LENGTH_MAX - 1}}}$"


class Purchase(models.Model):
    """One purchase on the host platform, under the host's own id for ever.

    While it is in progress its member may redeem points against it, once: `points_used` bought
    `credit_amount` of its price, paid by `spend`. Cancelling it gives them back by `reversal`.
    `points_earned` is what completing it posted; none when PURCHASE was switched off then.
    """

    id = models.CharField("purchase", max_length=PURCHASE_ID_LENGTH_MAX, primary_key=True)
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="purchases"
    )
    amount = models.DecimalField(max_digits=10, decimal_places=2)
    currency = models.CharField(max_length=3)
    status = models.CharField(
        max_length=16, choices=PurchaseStatus.choices, default=PurchaseStatus.IN_PROGRESS
    )
    registered_at = models.DateTimeField(db_default=Now())
    delivered_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    points_earned = models.BigIntegerField(null=True, blank=True)
    points_used = models.IntegerField(null=True, blank=True)
    credit_amount = models.DecimalField(
        "credit", max_digits=10, decimal_places=2, null=True, blank=True
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    spend = models.OneToOneField(
        PointTransaction, on_delete=models.PROTECT, null=True, blank=True, related_name="purchase"
    )
    reversal = models.OneToOneField(
        PointTransaction,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="cancelled_purchase",
    )

    class Meta:
        permissions = [("report_purchases", "Can report what members buy")]
        constraints = [
            models.CheckConstraint(
                condition=Q(id__regex=PURCHASE_ID_PATTERN), name="rewards_purchase_id_well_formed"
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=CENT, amount__lte=PURCHASE_AMOUNT_MAX),
                name="rewards_purchase_amount_bounded",
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"),
                name="rewards_purchase_currency_well_formed",
            ),
            models.CheckConstraint(
                condition=Q(
                    status=PurchaseStatus.IN_PROGRESS,
                    delivered_at__isnull=True,
                    completed_at__isnull=True,
                    cancelled_at__isnull=True,
                )
                | Q(
                    status=PurchaseStatus.DELIVERED,
                    delivered_at__isnull=False,
                    completed_at__isnull=True,
                    cancelled_at__isnull=True,
                )
                | Q(
                    status=PurchaseStatus.COMPLETED,
                    completed_at__isnull=False,
                    cancelled_at__isnull=True,
                )
                | Q(
                    status=PurchaseStatus.CANCELLED,
                    completed_at__isnull=True,
                    cancelled_at__isnull=False,
                ),
                name="rewards_purchase_times_fit_status",
            ),
            models.CheckConstraint(
                condition=Q(points_earned__isnull=True) | Q(status=PurchaseStatus.COMPLETED),
                name="rewards_purchase_earns_when_completed",
            ),
            models.CheckConstraint(
                condition=Q(
                    spend__isnull=True,
                    points_used__isnull=True,
                    credit_amount__isnull=True,
                    claimed_at__isnull=True,
                )
                | Q(
                    spend__isnull=False,
                    points_used__isnull=False,
                    credit_amount__isnull=False,
                    claimed_at__isnull=False,
                ),
                name="rewards_purchase_claim_whole_or_none",
            ),
            models.CheckConstraint(
                condition=Q(points_used__isnull=True)
                | Q(points_used__gte=1, points_used__lte=AMOUNT_MAX),
                name="rewards_purchase_points_used_bounded",
            ),
            models.CheckConstraint(
                condition=Q(credit_amount__isnull=True)
                | Q(credit_amount__gte=CENT, credit_amount__lte=F("amount")),
                name="rewards_purchase_credit_within_amount",
            ),
            models.CheckConstraint(
                condition=Q(
                    status=PurchaseStatus.CANCELLED, spend__isnull=False, reversal__isnull=False
                )
                | (
                    (~Q(status=PurchaseStatus.CANCELLED) | Q(spend__isnull=True))
                    & Q(reversal__isnull=True)
                ),
                name="rewards_purchase_reversal_when_cancelled",
            ),
        ]
        indexes = [
            models.Index(fields=["member", "-registered_at"], name="rewards_purchase_of_member"),
            models.Index(fields=["status", "-registered_at"], name="rewards_purchase_by_status"),
        ]
        triggers = [
            # An import holds the same lock while it records, so that an id which both bring at the
            # same instant is seen by whoever comes second.
            pgtrigger.Trigger(
                name="rewards_purchase_begins",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NEW.status <> 'in_progress' OR NEW.spend_id IS NOT NULL THEN
                        RAISE EXCEPTION 'a purchase begins in progress and unclaimed'
                        USING ERRCODE = 'check_violation',
                              CONSTRAINT = 'rewards_purchase_begins_in_progress';
                    END IF;
                    PERFORM pg_advisory_xact_lock_shared(hashtext('rewards.purchases'));
                    PERFORM 1 FROM points_activity WHERE event_id = 'purchase:' || NEW.id;
                    IF FOUND THEN
                        RAISE EXCEPTION 'purchase % was imported and has earned', NEW.id
                        USING ERRCODE = 'check_violation',
                              CONSTRAINT = 'rewards_purchase_not_imported';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="rewards_purchase_steps",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF (NEW.id, NEW.member_id, NEW.amount, NEW.currency, NEW.registered_at)
                       IS DISTINCT FROM
                       (OLD.id, OLD.member_id, OLD.amount, OLD.currency, OLD.registered_at)
                       OR NEW.status <> 'delivered'
                       AND NEW.delivered_at IS DISTINCT FROM OLD.delivered_at
                       OR NEW.status = OLD.status
                       AND (NEW.delivered_at, NEW.completed_at, NEW.cancelled_at, NEW.reversal_id)
                           IS DISTINCT FROM
                           (OLD.delivered_at, OLD.completed_at, OLD.cancelled_at, OLD.reversal_id)
                       OR OLD.points_earned IS NOT NULL
                       AND NEW.points_earned IS DISTINCT FROM OLD.points_earned
                       OR OLD.spend_id IS NOT NULL
                       AND (NEW.spend_id, NEW.points_used, NEW.credit_amount, NEW.claimed_at)
                           IS DISTINCT FROM
                           (OLD.spend_id, OLD.points_used, OLD.credit_amount, OLD.claimed_at)
                    THEN
                        RAISE EXCEPTION 'purchase % keeps what is on record', OLD.id
                        USING ERRCODE = 'check_violation',
                              CONSTRAINT = 'rewards_purchase_record_fixed';
                    END IF;
                    IF NEW.status <> OLD.status
                       AND (OLD.status, NEW.status) NOT IN (
                           ('in_progress', 'delivered'), ('in_progress', 'completed'),
                           ('in_progress', 'cancelled'), ('delivered', 'completed'),
                           ('delivered', 'cancelled')
                       )
                    THEN
                        RAISE EXCEPTION 'purchase % cannot go from % to %',
                            OLD.id, OLD.status, NEW.status
                        USING ERRCODE = 'check_violation',
                              CONSTRAINT = 'rewards_purchase_step_allowed';
                    END IF;
                    IF NEW.spend_id IS NOT NULL AND OLD.spend_id IS NULL THEN
                        IF (OLD.status, NEW.status) <> ('in_progress', 'in_progress') THEN
                            RAISE EXCEPTION 'purchase % is not in progress', OLD.id
                            USING ERRCODE = 'check_violation',
                                  CONSTRAINT = 'rewards_purchase_claimed_in_progress';
                        END IF;
                        PERFORM 1
                        FROM points_pointtransaction spend
                        JOIN points_pointaccount account ON account.id = spend.account_id
                        WHERE spend.id = NEW.spend_id AND spend.type = 'spend'
                          AND spend.amount = -NEW.points_used
                          AND account.member_id = NEW.member_id;
                        IF NOT FOUND THEN
                            RAISE EXCEPTION 'the claim on purchase % is not paid by transaction %',
                                OLD.id, NEW.spend_id
                            USING ERRCODE = 'check_violation',
                                  CONSTRAINT = 'rewards_purchase_claim_paid_by_its_spend';
                        END IF;
                    END IF;
                    IF NEW.reversal_id IS NOT NULL AND NOT EXISTS (
                        SELECT 1 FROM points_pointtransaction
                        WHERE id = NEW.reversal_id AND reversal_of_id = NEW.spend_id
                    ) THEN
                        RAISE EXCEPTION 'transaction % does not return the points of purchase %',
                            NEW.reversal_id, OLD.id
                        USING ERRCODE = 'check_violation',
                              CONSTRAINT = 'rewards_purchase_reversal_of_its_spend';
                    END IF;
                    IF NEW.points_earned IS NOT NULL AND NOT EXISTS (
                        SELECT 1
                        FROM points_activity activity
                        JOIN points_pointaccount account ON account.id = activity.account_id
                        WHERE activity.event_id = 'site:purchase:' || NEW.id || ':completed'
                          AND activity.points = NEW.points_earned
                          AND account.member_id = NEW.member_id
                    ) THEN
                        RAISE EXCEPTION 'no activity earned % points for purchase %',
                            NEW.points_earned, OLD.id
                        USING ERRCODE = 'check_violation',
                              CONSTRAINT = 'rewards_purchase_earned_by_its_activity';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Protect(name="rewards_purchase_refuse_delete", operation=pgtrigger.Delete),
            refuse_truncate("rewards_purchase"),
        ]

    def __str__(self) -> str:
        return f"purchase {self.pk}"
