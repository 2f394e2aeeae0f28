"""Referral codes and referrals.

code      eight characters that stand for one member for ever. A member has one current code;
          a replaced one is retired, converts nobody and is never given to anyone else.
referral  one member brought, or is about to bring, another one.

A referral moves from pending (an e-mail was invited, nobody has registered yet) to converted
(the new member has an account) to activated (the new member completed a purchase). Where the
programme doubts it, it is held in review between the first two, and staff let it convert or refuse
it.
"""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Upper

from points.models import refuse_truncate

from .enums import HoldReason, ReferralStatus

# 32 characters, none of which is mistaken for another: no 0 and O, no 1 and I.
CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 8
CODE_PATTERN = rf"^[{CODE_ALPHABET}]{{{CODE_LENGTH}}}$"
REASON_LENGTH_MAX = 1_000


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


# Of each status: the instants it has (True) and has not (False); others it may have.
STATUS_FACTS: dict[ReferralStatus, dict[str, bool]] = {
    ReferralStatus.PENDING: {
        "invited_at": True,
        "referred": False,
        "held_at": False,
        "decided_at": False,
        "purchased_at": False,
        "converted_at": False,
        "activated_at": False,
    },
    ReferralStatus.IN_REVIEW: {
        "referred": True,
        "held_at": True,
        "decided_at": False,
        "converted_at": False,
        "activated_at": False,
    },
    ReferralStatus.CONVERTED: {"referred": True, "converted_at": True, "activated_at": False},
    ReferralStatus.ACTIVATED: {"referred": True, "converted_at": True, "activated_at": True},
    ReferralStatus.REFUSED: {
        "referred": True,
        "held_at": True,
        "decided_at": True,
        "converted_at": False,
        "activated_at": False,
    },
}


def _status_fits() -> Q:
    fits = Q()
    for status, facts in STATUS_FACTS.items():
        fits |= Q(status=status, **{f"{name}__isnull": not has for name, has in facts.items()})
    return fits


class Referral(models.Model):
    """One member brings another. Exactly one per new member, for ever.

    `email` (lower case) is whom an invitation is meant for, `invited_at` when it was sent out
    last; `referred` is filled once that person has an account. A referral that was held in review
    keeps `held_at` and `held_because`; staff's decision is `decided_at`, `decided_by` and
    `decision_reason`. `purchased_at` is a first purchase that completed while it was in review.
    """

    referrer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="referrals",
        db_index=False,
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
    invited_at = models.DateTimeField(null=True, blank=True)
    held_at = models.DateTimeField("in review since", null=True, blank=True)
    held_because = models.CharField(
        "in review because", max_length=16, choices=HoldReason.choices, blank=True
    )
    purchased_at = models.DateTimeField("purchased while in review", null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    decision_reason = models.TextField("reason", max_length=REASON_LENGTH_MAX, blank=True)
    converted_at = models.DateTimeField(null=True, blank=True)
    activated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        permissions = [("decide_referral", "Can decide referrals in review")]
        constraints = [
            models.CheckConstraint(
                condition=Q(referred__isnull=True) | ~Q(referrer=F("referred")),
                name="referrals_referral_not_of_oneself",
            ),
            models.CheckConstraint(
                condition=_status_fits(), name="referrals_referral_status_fits_instants"
            ),
            models.CheckConstraint(
                condition=~Q(status=ReferralStatus.PENDING) | ~Q(email=""),
                name="referrals_referral_invitation_names_email",
            ),
            models.CheckConstraint(
                condition=Q(held_at__isnull=True, held_because="")
                | Q(held_at__isnull=False, held_because__in=HoldReason.values),
                name="referrals_referral_held_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, decided_by__isnull=True, decision_reason="")
                | Q(decided_at__isnull=False, decided_by__isnull=False, held_at__isnull=False),
                name="referrals_referral_decision_names_decider",
            ),
            # Only a decision lets what was held count.
            models.CheckConstraint(
                condition=Q(held_at__isnull=True)
                | Q(converted_at__isnull=True)
                | Q(decided_at__isnull=False, decided_at=F("converted_at")),
                name="referrals_referral_held_counts_when_decided",
            ),
            models.CheckConstraint(
                condition=~Q(status=ReferralStatus.REFUSED) | ~Q(decision_reason=""),
                name="referrals_referral_refused_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True)
                | ~Q(decided_by=F("referrer")) & ~Q(decided_by=F("referred")),
                name="referrals_referral_decider_is_another",
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
            models.Index(
                fields=["invited_at"],
                condition=Q(status=ReferralStatus.PENDING),
                name="referrals_referral_invited_at",
            ),
            models.Index(
                fields=["held_at"],
                condition=Q(status=ReferralStatus.IN_REVIEW),
                name="referrals_referral_queue",
            ),
            models.Index(
                fields=["referrer", "converted_at"], name="referrals_referral_of_referrer"
            ),
            models.Index(
                fields=["converted_at", "referrer"],
                condition=Q(converted_at__isnull=False),
                name="referrals_referral_board",
            ),
            # For `icontains`, which compares in upper case: a part of an invited e-mail.
            GinIndex(
                OpClass(Upper("email"), name="gin_trgm_ops"),
                name="referrals_referral_search",
                condition=~Q(email=""),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="referrals_referral_refuse_delete", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="referrals_referral_origin_fixed", fields=["referrer", "code", "created_at"]
            ),
            # Once there, these stay: whom it is about, and each step with its instant.
            pgtrigger.Protect(
                name="referrals_referral_member_fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__referred__isnull=False)
                & (
                    pgtrigger.Q(old__referred__df=pgtrigger.F("new__referred"))
                    | pgtrigger.Q(old__held_at__df=pgtrigger.F("new__held_at"))
                    | pgtrigger.Q(old__held_because__df=pgtrigger.F("new__held_because"))
                ),
            ),
            pgtrigger.Protect(
                name="referrals_referral_conversion_fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__converted_at__isnull=False)
                & pgtrigger.Q(old__converted_at__df=pgtrigger.F("new__converted_at")),
            ),
            pgtrigger.Protect(
                name="referrals_referral_decision_fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__decided_at__isnull=False)
                & (
                    pgtrigger.Q(old__decided_at__df=pgtrigger.F("new__decided_at"))
                    | pgtrigger.Q(old__decided_by__df=pgtrigger.F("new__decided_by"))
                    | pgtrigger.Q(old__decision_reason__df=pgtrigger.F("new__decision_reason"))
                ),
            ),
            pgtrigger.FSM(
                name="referrals_referral_moves_forward",
                field="status",
                transitions=[
                    (ReferralStatus.PENDING.value, ReferralStatus.CONVERTED.value),
                    (ReferralStatus.PENDING.value, ReferralStatus.IN_REVIEW.value),
                    (ReferralStatus.IN_REVIEW.value, ReferralStatus.CONVERTED.value),
                    (ReferralStatus.IN_REVIEW.value, ReferralStatus.REFUSED.value),
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
