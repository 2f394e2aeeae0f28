"""API keys on the console: made and shown once, revoked after a question."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar, cast

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.views.decorators.http import require_POST

from ..api_keys import NewApiKey, revoke_api_keys
from ..models import ApiKey, ApiKeyState, User
from .api_key_form import ApiKeyForm

SELECTED_MAX = 100


class StateFilter(admin.SimpleListFilter):
    """By what has become of the keys."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[Any]:
        """Return the states."""
        return list(ApiKeyState.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> QuerySet[ApiKey]:
        """Return the keys in the chosen state."""
        has_expired = Q(expires_at__lte=timezone.now())
        conditions = {
            ApiKeyState.ACTIVE: Q(revoked_at=None) & ~(has_expired & Q(expires_at__isnull=False)),
            ApiKeyState.EXPIRED: Q(revoked_at=None) & has_expired,
            ApiKeyState.REVOKED: Q(revoked_at__isnull=False),
        }
        value = self.value()
        return queryset.filter(conditions[ApiKeyState(value)]) if value else queryset


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin):
    """What hosts sign in with. A key is made or revoked; nothing about it is edited."""

    list_display = ["__str__", "host", "label", "state", "last_used", "expires", "revoking"]
    list_filter = [StateFilter]
    list_select_related = ["service_account"]
    ordering = ["-created_at", "-pk"]
    list_per_page = 50
    show_full_result_count = False
    search_fields = ["prefix", "label", "service_account__public_id", "service_account__name"]
    search_help_text = "Key, label or host"
    actions = ["revoke_selected"]
    fieldsets = [
        (None, {"fields": ["shown_key", "service_account", "label", "state", "last_used"]}),
        ("When and who", {"fields": ["created_at", "created_by", "expires"]}),
        ("Revoked", {"fields": ["revoked_at", "revoked_by"]}),
    ]
    change_form_template = "admin/accounts/apikey/change_form.html"

    class Media:
        css: ClassVar[dict[str, list[str]]] = {"all": ["console/keys.css"]}

    def has_change_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        """Refuse: a key stays what it is."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        """Refuse: that a key existed stays on record."""
        return False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Allow whoever may change keys."""
        return request.user.has_perm("accounts.change_apikey")

    @admin.display(description="Key")
    def shown_key(self, api_key: ApiKey) -> SafeString:
        """Return the part of the key that is no secret."""
        return format_html("<code>{}</code>", str(api_key))

    @admin.display(description="Host", ordering="service_account__public_id")
    def host(self, api_key: ApiKey) -> SafeString:
        """Return the service account's name and id."""
        return format_html(
            '<span class="member-name">{}</span> <span class="member-id">{}</span>',
            api_key.service_account.display_name,
            api_key.service_account.public_id,
        )

    @admin.display(description="State")
    def state(self, api_key: ApiKey) -> SafeString:
        """Return what has become of the key, as a pill."""
        state = api_key.get_state(timezone.now())
        return format_html('<span class="status-pill key-{}">{}</span>', state.value, state.label)

    @admin.display(description="Last used", ordering="last_used_at")
    def last_used(self, api_key: ApiKey) -> SafeString | str:
        """Return how long ago the key was used."""
        return _render_age(api_key.last_used_at)

    @admin.display(description="Expires", ordering="expires_at")
    def expires(self, api_key: ApiKey) -> str:
        """Return the day the key ends."""
        return f"{api_key.expires_at:%Y-%m-%d %H:%M} UTC" if api_key.expires_at else "Never"

    @admin.display(description="", empty_value="")
    def revoking(self, api_key: ApiKey) -> SafeString | str:
        """Return the row's button, where there is something left to revoke."""
        if api_key.revoked_at is not None:
            return ""
        return format_html(
            '<button type="submit" formmethod="post" formaction="{}" name="prefix" value="{}"'
            ' class="button decide reject" formnovalidate aria-label="Revoke {}">Revoke</button>',
            reverse("admin:accounts_apikey_revoke"),
            api_key.prefix,
            api_key,
        )

    def get_list_display(self, request: HttpRequest) -> Any:
        """Leave the buttons out for those who may only look."""
        may_revoke = self.has_revoke_permission(request)
        return [name for name in self.list_display if may_revoke or name != "revoking"]

    def get_urls(self) -> list[URLPattern]:
        """Add the address that revokes."""
        return [
            path(
                "revoke/",
                self.admin_site.admin_view(self.revoke_view),
                name="accounts_apikey_revoke",
            ),
            *super().get_urls(),
        ]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Ask whose key it shall be, make it and show it: in this answer and nowhere else."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = ApiKeyForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            new = form.create(actor=cast("User", request.user), now=timezone.now())
            if new is not None:
                return self._show(request, new)
        return self._answer(request, "create", "New API key", form=form)

    @admin.action(description="Revoke selected API keys", permissions=["revoke"])
    def revoke_selected(
        self, request: HttpRequest, queryset: QuerySet[ApiKey]
    ) -> HttpResponse | None:
        """Ask before revoking several."""
        if len(request.POST.getlist(ACTION_CHECKBOX_NAME)) > SELECTED_MAX:
            self.message_user(request, f"Select at most {SELECTED_MAX} keys.", messages.ERROR)
            return None
        return self._ask(request, queryset.values_list("prefix", flat=True)[:SELECTED_MAX])

    @method_decorator(require_POST)
    def revoke_view(self, request: HttpRequest) -> HttpResponse:
        """Revoke what the question listed; without its answer, ask."""
        if not self.has_revoke_permission(request):
            raise PermissionDenied
        prefixes = request.POST.getlist("prefix")[:SELECTED_MAX]
        if "confirmed" not in request.POST:
            return self._ask(request, prefixes)
        actor = cast("User", request.user)
        revoked = revoke_api_keys(prefixes=prefixes, actor=actor, now=timezone.now())
        for api_key in revoked:
            self.log_change(request, api_key, "Revoked.")
        names = ", ".join(map(str, revoked)) or "nothing that was not revoked before"
        self.message_user(request, f"Revoked: {names}", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:accounts_apikey_changelist"))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show a key with the button that revokes it."""
        api_key = kwargs.get("obj")
        if api_key and self.has_revoke_permission(request):
            context["revoke_button"] = self.revoking(api_key)
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def _show(self, request: HttpRequest, new: NewApiKey) -> HttpResponse:
        account = new.api_key.service_account.public_id
        sentence = f"Created for {account}; expires: {self.expires(new.api_key)}."
        self.log_addition(request, new.api_key, sentence)
        # The site's admin marks every answer no-store, so no cache keeps what stands only here.
        return self._answer(request, "created", "Copy the key now", new=new)

    def _ask(self, request: HttpRequest, prefixes: Iterable[str]) -> HttpResponse:
        keys = ApiKey.objects.select_related("service_account").filter(prefix__in=list(prefixes))
        rows = [
            {
                "api_key": api_key,
                "state": self.state(api_key),
                "last_used": self.last_used(api_key),
            }
            for api_key in keys.filter(revoked_at=None).order_by("pk")
        ]
        return self._answer(request, "revoke", "Revoke API keys", rows=rows)

    def _answer(
        self, request: HttpRequest, template: str, title: str, **context: Any
    ) -> HttpResponse:
        context |= {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "media": self.media,
            "list_url": reverse("admin:accounts_apikey_changelist"),
        }
        return TemplateResponse(request, f"admin/accounts/apikey/{template}.html", context)


def _render_age(instant: datetime | None) -> SafeString | str:
    if instant is None:
        return "Never"
    age = timesince(instant, depth=1)
    return format_html('<time datetime="{}">{} ago</time>', instant.isoformat(), age)
