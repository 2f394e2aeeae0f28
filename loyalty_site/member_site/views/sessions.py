"""Coming in, going out and changing the password."""

import math
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views import View

from loyalty_site.accounts.errors import EmailTaken, SignInLocked, WrongCredentials, WrongPassword
from loyalty_site.accounts.models import User
from loyalty_site.accounts.services import change_password, register_member, sign_in
from points.errors import Invalid
from referrals.selectors import find_code_in_use

from ..forms import CODE_LENGTH_MAX, PasswordForm, SignInForm, SignUpForm
from .base import MemberPage, SitePage
from .home import list_demo_people

BACKEND = "loyalty_site.accounts.backends.LockoutBackend"


class EntrancePage(SitePage):
    """A page somebody comes in through. Who is in already goes on."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Answer a stranger."""
        if request.user.is_authenticated:
            return HttpResponseRedirect(self.find_way_on())
        return super().dispatch(request, *args, **kwargs)

    def find_way_on(self) -> str:
        """Return where to go next: the page of this site that was asked for, or the dashboard."""
        wanted = self.request.POST.get("next") or self.request.GET.get("next") or ""
        is_ours = url_has_allowed_host_and_scheme(
            wanted, allowed_hosts=None, require_https=self.request.is_secure()
        )
        return wanted if is_ours and wanted.startswith("/") else reverse("site:dashboard")

    def find_inviter(self) -> dict[str, Any]:
        """Return the referral code in the address and whose it is; nothing without one."""
        given = self.request.GET.get("ref", "").strip()[:CODE_LENGTH_MAX]
        if not given:
            return {}
        code = find_code_in_use(given)
        return {"referral_code": given.upper(), "inviter": code.member if code else None}

    def let_in(self, person: User) -> HttpResponse:
        """Open a session and go on."""
        way_on = self.find_way_on()
        login(self.request, person, backend=BACKEND)
        return HttpResponseRedirect(way_on)

    def show_form(self, form: Any, *, status: int = 200) -> HttpResponse:
        """Return the page with a form."""
        context = {
            "form": form,
            "next": self.request.POST.get("next") or self.request.GET.get("next") or "",
            **self.find_inviter(),
            **list_demo_people(),
        }
        return self.show(context, status=status)


class SignInPage(EntrancePage):
    """`/login`."""

    template_name = "site/account/sign_in.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self.show_form(SignInForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Let a person in. A wrong password and an unknown name are told the same."""
        form = SignInForm(request.POST)
        if not form.is_valid():
            return self.show_form(form)
        try:
            return self.let_in(sign_in(**form.cleaned_data, now=self.now))
        except WrongCredentials:
            form.add_error(None, _("The e-mail or the password is wrong."))
            return self.show_form(form)
        except SignInLocked as error:
            form.add_error(None, describe_lock(error))
            return add_wait(self.show_form(form, status=HTTPStatus.LOCKED), error)


class SignUpPage(EntrancePage):
    """`/auth/jwt/sign-up`, where referral links lead."""

    template_name = "site/account/sign_up.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form, with the code of whoever invited."""
        code = self.find_inviter().get("referral_code", "")
        return self.show_form(SignUpForm(initial={"referral_code": code}))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make a member and let them in."""
        form = SignUpForm(request.POST)
        if not form.is_valid():
            return self.show_form(form)
        try:
            person = register_member(**form.cleaned_data, now=self.now)
        except EmailTaken:
            form.add_error("email", _("This e-mail is already registered. Sign in instead?"))
        except Invalid:
            form.add_error(
                "referral_code",
                _("Nobody has this code at the moment. Correct it, or leave it out."),
            )
        else:
            messages.success(request, _("Welcome, %(name)s!") % {"name": person.display_name})
            return self.let_in(person)
        return self.show_form(form)


class SignOut(View):
    """`/sign-out`."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """End the session."""
        logout(request)
        return redirect("site:home")


class PasswordPage(MemberPage):
    """A new password, which ends all other sessions."""

    template_name = "site/account/password.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self.show({"form": PasswordForm(person=self.member)})

    def post(self, request: HttpRequest) -> HttpResponse:
        """Change the password; this session goes on."""
        form = PasswordForm(request.POST, person=self.member)
        if not form.is_valid():
            return self.show({"form": form})
        fields = {name: form.cleaned_data[name] for name in ("current_password", "new_password")}
        try:
            change_password(user=self.member, **fields, now=self.now)
        except WrongPassword:
            form.add_error("current_password", _("The current password is wrong."))
            return self.show({"form": form})
        except SignInLocked as error:
            form.add_error(None, describe_lock(error))
            return add_wait(self.show({"form": form}, status=HTTPStatus.LOCKED), error)
        login(request, User.objects.get(pk=self.member.pk), backend=BACKEND)
        messages.success(request, _("Your password is changed. All other sessions have ended."))
        return redirect("site:dashboard")


def describe_lock(error: SignInLocked) -> str:
    """Return the sentence for a locked name."""
    minutes = math.ceil(error.wait / 60)
    sentence = ngettext(
        "Too many failed attempts. Try again in %(minutes)d minute.",
        "Too many failed attempts. Try again in %(minutes)d minutes.",
        minutes,
    )
    return sentence % {"minutes": minutes}


def add_wait(response: HttpResponse, error: SignInLocked) -> HttpResponse:
    """Say in the answer's head when to come back."""
    response["Retry-After"] = str(error.wait)
    return response
