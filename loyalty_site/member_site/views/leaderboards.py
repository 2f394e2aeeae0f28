"""The boards: pages of places, the member's own and their neighbours, now and in the past."""

from datetime import date, timedelta
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from gamification.selectors import (
    BoardRows,
    Period,
    find_own_place,
    find_preference,
    get_leaderboard,
    get_period,
    list_leaderboards,
    list_neighbours,
    show_name,
)
from gamification.services.boards import set_preference
from points.errors import LoyaltyError
from points.services.calendar import get_programme_date

from ..board_forms import BoardForm, PreferenceForm
from ..refusals import explain
from .base import MemberPage

PLACES_PER_PAGE = 20
NEIGHBOURS = 11


class LeaderboardsPage(MemberPage):
    """The way to the first board there is."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Go there."""
        first = list_leaderboards().first()
        if first is None:
            raise Http404
        return redirect("site:leaderboard", slug=first.slug)


class LeaderboardPage(MemberPage):
    """A page of a board, or the member's neighbours, and always the member's own place."""

    template_name = "site/leaderboard.html"
    part_template_name = "site/parts/leaderboard.html"

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Show the page asked for."""
        board = get_leaderboard(slug)
        today = get_programme_date(self.now)
        form = BoardForm(request.GET, today=today)
        period = get_period(kind=form.kind, day=form.day)
        facts: Any = {"metric": board.metric, "period": period}
        own, total = find_own_place(**facts, member_id=self.member.pk)
        rows: Any = BoardRows(**facts, viewer_id=self.member.pk, total=total)
        page = None if form.is_around else Paginator(rows, PLACES_PER_PAGE).get_page(form.number)
        places = list_neighbours(**rows.facts, limit=NEIGHBOURS) if page is None else list(page)
        context = {
            "boards": list_leaderboards(),
            "board": board,
            "form": form,
            "period": period,
            # A list that shows the member was read a moment later; there is one truth per page.
            "own": next((place for place in places if place.is_viewer), own),
            "total": total,
            "page": page,
            "places": [(place, show_name(place)) for place in places],
            "query": form.as_query(),
            **find_periods_beside(period, today),
        }
        return self.show(context)


class BoardPreferencesPage(MemberPage):
    """Where the member hides, or chooses an alias."""

    template_name = "site/board_preferences.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show what holds."""
        kept = find_preference(member_id=self.member.pk)
        form = PreferenceForm(initial={"alias": kept.alias, "is_hidden": kept.is_hidden})
        return self.show({"form": form})

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep what the member wishes."""
        form = PreferenceForm(request.POST)
        if form.is_valid():
            try:
                set_preference(member=self.member, changes=form.cleaned_data, now=self.now)
            except LoyaltyError as refusal:
                form.add_error("alias", explain(refusal))
            else:
                messages.success(request, _("Saved. This is how others see you from now on."))
                return redirect("site:board-preferences")
        return self.show({"form": form}, status=HTTPStatus.BAD_REQUEST)


def find_periods_beside(period: Period, today: date) -> dict[str, date | None]:
    """Return a day of the period before and of the one after; None where there is none."""
    if period.last_day is None:
        return {"day_before": None, "day_after": None}
    after = period.last_day + timedelta(days=1)
    return {
        "day_before": period.first_day - timedelta(days=1),
        "day_after": after if after <= today else None,
    }
