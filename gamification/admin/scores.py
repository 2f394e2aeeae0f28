"""Scores on the console: a metric's in one period, the highest first, or one member's.

A table whose key has several columns has no admin of its own, and one of many millions of rows
cannot be counted or searched for every look. This page reads along the board's index, a page at a
time and not without end: whoever looks for somebody names them.
"""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from points.admin import render_member
from points.errors import MemberNotFound
from points.services.accounts import get_member
from points.services.calendar import get_programme_date

from ..enums import PeriodKind
from ..models import Metric, MetricScore
from ..selectors import Period, get_period, list_scores

VIEW_PERMISSION = "gamification.view_metricscore"
ROWS_PER_PAGE = 50
PAGES_MAX = 20
USER_ID_LENGTH_MAX = 64


class ScoresForm(forms.Form):
    """Which period, and whose. Without anything: everybody's, of all time."""

    period = forms.ChoiceField(
        required=False, choices=[(kind.name.lower(), kind.label) for kind in PeriodKind]
    )
    at = forms.DateField(
        label="Holding the day",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    member = forms.CharField(
        label="Member's userId",
        required=False,
        max_length=USER_ID_LENGTH_MAX,
        widget=AdminTextInputWidget,
    )
    page = forms.IntegerField(required=False, min_value=1, max_value=PAGES_MAX)

    def clean_member(self) -> Any:
        """Return the member, None when nobody is named."""
        public_id = self.cleaned_data["member"].strip()
        if not public_id:
            return None
        try:
            return get_member(public_id)
        except MemberNotFound as error:
            raise forms.ValidationError(error.message) from error

    def find_period(self, *, today: date) -> Period:
        """Return the period that is asked for."""
        kind = PeriodKind[(self.cleaned_data["period"] or "all").upper()]
        return get_period(kind=kind, day=self.cleaned_data["at"] or today)

    def link(self, page: int) -> str:
        """Return the query of another page of the same list."""
        kept = {name: self.data[name] for name in ("period", "at", "member") if name in self.data}
        return f"?{urlencode(kept | {'page': page})}"


class ScoresPageMixin(admin.ModelAdmin):
    """Adds the scores of each metric, at `<metric>/scores/`."""

    def get_urls(self) -> list[URLPattern]:
        """Add the page."""
        page = path(
            "<int:metric_id>/scores/",
            self.admin_site.admin_view(self.scores_view),
            name="gamification_metric_scores",
        )
        return [page, *super().get_urls()]

    @admin.display(description="scores")
    def scores(self, metric: Metric) -> SafeString:
        """Lead to the scores."""
        address = reverse("admin:gamification_metric_scores", args=[metric.pk])
        return format_html('<a href="{}">See the scores</a>', address)

    @method_decorator(require_GET)
    def scores_view(self, request: HttpRequest, metric_id: int) -> HttpResponse:
        """Show a page of scores."""
        if not request.user.has_perm(VIEW_PERMISSION):
            raise PermissionDenied
        metric = get_object_or_404(Metric, pk=metric_id)
        form = ScoresForm(request.GET)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Scores: {metric}",
            "opts": self.opts,
            "metric": metric,
            "form": form,
            "metric_url": reverse("admin:gamification_metric_change", args=[metric.pk]),
            "list_url": reverse("admin:gamification_metric_changelist"),
        }
        if form.is_valid():
            context |= _read_page(metric, form, today=get_programme_date(timezone.now()))
        return TemplateResponse(request, "admin/gamification/metric/scores.html", context)


def _read_page(metric: Metric, form: ScoresForm, *, today: date) -> dict[str, Any]:
    period, number = form.find_period(today=today), form.cleaned_data["page"] or 1
    scores = list_scores(metric_id=metric.pk, kind=period.kind, first_day=period.first_day)
    if member := form.cleaned_data["member"]:
        scores = scores.filter(member_id=member.pk)
    offset = (number - 1) * ROWS_PER_PAGE
    rows, has_more = _read_rows(scores, offset)
    return {
        "period": period,
        "rows": [
            {
                "place": None if member else offset + n,
                "member": render_member(score.member),
                "value": metric.show(score.value),
                "reached_at": score.reached_at,
            }
            for n, score in enumerate(rows, start=1)
        ],
        "previous": form.link(number - 1) if number > 1 else "",
        "following": form.link(number + 1) if has_more and number < PAGES_MAX else "",
        "ends_early": has_more and number == PAGES_MAX,
    }


def _read_rows(scores: QuerySet[MetricScore], offset: int) -> tuple[list[MetricScore], bool]:
    found = list(scores[offset : offset + ROWS_PER_PAGE + 1])
    return found[:ROWS_PER_PAGE], len(found) > ROWS_PER_PAGE
