"""Metrics and badges on the console: rules that staff edit."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from .models import Badge, Metric, MetricSource


class MetricSourceInline(admin.TabularInline):
    """The actions a metric reads; without any it reads every row of its log."""

    model = MetricSource
    autocomplete_fields = ["action"]
    extra = 0


@admin.register(Metric)
class MetricAdmin(admin.ModelAdmin):
    """What is measured."""

    list_display = ["name", "code", "kind", "log"]
    list_filter = ["kind", "log"]
    search_fields = ["code", "name"]
    ordering = ["id"]
    list_per_page = 100
    inlines = [MetricSourceInline]
    fieldsets = [
        (None, {"fields": ["code", "name", "kind", "log"]}),
        ("How rows are counted", {"fields": ["distinct_field", "sum_field", "streak_unit"]}),
    ]


@admin.register(Badge)
class BadgeAdmin(admin.ModelAdmin):
    """Badges and what they take."""

    list_display = ["name", "type", "category", "criteria", "metric", "threshold", "is_active"]
    list_filter = ["is_active", "category"]
    list_select_related = ["metric"]
    search_fields = ["type", "name", "criteria"]
    autocomplete_fields = ["metric"]
    ordering = ["id"]
    list_per_page = 100
    readonly_fields = ["created_at"]
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    fieldsets = [
        (None, {"fields": ["type", "name", "category", "description", "criteria", "is_active"]}),
        ("What it takes", {"fields": ["metric", "threshold"]}),
        ("What it is worth", {"fields": ["points", "image_url", "created_at"]}),
    ]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: members hold it. A badge that nobody shall earn any more is made inactive."""
        return False
