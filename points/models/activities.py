"""The log of what members did."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q

from points.enums import RECORDED_STATUSES, ActivityStatus

from . import digests
from .ledger import PointAccount
from .limits import SOURCE_ID_LENGTH_MAX
from .programme import PointAction
from .triggers import append_only


class Activity(models.Model):
    """One thing one member did, as reported, and what came of it.

    `local_date` is the calendar day where the member was. The matching transaction, when points
    moved, has `source_type` "activity" and this `event_id` as its `source_id`.
    """

    event_id = models.CharField(max_length=SOURCE_ID_LENGTH_MAX)
    account = models.ForeignKey(PointAccount, on_delete=models.PROTECT, related_name="activities")
    action = models.ForeignKey(PointAction, on_delete=models.PROTECT, db_index=False)
    subject_id = models.CharField(max_length=SOURCE_ID_LENGTH_MAX, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    status = models.CharField(
        max_length=16,
        choices=[(status.value, status.label) for status in RECORDED_STATUSES],
    )
    reason = models.CharField(max_length=255, blank=True)
    points = models.BigIntegerField(default=0)
    local_date = models.DateField()
    occurred_at = models.DateTimeField()
    created_at = models.DateTimeField()
    digest = models.BinaryField(editable=False)

    class Meta:
        verbose_name_plural = "activities"
        permissions = [("report_activities", "Can report what members do")]
        constraints = [
            models.UniqueConstraint(fields=["event_id"], name="points_activity_event_unique"),
            models.CheckConstraint(
                condition=Q(status__in=[status.value for status in RECORDED_STATUSES]),
                name="points_activity_status_known",
            ),
            models.CheckConstraint(
                condition=Q(status=ActivityStatus.POSTED) | Q(points=0),
                name="points_activity_earns_only_when_posted",
            ),
        ]
        indexes = [
            models.Index(
                fields=["account", "action", "occurred_at"],
                condition=Q(status=ActivityStatus.POSTED),
                name="points_activity_earning",
            ),
            models.Index(fields=["created_at"], name="points_activity_created"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *append_only("points_activity"),
            digests.digested("points_activity", digests.ACTIVITY),
        ]

    def __str__(self) -> str:
        return f"{self.event_id}"


class RefusedActivity(models.Model):
    """A reported activity that did not enter the log, and why: what support looks up.

    It holds what the host sent and counts for nothing. Rows are kept for
    LOYALTY_REFUSALS_KEPT_DAYS.
    """

    event_id = models.CharField(max_length=SOURCE_ID_LENGTH_MAX)
    user_id = models.CharField(max_length=SOURCE_ID_LENGTH_MAX)
    action = models.CharField(max_length=64)
    status = models.CharField(
        max_length=16,
        choices=[
            (status.value, status.label)
            for status in ActivityStatus
            if status not in RECORDED_STATUSES
        ],
    )
    reason = models.CharField(max_length=255)
    metadata = models.JSONField(default=dict)
    occurred_at = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "refused activities"
        indexes = [
            models.Index(fields=["created_at"], name="points_refused_created"),
            models.Index(fields=["event_id"], name="points_refused_event"),
            models.Index(fields=["user_id"], name="points_refused_user"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id}: {self.status}"
