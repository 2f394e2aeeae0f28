"""Referral codes and referrals.

code      eight characters that stand for one member for ever. A member has one current code;
          a replaced one is retired, converts nobody and is never given to anyone else.
referral  one member brought, or is about to bring, another one.

A referral moves from pending (an e-mail was invited, nobody has registered yet) to converted
(the new member has an account) to activated (the new member completed a purchase).
"""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from points.models import refuse_truncate

from .enums import ReferralStatus

# 32 characters, none of which is mistaken for another: no 0 and O, no 1 and I.
CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 8
CODE_PATTERN = rf"^[{CODE_ALPHABET}]{{{CODE_LENGTH}}}$"


class ReferralCode(models.Model):
    """A code a member gives away. Kept for ever, so that it never leads to somebody else."""

    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="referral_codes"
    )
    code = models.CharField(max_length=CODE_LENGTH, unique=True)
    issued_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member"],
                condition=Q(retired_at__isnull=True),
                name="referrals_code_one_current_per_member",
            ),
            models.CheckConstraint(
                condition=Q(code__regex=CODE_PATTERN), name="referrals_code_well_formed"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="referrals_code_refuse_delete", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="referrals_code_origin_fixed", fields=["member", "code", "issued_at"]
            ),
            pgtrigger.Protect(
                name="referrals_code_stays_retired",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__retired_at__isnull=False),
            ),
            refuse_truncate("referrals_code"),
        ]

    def __str__(self) -> str:
        return self.code


class Referral(models.Model):
    """One member brings another. Exactly one per new member, for ever.

    `email` (lower case) is whom a pending invitation is meant for; `referred` is filled once that
    person has an account.
    """

    referrer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="referrals"
    )
    code = models.ForeignKey(ReferralCode, on_delete=models.PROTECT, related_name="referrals")
    email = models.EmailField("e-mail", max_length=255, blank=True)
    referred = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="referral",
    )
    status = models.CharField(max_length=16, choices=ReferralStatus.choices)
    created_at = models.DateTimeField()
    converted_at = models.DateTimeField(null=True, blank=True)
    activated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(referred__isnull=True) | ~Q(referrer=F("referred")),
                name="referrals_referral_not_of_oneself",
            ),
            models.CheckConstraint(
                condition=Q(
                    status=ReferralStatus.PENDING,
                    referred__isnull=True,
                    converted_at__isnull=True,
                    activated_at__isnull=True,
                )
                & ~Q(email="")
                | Q(
                    status=ReferralStatus.CONVERTED,
                    referred__isnull=False,
                    converted_at__isnull=False,
                    activated_at__isnull=True,
                )
                | Q(
                    status=ReferralStatus.ACTIVATED,
                    referred__isnull=False,
                    converted_at__isnull=False,
                    activated_at__isnull=False,
                ),
                name="referrals_referral_status_fits_instants",
            ),
            models.CheckConstraint(
                condition=Q(email=Lower("email")), name="referrals_referral_email_lower_case"
            ),
            models.UniqueConstraint(
                fields=["referrer", "email"],
                condition=Q(status=ReferralStatus.PENDING),
                name="referrals_referral_one_invitation_per_email",
            ),
        ]
        indexes = [
            models.Index(
                fields=["email"],
                condition=Q(status=ReferralStatus.PENDING),
                name="referrals_referral_invited",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="referrals_referral_refuse_delete", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="referrals_referral_origin_fixed", fields=["referrer", "code", "created_at"]
            ),
            pgtrigger.Protect(
                name="referrals_referral_member_fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__referred__isnull=False)
                & (
                    pgtrigger.Q(old__referred__df=pgtrigger.F("new__referred"))
                    | pgtrigger.Q(old__converted_at__df=pgtrigger.F("new__converted_at"))
                ),
            ),
            pgtrigger.FSM(
                name="referrals_referral_moves_forward",
                field="status",
                transitions=[
                    (ReferralStatus.PENDING.value, ReferralStatus.CONVERTED.value),
                    (ReferralStatus.CONVERTED.value, ReferralStatus.ACTIVATED.value),
                ],
            ),
            pgtrigger.Trigger(
                name="referrals_referral_code_of_referrer",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    PERFORM 1 FROM referrals_referralcode
                    WHERE id = NEW.code_id AND member_id = NEW.referrer_id;
                    IF NOT FOUND THEN
                        RAISE EXCEPTION 'code % is not of member %', NEW.code_id, NEW.referrer_id
                        USING ERRCODE = 'check_violation',
                              CONSTRAINT = 'referrals_referral_code_of_referrer';
                    END IF;
                    RETURN NEW;
                """,
            ),
            refuse_truncate("referrals_referral"),
        ]

    def __str__(self) -> str:
        return f"referral {self.pk}"
