"""Accounts, transactions and lots: what only postings write."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from points.enums import ADDING_TYPES, TAKING_TYPES, TransactionType

from . import digests
from .conditions import are_both_or_neither, is_one_of
from .limits import AMOUNT_MAX, BALANCE_MAX, SOURCE_ID_LENGTH_MAX
from .programme import LevelConfig, PointAction
from .triggers import append_only, refuse_truncate

TRANSACTION_DIGEST = digests.digest_sql("NEW", digests.TRANSACTION, previous="previous.digest")


class PointAccount(models.Model):
    """One member's points. Never written but by a posting.

    It counts its logs, so that a last row that vanished is missed: `version` its transactions,
    `activity_count` and `level_count` the others.
    """

    member = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="point_account"
    )
    balance = models.BigIntegerField(default=0)
    lifetime_points = models.BigIntegerField(default=0)
    level = models.ForeignKey(LevelConfig, on_delete=models.PROTECT, null=True, blank=True)
    version = models.BigIntegerField(default=0)
    activity_count = models.BigIntegerField(db_default=0)
    level_count = models.BigIntegerField(db_default=0)
    opened_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True, blank=True)
    digest = models.BinaryField(editable=False)

    class Meta:
        verbose_name = "account"
        constraints = [
            models.CheckConstraint(
                condition=Q(balance__gte=0), name="points_account_balance_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(balance__lte=BALANCE_MAX), name="points_account_balance_bounded"
            ),
            models.CheckConstraint(
                condition=Q(lifetime_points__gte=0), name="points_account_lifetime_not_negative"
            ),
        ]
        triggers = [
            # Deferred, so that it judges the state at commit: whoever changes a balance without
            # a matching transaction row, by whatever road, is refused.
            pgtrigger.Trigger(
                name="points_account_follows_ledger",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                timing=pgtrigger.Deferred,
                operation=pgtrigger.Insert
                | pgtrigger.UpdateOf("balance", "lifetime_points", "version"),  # type: ignore[no-untyped-call]
                func="""
                    IF NEW.version = 0 AND NEW.balance = 0 AND NEW.lifetime_points = 0 THEN
                        RETURN NULL;
                    END IF;
                    PERFORM 1 FROM points_pointtransaction
                    WHERE account_id = NEW.id AND version = NEW.version
                      AND balance_after = NEW.balance AND lifetime_after = NEW.lifetime_points;
                    IF NOT FOUND THEN
                        RAISE EXCEPTION 'account % has no transaction for its balance', NEW.id
                        USING ERRCODE = 'check_violation',
                              CONSTRAINT = 'points_account_follows_ledger';
                    END IF;
                    RETURN NULL;
                """,
            ),
            # Postings write none of these columns, so they do not pay for it.
            digests.digested(
                "points_account",
                digests.ACCOUNT,
                operation=pgtrigger.Insert
                | pgtrigger.UpdateOf(  # type: ignore[no-untyped-call]
                    "member_id", "level_id", "opened_at", "closed_at", "digest"
                ),
            ),
            pgtrigger.Trigger(
                name="points_account_opening_noted",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                func="INSERT INTO points_accountopening VALUES (NEW.id); RETURN NULL;",
            ),
            refuse_truncate("points_account"),
        ]

    def __str__(self) -> str:
        return f"account {self.pk}"


class AccountOpening(models.Model):
    """An account was opened. No foreign key: this row is what misses an account that vanished."""

    account_id = models.BigIntegerField(primary_key=True)

    class Meta:
        triggers = append_only("points_account_opening")

    def __str__(self) -> str:
        return f"opening of account {self.account_id}"


class PointTransaction(models.Model):
    """One change of one balance. Written once, never changed, corrected by another one."""

    account = models.ForeignKey(
        PointAccount, on_delete=models.PROTECT, related_name="transactions", db_index=False
    )
    version = models.BigIntegerField()
    type = models.CharField(max_length=16, choices=TransactionType.choices)
    amount = models.BigIntegerField()
    shortfall = models.BigIntegerField(
        default=0, help_text="What a penalty could not take because the balance was too small."
    )
    balance_after = models.BigIntegerField()
    lifetime_after = models.BigIntegerField()
    action = models.ForeignKey(
        PointAction, on_delete=models.PROTECT, null=True, blank=True, db_index=False
    )
    category = models.CharField(max_length=64, blank=True)
    description = models.CharField(max_length=255, blank=True)
    source_type = models.CharField(max_length=32)
    source_id = models.CharField(max_length=SOURCE_ID_LENGTH_MAX)
    rule = models.CharField(max_length=64)
    reversal_of = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversal"
    )
    metadata = models.JSONField(default=dict, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="The staff user who did this; empty when a rule did.",
    )
    expires_at = models.DateTimeField(null=True, blank=True)
    occurred_at = models.DateTimeField()
    created_at = models.DateTimeField()
    digest = models.BinaryField(editable=False)

    class Meta:
        verbose_name = "transaction"
        permissions = [
            ("grant_points", "Can grant and deduct points"),
            ("grant_points_without_limit", "Can grant points without the daily limit"),
            ("serve_members", "Can see the points of any member, one at a time"),
        ]
        constraints = [
            # What it includes lets the balance at an instant be read from the index alone.
            models.UniqueConstraint(
                fields=["account", "version"],
                include=["created_at", "balance_after"],
                name="points_transaction_version_unique",
            ),
            models.UniqueConstraint(
                fields=["source_type", "source_id", "rule"], name="points_transaction_source_unique"
            ),
            # A penalty takes points or is short of some; nothing else is ever short.
            models.CheckConstraint(
                condition=Q(is_one_of("type", ADDING_TYPES), amount__gt=0)
                | Q(is_one_of("type", TAKING_TYPES), amount__lte=0, amount__lt=F("shortfall")),
                name="points_transaction_sign_fits_type",
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=-AMOUNT_MAX, amount__lte=AMOUNT_MAX),
                name="points_transaction_amount_bounded",
            ),
            models.CheckConstraint(
                condition=Q(balance_after__gte=0), name="points_transaction_balance_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(shortfall=0) | Q(shortfall__gt=0, type=TransactionType.PENALTY),
                name="points_transaction_shortfall_of_penalty",
            ),
            models.CheckConstraint(
                condition=are_both_or_neither(
                    Q(type=TransactionType.REVERSAL), Q(reversal_of__isnull=False)
                ),
                name="points_transaction_reversal_names_original",
            ),
        ]
        indexes = [
            models.Index(fields=["created_at"], name="points_tx_created"),
            # What somebody granted today; rules, which post nearly everything, are not in it.
            models.Index(
                fields=["actor", "created_at"],
                condition=Q(actor__isnull=False),
                name="points_tx_by_actor",
            ),
        ]
        triggers = [
            *append_only("points_transaction"),
            pgtrigger.Trigger(
                name="points_transaction_continues_chain",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("previous", "record"), ("earned", "bigint")],
                func=f"""
                    earned := CASE WHEN NEW.type IN ('earn', 'admin_grant')
                        THEN NEW.amount ELSE 0 END;
                    IF NEW.version = 1 THEN
                        SELECT 0::bigint AS balance_after, 0::bigint AS lifetime_after,
                               ''::bytea AS digest
                        INTO previous;
                    ELSE
                        SELECT balance_after, lifetime_after, digest INTO previous
                        FROM points_pointtransaction
                        WHERE account_id = NEW.account_id AND version = NEW.version - 1;
                    END IF;
                    IF NOT FOUND
                       OR previous.balance_after + NEW.amount <> NEW.balance_after
                       OR previous.lifetime_after + earned <> NEW.lifetime_after
                    THEN
                        RAISE EXCEPTION 'transaction %.% does not continue the chain',
                            NEW.account_id, NEW.version
                        USING ERRCODE = 'check_violation',
                              CONSTRAINT = 'points_transaction_continues_chain';
                    END IF;
                    NEW.digest := {TRANSACTION_DIGEST};
                    RETURN NEW;
                """,  # noqa: S608 -- made of the column names in digests.py
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_type_display()} {self.amount:+d}"

    @property
    def action_or_type(self) -> str:
        """The code of its action; without one its type in capitals, as `SPEND`."""
        return self.action.code if self.action else str(self.type).upper()


class PointLot(models.Model):
    """Points earned together; `remaining` is what is left of them. Known by what earned them.

    Spendable while `expires_at` lies in the future; none means they never lapse.
    """

    account = models.ForeignKey(
        PointAccount, on_delete=models.PROTECT, related_name="lots", db_index=False
    )
    transaction = models.OneToOneField(
        PointTransaction, on_delete=models.PROTECT, related_name="lot", primary_key=True
    )
    amount = models.BigIntegerField()
    remaining = models.BigIntegerField()
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "lot"
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="points_lot_amount_positive"),
            models.CheckConstraint(
                condition=Q(remaining__gte=0, remaining__lte=F("amount")),
                name="points_lot_remaining_within_amount",
            ),
        ]
        indexes = [
            models.Index(
                fields=["account", "expires_at", "transaction"],
                condition=Q(remaining__gt=0),
                name="points_lot_spendable",
            ),
            models.Index(
                fields=["expires_at", "account"],
                condition=Q(remaining__gt=0, expires_at__isnull=False),
                name="points_lot_due",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="points_lot_refuse_delete", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="points_lot_origin_fixed", fields=["account", "transaction", "amount"]
            ),
            refuse_truncate("points_lot"),
        ]

    def __str__(self) -> str:
        return f"lot {self.pk}: {self.remaining} of {self.amount}"


class LotUse(models.Model):
    """How much of a lot a transaction took; negative when a reversal gave it back."""

    transaction = models.ForeignKey(
        PointTransaction, on_delete=models.PROTECT, related_name="lot_uses", db_index=False
    )
    lot = models.ForeignKey(PointLot, on_delete=models.PROTECT, related_name="uses")
    amount = models.BigIntegerField()
    # Set when giving back to a lapsed lot prolonged its life, so that the audit can retell it.
    lot_extended_to = models.DateTimeField(null=True, blank=True)
    digest = models.BinaryField(editable=False)

    class Meta:
        verbose_name = "lot use"
        constraints = [
            models.UniqueConstraint(
                fields=["transaction", "lot"], name="points_lot_use_once_per_transaction"
            ),
            models.CheckConstraint(condition=~Q(amount=0), name="points_lot_use_not_zero"),
        ]
        triggers = [
            *append_only("points_lot_use"),
            digests.digested("points_lot_use", digests.LOT_USE),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of lot {self.lot_id}"


class ReachedLevel(models.Model):
    """A member reached a level, once for ever, by this transaction.

    `min_points` is what the level took then.
    """

    account = models.ForeignKey(
        PointAccount, on_delete=models.PROTECT, related_name="levels", db_index=False
    )
    level = models.ForeignKey(LevelConfig, on_delete=models.PROTECT)
    transaction = models.ForeignKey(PointTransaction, on_delete=models.PROTECT)
    min_points = models.BigIntegerField()
    reached_at = models.DateTimeField()
    digest = models.BinaryField(editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "level"], name="points_level_reached_once"),
        ]
        triggers = [
            *append_only("points_reached_level"),
            digests.digested("points_reached_level", digests.REACHED_LEVEL),
        ]

    def __str__(self) -> str:
        return f"{self.level_id} by account {self.account_id}"
