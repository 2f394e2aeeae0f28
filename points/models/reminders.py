"""What members were told before their points lapsed."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q

from .ledger import PointAccount
from .triggers import refuse_truncate


class ExpiryReminder(models.Model):
    """A member was told that points will lapse: once per lapse date and days before, for ever.

    `lapse_date` is the programme's day on which they lapse and `expires_at` the first instant of it
    at which some do; `days_before` is which of the programme's reminders this is, not how many days
    were left. The e-mail follows after the commit: `mailed_at` says when, `mail_refused_at` that
    the mail server will not have it.
    """

    account = models.ForeignKey(
        PointAccount, on_delete=models.PROTECT, related_name="expiry_reminders", db_index=False
    )
    lapse_date = models.DateField()
    days_before = models.PositiveSmallIntegerField()
    points = models.BigIntegerField()
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True, blank=True)
    mail_refused_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "lapse_date", "days_before"], name="points_reminder_once"
            ),
            models.CheckConstraint(condition=Q(points__gt=0), name="points_reminder_of_points"),
            models.CheckConstraint(
                condition=Q(mailed_at=None) | Q(mail_refused_at=None),
                name="points_reminder_mailed_or_refused",
            ),
        ]
        indexes = [
            models.Index(
                fields=["account", "expires_at"],
                condition=Q(mailed_at=None, mail_refused_at=None),
                name="points_reminder_unmailed",
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            # Only the e-mail's fate is written later, and only once.
            pgtrigger.Trigger(
                name="points_reminder_refuse_change",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF TG_OP = 'UPDATE' AND OLD.mailed_at IS NULL AND OLD.mail_refused_at IS NULL
                       AND (NEW.id, NEW.account_id, NEW.lapse_date, NEW.days_before, NEW.points,
                            NEW.expires_at, NEW.created_at)
                         = (OLD.id, OLD.account_id, OLD.lapse_date, OLD.days_before, OLD.points,
                            OLD.expires_at, OLD.created_at)
                    THEN
                        RETURN NEW;
                    END IF;
                    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
                    USING ERRCODE = 'restrict_violation';
                """,
            ),
            refuse_truncate("points_reminder"),
        ]

    def __str__(self) -> str:
        return f"{self.points} points lapse on {self.lapse_date}"
