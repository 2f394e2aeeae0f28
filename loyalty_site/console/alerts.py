"""What is wrong and needs somebody: the books, the events, the shelves."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.db import connection
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.text import get_text_list
from django.utils.timesince import timesince

from points.models import AuditRun
from rewards.models import CodePool, Reward, VoucherCode

# A nightly audit that is missing is known within two days.
AUDIT_AGE_MAX = timedelta(days=2)
OUTBOX_AGE_SECONDS_MAX = 60
NAMED_MAX = 3


@dataclass(frozen=True, kw_only=True)
class Alert:
    """A sentence, and the page where something can be done. `level` is "error" or "warning"."""

    level: str
    title: str
    text: str
    url: str


def list_alerts(*, person: Any, now: datetime) -> list[Alert]:
    """Return what this person may know of and should, the worst first."""
    alerts: list[Alert] = []
    if person.has_perm("points.view_auditrun"):
        alerts += _check_audit(now=now)
    if person.has_perm("realtime.view_outboxevent"):
        alerts += _check_outbox()
    if person.has_perm("rewards.view_reward"):
        alerts += _check_shelves()
    if person.has_perm("rewards.view_codepool"):
        alerts += _check_pools()
    return sorted(alerts, key=lambda alert: alert.level != "error")


def _check_audit(*, now: datetime) -> Iterator[Alert]:
    last = AuditRun.objects.order_by("-id").first()
    page = reverse("admin:points_auditrun_changelist")
    if last is None:
        yield Alert(
            level="warning",
            title="The ledger has not been audited yet",
            text="A worker audits it every night; audit_ledger does so now.",
            url=page,
        )
        return
    page = reverse("admin:points_auditrun_change", args=[last.pk])
    age = timesince(last.ended_at, now, depth=1)
    if last.verdict == "DRIFT":
        differences = "1 difference" if last.findings == 1 else f"{last.findings:,} differences"
        yield Alert(
            level="error",
            title=f"The audit found {differences}",
            text=f"The books do not add up since the audit {age} ago, or earlier.",
            url=page,
        )
    elif last.verdict == "INCOMPLETE":
        yield Alert(
            level="error",
            title="The audit could not finish",
            text=f"What its missing passes promise is not known since {age} ago.",
            url=page,
        )
    if now - last.ended_at > AUDIT_AGE_MAX:
        yield Alert(
            level="warning",
            title=f"The last audit was {age} ago",
            text="A worker audits the ledger every night. Does one run?",
            url=page,
        )


def _check_outbox() -> Iterator[Alert]:
    with connection.cursor() as cursor:
        cursor.execute(import_string(settings.LOYALTY_OUTBOX_AGE_QUERY))
        row = cursor.fetchone()
    age = float(row[0]) if row and row[0] else 0.0
    if age > OUTBOX_AGE_SECONDS_MAX:
        minutes = round(age / 60)
        yield Alert(
            level="error",
            title=f"Live events wait for {minutes:,} minute{'' if minutes == 1 else 's'}",
            text="No worker runs, or it does not reach Redis. Nothing is lost meanwhile.",
            url=f"{reverse('admin:realtime_outboxevent_changelist')}?state=pending",
        )


def _check_shelves() -> Iterator[Alert]:
    low = list(
        Reward.objects.filter(
            is_active=True, deleted_at__isnull=True, quantity__lte=F("low_stock_at")
        ).order_by("quantity", "title")
    )
    page = reverse("admin:rewards_reward_changelist")
    out = [reward.title for reward in low if reward.quantity == 0]
    if out:
        yield Alert(
            level="warning",
            title=f"{len(out)} sold out",
            text=_name_some(out),
            url=f"{page}?stock=out",
        )
    left = [f"{reward.title} ({reward.quantity} left)" for reward in low if reward.quantity]
    if left:
        yield Alert(
            level="warning",
            title=f"{len(left)} nearly sold out",
            text=_name_some(left),
            url=f"{page}?stock=low",
        )


def _check_pools() -> Iterator[Alert]:
    codes = VoucherCode.objects.filter(pool=OuterRef("pk"), assigned_at__isnull=True).order_by()
    counts = codes.values("pool").annotate(count=Count("pk")).values("count")
    low = (
        CodePool.objects.filter(
            Q(rewards__is_active=True, rewards__deleted_at__isnull=True)
            | Q(options__is_active=True)
        )
        .annotate(left=Coalesce(Subquery(counts), 0))
        .filter(left__lte=F("low_stock_at"))
        .order_by("left", "name")
        .distinct()
        .values_list("name", "left")
    )
    names = [f"{name} ({intcomma(left)} left)" for name, left in low]
    if names:
        yield Alert(
            level="warning",
            title=f"Codes run low in {len(names)} pool{'' if len(names) == 1 else 's'}",
            text=_name_some(names),
            url=reverse("admin:rewards_codepool_changelist"),
        )


def _name_some(names: list[str]) -> str:
    if len(names) <= NAMED_MAX:
        return f"{get_text_list(names, 'and')}."
    return f"{', '.join(names[:NAMED_MAX])} and {len(names) - NAMED_MAX} more."
