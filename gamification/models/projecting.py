"""What the projector works through.

backlog          one row per row of a log that no score knows of yet. Triggers write it in the very
                 transaction that writes the log; the projector deletes it in the one that writes
                 the scores. So each row counts once, whenever either of them dies.
                 `log` says which table (`BacklogLog`), `row_id` which row of it, `account` whose.
                 For badges `row_id` is only a number of its own: what members hold is read anew.
measured member  whose scores are written at the moment: its row is the lock, taken in ascending
                 order. Accounts stay free for awards.
rebuild          a metric whose scores have to be folded again, and how far that has come:
                 accounts up to `after_account` are done.
"""

from django.db import models
from django.db.models.functions import Now

from points.models import PointAccount

from ..enums import BacklogLog
from .programme import Metric


class Backlog(models.Model):
    """A row of a log that waits to be projected."""

    pk = models.CompositePrimaryKey("log", "row_id")
    row_id = models.BigIntegerField()
    account = models.ForeignKey(
        PointAccount,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    log = models.SmallIntegerField(choices=BacklogLog.choices)

    class Meta:
        verbose_name = "row to be projected"
        verbose_name_plural = "rows to be projected"

    def __str__(self) -> str:
        return f"row {self.row_id} of log {self.log}"


class MeasuredMember(models.Model):
    """A member somebody has projected. Whoever writes a member's scores locks this row first."""

    member_id = models.BigIntegerField(primary_key=True)

    def __str__(self) -> str:
        return f"member {self.member_id}"


class MetricRebuild(models.Model):
    """A metric whose scores are to be folded again from its log."""

    # A metric's last source may ask for this while the metric itself is being deleted.
    metric = models.OneToOneField(
        Metric,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="rebuild",
        db_constraint=False,
    )
    requested_at = models.DateTimeField(db_default=Now())
    after_account = models.BigIntegerField(db_default=0)

    class Meta:
        verbose_name = "rebuild"

    def __str__(self) -> str:
        return f"rebuild of metric {self.metric_id}"
