"""The catalogue: look, redeem after a question, and wait for what is sold out."""

import uuid
from http import HTTPStatus

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from points.errors import LoyaltyError
from rewards.selectors import get_reward, list_categories, list_rewards
from rewards.services.redemptions import redeem_reward
from rewards.services.watches import unwatch_reward, watch_reward

from ..offers import Offer, describe_offers, get_purse
from ..refusals import explain_or_raise
from ..reward_forms import CatalogueFilterForm, RedeemForm
from .base import MemberPage

REWARDS_PER_PAGE = 12


class RewardsPage(MemberPage):
    """What is on offer, narrowed as the member wishes."""

    template_name = "site/rewards.html"
    part_template_name = "site/parts/rewards.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show a page of the catalogue."""
        purse = get_purse(member=self.member, now=self.now)
        form = CatalogueFilterForm(request.GET, categories=list_categories(viewer=self.member))
        selection = form.as_selection(points=purse.points)
        found = list_rewards(viewer=self.member, now=self.now, **selection)
        page = Paginator(found, REWARDS_PER_PAGE).get_page(request.GET.get("page"))
        offers = describe_offers(rewards=page, member=self.member, purse=purse, now=self.now)
        return self.show({"form": form, "page": page, "offers": offers, "purse": purse})


class OfferPage(MemberPage):
    """A page about one reward."""

    def find_offer(self, reward_id: str) -> Offer:
        """Return a reward the member may see, as an offer. Raises RewardNotFound."""
        shown = get_reward(viewer=self.member, reward_id=reward_id)
        purse = get_purse(member=self.member, now=self.now)
        [offer] = describe_offers(rewards=[shown], member=self.member, purse=purse, now=self.now)
        return offer


class RewardPage(OfferPage):
    """One reward with all its conditions."""

    template_name = "site/reward.html"

    def get(self, request: HttpRequest, reward_id: str) -> HttpResponse:
        """Show it."""
        return self.show({"offer": self.find_offer(reward_id)})


class RedeemPage(OfferPage):
    """Asks once more, saying what it costs and what stays; then redeems."""

    template_name = "site/redeem.html"

    def get(self, request: HttpRequest, reward_id: str) -> HttpResponse:
        """Ask."""
        return self.ask(reward_id)

    def post(self, request: HttpRequest, reward_id: str) -> HttpResponse:
        """Redeem, once for each time the question was shown."""
        form = RedeemForm(request.POST)
        if not form.is_valid():
            # Nothing but our own page sends it.
            return redirect("site:redeem", reward_id=reward_id)
        try:
            redemption = redeem_reward(
                member=self.member,
                reward_id=reward_id,
                redemption_id=form.cleaned_data["key"],
                price_expected=form.cleaned_data["price"],
                now=self.now,
            )
        except LoyaltyError as refusal:
            return self.ask(reward_id, refused=explain_or_raise(refusal))
        messages.success(request, _("Redeemed. You are told here as soon as it is decided."))
        return redirect("site:redemption", redemption_id=redemption.pk)

    def ask(self, reward_id: str, *, refused: str = "") -> HttpResponse:
        """Show the question, and after a refusal why it was refused."""
        offer = self.find_offer(reward_id)
        form = RedeemForm(initial={"key": uuid.uuid4(), "price": offer.reward.points_required})
        context = {"offer": offer, "form": form, "refused": refused}
        return self.show(context, status=HTTPStatus.CONFLICT if refused else HTTPStatus.OK)


class WatchReward(MemberPage):
    """Where the member gets into the line for a sold-out reward."""

    def post(self, request: HttpRequest, reward_id: str) -> HttpResponse:
        """Put the member into the line."""
        try:
            place = watch_reward(member=self.member, reward_id=reward_id, now=self.now)
        except LoyaltyError as refusal:
            messages.warning(request, explain_or_raise(refusal))
        else:
            said = _("You will be told when there is one again. Your place in the line: %(place)s.")
            messages.success(request, said % {"place": place.position})
        return redirect("site:reward", reward_id=reward_id)


class UnwatchReward(MemberPage):
    """Where the member gets out of the line."""

    def post(self, request: HttpRequest, reward_id: str) -> HttpResponse:
        """Take the member out of the line."""
        unwatch_reward(member=self.member, reward_id=reward_id)
        messages.success(request, _("You do not wait for this reward any more."))
        return redirect("site:reward", reward_id=reward_id)
