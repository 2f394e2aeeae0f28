"""Who waits for a sold-out reward."""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from points.models import refuse_truncate

from .catalogue import Reward


class RewardWatch(models.Model):
    """A member's place in the line for a reward: in order of `id`, until they are told.

    `told_at` is when they heard that there is one again; the watch is over then and stays on
    record. `told_count` is the reward's `sold_out_count` of that instant: once it has moved on,
    whatever they were told of is gone. The e-mail follows after the commit: `mailed_at` says when,
    `mail_refused_at` that the mail server will not have it.
    """

    reward = models.ForeignKey(
        Reward, on_delete=models.PROTECT, related_name="watches", db_index=False
    )
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reward_watches"
    )
    created_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)
    told_count = models.IntegerField(null=True, blank=True, editable=False)
    mailed_at = models.DateTimeField(null=True, blank=True)
    mail_refused_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "reward watch"
        verbose_name_plural = "reward watches"
        constraints = [
            models.UniqueConstraint(
                fields=["reward", "member"],
                condition=Q(told_at=None),
                name="rewards_watch_once_in_line",
            ),
            models.CheckConstraint(
                condition=Q(told_at=None, told_count=None)
                | Q(
                    told_at__isnull=False,
                    told_at__gte=F("created_at"),
                    told_count__isnull=False,
                ),
                name="rewards_watch_told_after_it_began",
            ),
            models.CheckConstraint(
                condition=Q(mailed_at=None, mail_refused_at=None)
                | Q(told_at__isnull=False, mailed_at=None)
                | Q(told_at__isnull=False, mail_refused_at=None),
                name="rewards_watch_mailed_or_refused",
            ),
        ]
        indexes = [
            models.Index(fields=["reward", "told_at"], name="rewards_watch_told"),
            models.Index(
                fields=["told_at"],
                condition=Q(told_at__isnull=False, mailed_at=None, mail_refused_at=None),
                name="rewards_watch_unmailed",
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            # Who was told is not told again, and what is on record of it stays.
            pgtrigger.Trigger(
                name="rewards_watch_told_once",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF OLD.told_at IS NULL AND TG_OP = 'DELETE' THEN
                        RETURN OLD;
                    END IF;
                    IF TG_OP = 'UPDATE'
                       AND (NEW.id, NEW.reward_id, NEW.member_id, NEW.created_at)
                         = (OLD.id, OLD.reward_id, OLD.member_id, OLD.created_at)
                       AND (OLD.told_at IS NULL
                            OR (NEW.told_at, NEW.told_count) = (OLD.told_at, OLD.told_count)
                            AND OLD.mailed_at IS NULL AND OLD.mail_refused_at IS NULL)
                    THEN
                        RETURN NEW;
                    END IF;
                    RAISE EXCEPTION 'watch % keeps what is on record', OLD.id
                    USING ERRCODE = 'check_violation',
                          CONSTRAINT = 'rewards_watch_record_fixed';
                """,
            ),
            refuse_truncate("rewards_watch"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} watches reward {self.reward_id}"
