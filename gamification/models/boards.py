"""Leaderboards: which metrics members are compared by, and who wishes not to be named.

leaderboard       a metric that members may be ranked by. Its order is that of the scores' board
                  index: value DESC, reached_at, member.
board mark        every so-many-th row of a board, with how many rows stand up to it. Whoever looks
                  for a place goes to the nearest mark and counts the few rows from there.
board change      a board (metric and period) whose scores were written since its marks were made.
                  Triggers on the scores write it in that very transaction. It is only ever added
                  and deleted, so that nobody who writes scores waits for anybody else.
board preference  how a member wishes to be shown to other members.
name stamp        a random number, added whenever somebody's name or preference changes. Processes
                  remember the names on the first page of a board together with the stamps.

Marks are derived and may be as old as the last sweep; boards too small to have one are counted
live. The functions in `gamification/sql/boards*.sql` write and read them.
"""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now

from ..enums import PeriodKind
from .programme import Metric

SLUG_PATTERN = r"^[a-z][a-z0-9_-]*$"
# What the address of a board cannot be, since another page has it.
SLUGS_TAKEN = ("preferences",)
ALIAS_LENGTH_MAX = 30


def refuse_taken_slug(slug: str) -> None:
    """Refuse the name of another page."""
    if slug in SLUGS_TAKEN:
        raise ValidationError("Another page has this address.")


class Leaderboard(models.Model):
    """A board at `/v2/gamification/leaderboard/<slug>`: members ordered by a metric."""

    slug = models.CharField(
        "address",
        max_length=64,
        unique=True,
        validators=[
            RegexValidator(SLUG_PATTERN, "Small letters, digits, _ and - only."),
            refuse_taken_slug,
        ],
        help_text="The last part of its address: /v2/gamification/leaderboard/…",
    )
    title = models.CharField(max_length=100)
    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="leaderboards")
    unit = models.CharField(
        max_length=32, blank=True, help_text="What stands behind a value, e.g. points."
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(slug__regex=SLUG_PATTERN) & ~Q(slug__in=SLUGS_TAKEN),
                name="gamification_leaderboard_slug_is_address",
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            # Boards that nobody could see have no marks.
            pgtrigger.Trigger(
                name="gamification_leaderboard_wants_marks",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("metric_id", "is_active"),  # type: ignore[no-untyped-call]
                func="PERFORM gamification_request_marks(NEW.metric_id); RETURN NULL;",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class BoardMark(models.Model):
    """The row at a `position` of a board: so many rows stand there up to it, itself included.

    `above` rows stand above its value, `through` down to the last that has it.
    """

    pk = models.CompositePrimaryKey("metric", "period_kind", "period_start", "position")
    metric = models.ForeignKey(
        Metric, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    position = models.BigIntegerField()
    above = models.BigIntegerField()
    through = models.BigIntegerField()
    value = models.BigIntegerField()
    reached_at = models.DateTimeField()
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    period_start = models.DateField()
    period_kind = models.SmallIntegerField(choices=PeriodKind.choices)

    class Meta:
        indexes = [
            models.Index(
                F("metric"),
                F("period_kind"),
                F("period_start"),
                F("value").desc(),
                F("reached_at"),
                F("member"),
                name="gamification_mark_order",
            ),
        ]

    def __str__(self) -> str:
        return f"place {self.position} in metric {self.metric_id}"


class BoardChange(models.Model):
    """A board whose marks have to be made anew."""

    metric = models.ForeignKey(
        Metric, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    period_start = models.DateField()
    period_kind = models.SmallIntegerField(choices=PeriodKind.choices)

    class Meta:
        indexes = [
            models.Index(
                fields=["metric", "period_kind", "period_start"], name="gamification_change_board"
            ),
        ]

    def __str__(self) -> str:
        return f"a change in metric {self.metric_id}"


class BoardPreference(models.Model):
    """How a member wishes to be shown to other members; without a row, by name.

    Hidden goes before the alias. Either way the place stays theirs and their `userId` is kept
    from others.
    """

    member = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="board_preference",
    )
    is_hidden = models.BooleanField("hidden", default=False)
    alias = models.CharField(max_length=ALIAS_LENGTH_MAX, blank=True)
    changed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("alias"), condition=~Q(alias=""), name="gamification_alias_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"how member {self.member_id} is shown"


class NameStamp(models.Model):
    """A change of somebody's name or preference, as a number drawn at random."""

    stamp = models.BigIntegerField()

    def __str__(self) -> str:
        return f"stamp {self.stamp}"
