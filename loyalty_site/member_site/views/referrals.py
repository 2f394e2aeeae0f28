"""Bringing others: the link and its picture, invitations, and who came."""

from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views import View

from points.services.calendar import get_programme_date, get_start_of_day
from referrals.selectors import (
    count_invited,
    find_current_code,
    get_figures,
    list_invitations_of,
    list_referrals_of,
)
from referrals.services import get_or_issue_code, keep_invitation, make_short_link, rotate_code

from ..referral_forms import InvitationForm, NewCodeForm
from ..referring import describe_referral, draw_qr_code, make_mail_link, mask_email
from .base import MemberPage

REFERRALS_PER_PAGE = 10
INVITATIONS_SHOWN_MAX = 20
# Seconds; the address holds the code, and what a code looks like never changes.
PICTURE_KEPT_SECONDS = 365 * 24 * 60 * 60
INVITED = "invited_email"


class ReferralsPage(MemberPage):
    """The member's link, their invitations and who came."""

    template_name = "site/referrals.html"
    part_template_name = "site/parts/referrals.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show them."""
        return self.show_with(InvitationForm())

    def show_with(self, form: InvitationForm, *, status: int = 200) -> HttpResponse:
        """Show the page with an invitation that was begun."""
        code = get_or_issue_code(member=self.member, now=self.now).code
        link = make_short_link(code)
        found = list_referrals_of(self.member)
        page = Paginator(found, REFERRALS_PER_PAGE).get_page(self.request.GET.get("page"))
        invitations = list_invitations_of(self.member, now=self.now)[:INVITATIONS_SHOWN_MAX]
        invited = self.request.session.pop(INVITED, "") if not self.wants_part else ""
        context = {
            "form": form,
            "invited": invited,
            "invited_mail_link": make_mail_link(link, to=invited),
            "code": code,
            "link": link,
            "mail_link": make_mail_link(link),
            "figures": get_figures(self.member, now=self.now),
            "invitations": [
                {"email": mask_email(invitation.email), "invited_at": invitation.invited_at}
                for invitation in invitations
            ],
            "page": page,
            "rows": [describe_referral(referral) for referral in page],
        }
        return self.show(context, status=status)


class InvitePage(ReferralsPage):
    """Notes an e-mail as invited by this member."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Lead to the form."""
        return redirect("site:referrals")

    def post(self, request: HttpRequest) -> HttpResponse:
        """Note it, unless there were too many today."""
        form = InvitationForm(request.POST, own_email=self.member.email or "")
        if not form.is_valid():
            return self.show_with(form, status=HTTPStatus.BAD_REQUEST)
        today = get_start_of_day(get_programme_date(self.now))
        if count_invited(self.member, since=today) >= settings.LOYALTY_INVITATIONS_PER_DAY_MAX:
            form.add_error(
                "email", _("You have invited as many as one may in a day. Go on tomorrow.")
            )
            return self.show_with(form, status=HTTPStatus.CONFLICT)
        code = get_or_issue_code(member=self.member, now=self.now)
        keep_invitation(code=code.code, email=form.cleaned_data["email"], now=self.now)
        # Shown once: the members' own mail programs write, so that nobody sends words of their own
        # in the site's name.
        request.session[INVITED] = form.cleaned_data["email"]
        return redirect("site:referrals")


class NewCodePage(MemberPage):
    """Asks whether to replace the code; then does, once for the code that was shown."""

    template_name = "site/referral_code.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Ask."""
        code = get_or_issue_code(member=self.member, now=self.now).code
        return self.show({"form": NewCodeForm(initial={"code": code}), "code": code})

    def post(self, request: HttpRequest) -> HttpResponse:
        """Replace it. A second click names the code that the first one replaced."""
        code = get_or_issue_code(member=self.member, now=self.now).code
        form = NewCodeForm(request.POST)
        if form.is_valid() and form.cleaned_data["code"] == code:
            rotate_code(member=self.member, now=self.now)
            messages.success(request, _("You have a new code. The old one brings nobody any more."))
        return redirect("site:referrals")


class QRCode(View):
    """The member's present link as a picture that browsers keep; another's is not found."""

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        """Draw it."""
        current = find_current_code(request.user) if request.user.is_authenticated else None
        if current is None or current.code != code:
            raise Http404
        picture = draw_qr_code(make_short_link(code))
        response = HttpResponse(picture, content_type="image/svg+xml")
        patch_cache_control(response, private=True, max_age=PICTURE_KEPT_SECONDS, immutable=True)
        return response
