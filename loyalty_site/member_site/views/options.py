"""Any number of points for money's worth, by the kinds the programme offers."""

import uuid
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from points.errors import InsufficientPoints, LoyaltyError
from rewards.selectors import get_points_to_spend
from rewards.selectors.options import list_option_redemptions_of, list_options_on_offer
from rewards.services.options import appraise_points, redeem_option

from ..programme_texts import translate_programme_text
from ..refusals import explain
from ..reward_forms import OptionForm, RedeemOptionForm
from .base import MemberPage

REDEMPTIONS_PER_PAGE = 10


class OptionsPage(MemberPage):
    """The options, and what the member got by them so far with its codes."""

    template_name = "site/options.html"
    part_template_name = "site/parts/got.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show them."""
        found = list_option_redemptions_of(self.member)
        context = {
            "options": list_options_on_offer(),
            "points": get_points_to_spend(member=self.member, now=self.now),
            "page": Paginator(found, REDEMPTIONS_PER_PAGE).get_page(request.GET.get("page")),
        }
        return self.show(context)


class RedeemOptionPage(MemberPage):
    """Says what the points become and what stays; then redeems them."""

    template_name = "site/option_redeem.html"

    def get(self, request: HttpRequest, option_type: str) -> HttpResponse:
        """Ask."""
        option = self.find_option(option_type)
        form = OptionForm(request.GET)
        if not form.is_valid():
            messages.warning(request, _("Enter a whole number of points."))
            return redirect("site:options")
        return self.ask(option, form.cleaned_data["points"])

    def post(self, request: HttpRequest, option_type: str) -> HttpResponse:
        """Redeem, once for each time the question was shown."""
        option = self.find_option(option_type)
        form = RedeemOptionForm(request.POST)
        if not form.is_valid():
            # Nothing but our own page sends it.
            return redirect("site:options")
        points = form.cleaned_data["points"]
        try:
            redeem_option(
                member=self.member,
                actor=self.member,
                reward_type=option.type,
                points=points,
                redemption_id=form.cleaned_data["key"],
                now=self.now,
            )
        except LoyaltyError as refusal:
            return self.ask(option, points, refusal=refusal)
        name = translate_programme_text(option.name)
        messages.success(request, _("Redeemed: %(name)s.") % {"name": name})
        return redirect("site:options")

    def find_option(self, option_type: str) -> Any:
        """Return an option that is on offer."""
        found = list_options_on_offer().filter(type=option_type).first()
        if found is None:
            raise Http404
        return found

    def ask(self, option: Any, points: int, *, refusal: LoyaltyError | None = None) -> HttpResponse:
        """Show the question; where the points cannot be redeemed, why."""
        spendable = get_points_to_spend(member=self.member, now=self.now)
        value = None
        try:
            value = appraise_points(option=option, points=points)
            if points > spendable:
                raise InsufficientPoints(required=points, available=spendable)
        except LoyaltyError as found:
            refusal = refusal or found
        context = {
            "option": option,
            "points": points,
            "value": value,
            "points_left": spendable - points,
            "form": RedeemOptionForm(initial={"key": uuid.uuid4(), "points": points}),
            "refused": explain(refusal) if refusal else "",
        }
        return self.show(context, status=HTTPStatus.CONFLICT if refusal else HTTPStatus.OK)
