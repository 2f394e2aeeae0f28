"""A member's page: why somebody has the points they have, and what staff can do about it."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from points.admin import get_member_url
from points.errors import LoyaltyError

from ..models import User
from .member_actions import ACTIONS, ACTIVATE, DEACTIVATE, UNLOCK, Done, MemberAction, explain
from .member_facts import collect_facts

JSON = "application/json"


class MemberPageMixin(ModelAdmin):
    """Adds the page, at `member/<userId>/`, and its buttons, at `member/<userId>/<action>/`."""

    def get_urls(self) -> list[URLPattern]:
        """Add the addresses."""
        guarded = self.admin_site.admin_view
        return [
            path("member/<str:public_id>/", guarded(self.member_view), name="accounts_user_member"),
            path(
                "member/<str:public_id>/<slug:slug>/",
                guarded(self.act_view),
                name="accounts_user_act",
            ),
            *super().get_urls(),
        ]

    def member_view(self, request: HttpRequest, public_id: str) -> HttpResponse:
        """Show a member's page."""
        member = self._get_member(request, public_id)
        facts = collect_facts(member=member, viewer=request.user, now=timezone.now())
        buttons = [
            self._describe(request, member, action)
            for action in self._list_open(request, member, facts)
        ]
        is_own = member.pk == request.user.pk
        context = {
            **facts,
            "actions": buttons,
            "is_own": is_own,
            "may_edit": self.has_change_permission(request, member),
        }
        return self._answer(request, member, "member", str(member), **context)

    def act_view(self, request: HttpRequest, public_id: str, slug: str) -> HttpResponse:
        """Ask why, and do it once that is said. A page's script asks for JSON and stays there."""
        if slug not in ACTIONS:
            raise Http404
        action = ACTIONS[slug]
        if not self._may(request, action):
            raise PermissionDenied
        member = self._get_member(request, public_id)
        if not self._may(request, action, member):
            raise PermissionDenied
        form = action.form_class(request.POST or None, member=member)
        if request.method == "POST" and form.is_valid():
            try:
                return self._perform(request, member, action, form.cleaned_data)
            except LoyaltyError as refusal:
                form.add_error(None, explain(refusal))
        if request.headers.get("Accept") == JSON:
            return JsonResponse({"errors": form.errors})
        described = self._describe(request, member, action, form=form)
        title = f"{action.verb}: {member}"
        return self._answer(request, member, "act", title, asked=described)

    def _get_member(self, request: HttpRequest, public_id: str) -> User:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return get_object_or_404(User, public_id=public_id)

    def _may(self, request: HttpRequest, action: MemberAction, member: User | None = None) -> bool:
        """Answer whether this person may do this to a member; nobody does it to themselves.

        Without a member, whether they may at all, which is asked before anybody is looked up.
        """
        if member is not None and member.pk == request.user.pk:
            return False
        if action.permission:
            return request.user.has_perm(action.permission)
        return self.has_change_permission(request, member)

    def _list_open(
        self, request: HttpRequest, member: User, facts: dict[str, Any]
    ) -> list[MemberAction]:
        """Return what this person may do to this member as things stand."""
        account = facts["account"]
        is_closed = account is not None and account.closed_at is not None
        stands = {
            ACTIVATE: not member.is_active,
            DEACTIVATE: member.is_active,
            UNLOCK: facts["lock_seconds"] is not None,
        }
        return [
            action
            for action in ACTIONS.values()
            if stands.get(action, not is_closed) and self._may(request, action, member)
        ]

    def _describe(
        self, request: HttpRequest, member: User, action: MemberAction, *, form: Any = None
    ) -> dict[str, Any]:
        """Return what a button's dialog, and its page, show."""
        return {
            "action": action,
            "form": form or action.form_class(member=member, auto_id=f"{action.slug}-%s"),
            "consequence": action.describe(actor=request.user, now=timezone.now()),
            "url": reverse("admin:accounts_user_act", args=[member.public_id, action.slug]),
        }

    def _perform(
        self, request: HttpRequest, member: User, action: MemberAction, data: dict[str, Any]
    ) -> HttpResponse:
        with transaction.atomic():
            done: Done = action.perform(member, request.user, data, timezone.now())
            if done.record:
                self.log_change(request, member, cast("Any", done.record))
        messages.success(request, done.told)
        url = get_member_url(member)
        if request.headers.get("Accept") == JSON:
            return JsonResponse({"url": url})
        return HttpResponseRedirect(url)

    def _answer(
        self, request: HttpRequest, member: User, template: str, title: str, **context: Any
    ) -> HttpResponse:
        context |= {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "member": member,
            "member_url": get_member_url(member),
            "list_url": reverse("admin:accounts_user_changelist"),
        }
        return TemplateResponse(request, f"admin/accounts/user/{template}.html", context)
