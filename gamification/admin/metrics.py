"""Metrics and outage days on the console: rules that staff edit."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join

from points.admin import KeepsChanges
from points.models import PointAccount

from ..models import Metric, MetricSource, OutageDay
from ..selectors import list_leaders
from .scores import ScoresPageMixin

LEADERS_SHOWN = 20


class MetricSourceInline(admin.TabularInline):
    """The actions a metric reads; without any it reads every row of its log."""

    model = MetricSource
    autocomplete_fields = ["action"]
    extra = 0


@admin.register(Metric)
class MetricAdmin(ScoresPageMixin, KeepsChanges):
    """What is measured, how far a rebuild has come, and who leads."""

    list_display = ["name", "code", "kind", "log", "is_active", "progress", "scores"]
    list_filter = ["is_active", "kind", "log"]
    list_select_related = ["rebuild"]
    search_fields = ["code", "name"]
    ordering = ["id"]
    list_per_page = 100
    inlines = [MetricSourceInline]
    readonly_fields = ["progress", "leaders"]
    fieldsets = [
        (None, {"fields": ["code", "name", "kind", "log", "is_active"]}),
        (
            "How rows are counted",
            {"fields": ["distinct_field", "sum_field", "streak_unit", "decimals"]},
        ),
        ("Scores", {"fields": ["progress", "leaders"]}),
    ]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: members have scores in it. A metric nobody needs is made inactive."""
        return False

    @admin.display(description="state of the scores")
    def progress(self, metric: Metric) -> str:
        """Say whether the scores are those of the present rule."""
        rebuild = getattr(metric, "rebuild", None)
        if rebuild is None:
            return "Up to date" if metric.is_active else "Not measured"
        if not rebuild.after_account:
            return "Waits to be folded again"
        accounts = PointAccount.objects.all()
        done = accounts.filter(pk__lte=rebuild.after_account).count()
        return f"Folded again for {done:,} of {accounts.count():,} members"

    @admin.display(description="leaders of all time")
    def leaders(self, metric: Metric) -> str:
        """Show the highest scores of all time."""
        rows = [
            (score.member.display_name, score.member.public_id, f"{metric.show(score.value):,}")
            for score in list_leaders(metric_id=metric.pk)[:LEADERS_SHOWN]
        ]
        return format_html_join("", "<div>{} ({}): {}</div>", rows) or "Nobody yet"


@admin.register(OutageDay)
class OutageDayAdmin(KeepsChanges):
    """Days that break nobody's streak; streaks are folded again when one is added or removed."""

    list_display = ["day", "reason"]
    ordering = ["-day"]
    search_fields = ["reason"]
    date_hierarchy = "day"
    list_per_page = 100

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Keep a declared day: another one is added, the wrong one removed."""
        return ["day"] if obj else []
