"""What a member redeemed, where it stands, and taking it back while it waits."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from rewards.enums import RedemptionStatus
from rewards.errors import InvalidTransition, RedemptionNotFound
from rewards.models import Redemption
from rewards.selectors import list_redemptions_of, parse_redemption_id
from rewards.services.redemptions import cancel_redemption

from ..redeeming import PILLS, STANDINGS, list_steps
from ..refusals import explain
from .base import MemberPage

REDEMPTIONS_PER_PAGE = 10


class RedemptionsPage(MemberPage):
    """The member's redemptions from the catalogue, the latest first, of one status or all."""

    template_name = "site/redemptions.html"
    part_template_name = "site/parts/redemptions.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show a page of them."""
        status = request.GET.get("status", "")
        status = status if status in RedemptionStatus.values else ""
        found = list_redemptions_of(self.member, status=status)
        page = Paginator(found, REDEMPTIONS_PER_PAGE).get_page(request.GET.get("page"))
        rows = [(shown, STANDINGS[shown.status], PILLS[shown.status]) for shown in page]
        return self.show({"page": page, "rows": rows, "status": status, "statuses": STANDINGS})


class OwnRedemptionPage(MemberPage):
    """A page about one redemption of the member's own."""

    def find_own(self, redemption_id: str) -> Redemption:
        """Return it, whatever else the member may see elsewhere. Raises RedemptionNotFound."""
        own = list_redemptions_of(self.member)
        found = own.filter(pk=parse_redemption_id(redemption_id)).first()
        if found is None:
            raise RedemptionNotFound
        return found


class RedemptionPage(OwnRedemptionPage):
    """One redemption: its steps, the note to the member and its code."""

    template_name = "site/redemption.html"
    part_template_name = "site/parts/redemption.html"

    def get(self, request: HttpRequest, redemption_id: str) -> HttpResponse:
        """Show it."""
        shown = self.find_own(redemption_id)
        context = {
            "redemption": shown,
            "standing": STANDINGS[shown.status],
            "pill": PILLS[shown.status],
            "steps": list_steps(shown),
            "code": getattr(shown, "voucher_code", None),
            "can_cancel": shown.status == RedemptionStatus.PENDING,
        }
        return self.show(context)


class CancelPage(OwnRedemptionPage):
    """Asks whether to take a redemption back; then does."""

    template_name = "site/redemption_cancel.html"

    def get(self, request: HttpRequest, redemption_id: str) -> HttpResponse:
        """Ask."""
        return self.show({"redemption": self.find_own(redemption_id)})

    def post(self, request: HttpRequest, redemption_id: str) -> HttpResponse:
        """Cancel."""
        try:
            cancel_redemption(member=self.member, redemption_id=redemption_id, now=self.now)
        except InvalidTransition as refusal:
            messages.warning(request, explain(refusal))
        else:
            messages.success(request, _("Cancelled. Your points are back."))
        return redirect("site:redemption", redemption_id=redemption_id)
