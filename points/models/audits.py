"""What came of each audit of the whole ledger, so that staff learn of a failure."""

from django.db import models
from django.db.models import F, Q


class AuditRun(models.Model):
    """One audit of everything: its verdict, its passes and the first of its findings.

    `passes` is a list of {name, rows, findings, error}, `examples` one of {pass, subject, problem}.
    An audit that was killed leaves no row: that the last one is old says so.
    """

    verdict = models.CharField(
        max_length=10,
        choices=[("OK", "OK"), ("DRIFT", "Drift"), ("INCOMPLETE", "Incomplete")],
    )
    findings = models.BigIntegerField()
    rows = models.BigIntegerField("rows looked at")
    passes = models.JSONField()
    examples = models.JSONField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()

    class Meta:
        verbose_name = "audit"
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict="OK", findings=0)
                | Q(verdict="DRIFT", findings__gt=0)
                | Q(verdict="INCOMPLETE", findings__gte=0),
                name="points_audit_run_verdict_fits_findings",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__gte=F("started_at")), name="points_audit_run_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()} of {self.ended_at:%Y-%m-%d %H:%M}"
