"""What staff set: levels, and what actions earn."""

import pgtrigger
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

from .limits import AMOUNT_MAX


class LevelConfig(models.Model):
    """A level and the lifetime points it takes."""

    name = models.CharField(max_length=32, unique=True)
    tier = models.PositiveSmallIntegerField(unique=True)
    min_points = models.BigIntegerField(unique=True, validators=[MinValueValidator(0)])
    perks = models.JSONField(default=list, blank=True, help_text="A list of sentences.")

    class Meta:
        verbose_name = "level"
        constraints = [
            models.CheckConstraint(
                condition=Q(min_points__gte=0), name="points_level_min_points_not_negative"
            ),
        ]
        triggers = [
            # Deferred, so that two levels may change places; locked, so that of two who change
            # levels at once the second sees what the first one did.
            pgtrigger.Trigger(
                name="points_level_rises_with_tier",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                timing=pgtrigger.Deferred,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("tier", "min_points"),  # type: ignore[no-untyped-call]
                declare=[("other", "points_levelconfig")],
                func="""
                    PERFORM pg_advisory_xact_lock(hashtextextended('points_levelconfig', 0));
                    SELECT another.* INTO other
                    FROM points_levelconfig another JOIN points_levelconfig this
                    ON this.id = NEW.id AND another.id <> this.id
                    AND (another.tier < this.tier) <> (another.min_points < this.min_points)
                    LIMIT 1;
                    IF FOUND THEN
                        RAISE EXCEPTION 'level % contradicts level %', NEW.name, other.name
                        USING ERRCODE = 'check_violation',
                              CONSTRAINT = 'points_level_rises_with_tier';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a level that takes more points than a higher one, or less than a lower one."""
        figures: tuple[int | None, int | None] = (self.tier, self.min_points)
        if None in figures:
            return
        contradicting = LevelConfig.objects.exclude(pk=self.pk).filter(
            Q(tier__lt=self.tier, min_points__gte=self.min_points)
            | Q(tier__gt=self.tier, min_points__lte=self.min_points)
        )
        other = contradicting.order_by("tier").first()
        if other is not None:
            raise ValidationError(
                {"min_points": f"{other} is tier {other.tier} and takes {other.min_points:,}."}
            )


class PointAction(models.Model):
    """Something members can do and what it earns.

    A flat action earns `points`. One with a `unit_field` earns `points` for every whole
    `unit_size` of that number in the activity's metadata. Negative points are a penalty.
    """

    code = models.CharField(
        max_length=64,
        unique=True,
        validators=[RegexValidator(r"^[A-Z][A-Z0-9_]*$", "Capital letters, digits and _ only.")],
    )
    category = models.CharField(max_length=64)
    description = models.CharField(max_length=255)
    points = models.IntegerField()
    unit_field = models.CharField(
        max_length=64,
        blank=True,
        help_text="The number in the activity's metadata to earn by, e.g. amount. Blank is flat.",
    )
    unit_size = models.DecimalField(max_digits=12, decimal_places=4, default=1)
    is_active = models.BooleanField(default=True)
    once_per_member = models.BooleanField(default=False)
    times_per_day_max = models.PositiveIntegerField(null=True, blank=True)
    times_per_week_max = models.PositiveIntegerField(null=True, blank=True)
    cooldown_seconds = models.PositiveIntegerField(default=0)
    expires_after_days = models.PositiveIntegerField(
        null=True, blank=True, help_text="Blank uses the programme's setting, 0 is never."
    )

    class Meta:
        verbose_name = "action"
        constraints = [
            models.CheckConstraint(
                condition=Q(points__gte=-AMOUNT_MAX, points__lte=AMOUNT_MAX),
                name="points_action_points_bounded",
            ),
            models.CheckConstraint(
                condition=Q(unit_size__gt=0), name="points_action_unit_size_positive"
            ),
        ]

    def __str__(self) -> str:
        return self.code
