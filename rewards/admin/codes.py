"""Pools of voucher codes: what is left, and where staff add to them."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from points.admin import KeepsChanges, ReadOnlyAdmin
from rewards.models import CodePool, VoucherCode
from rewards.selectors.codes import list_pools
from rewards.services.codes import CODES_PER_UPLOAD_MAX, add_codes, check_codes

# What Django takes in a form beside files is 2.5 MB; the confirmation sends the codes once more.
TEXT_LENGTH_MAX = 2_000_000
FAULTS_SHOWN_MAX = 100
CODES_SHOWN_MAX = 5


class CodesForm(forms.Form):
    """Codes, pasted or as a file."""

    codes = forms.CharField(
        label="Paste codes",
        required=False,
        strip=False,
        max_length=TEXT_LENGTH_MAX,
        widget=AdminTextareaWidget(attrs={"rows": 12, "spellcheck": "false"}),
        help_text="One in each line.",
    )
    file = forms.FileField(
        label="Or a file",
        required=False,
        help_text="Text or CSV in UTF-8. The first column counts; a header “code” is passed over.",
    )

    def clean(self) -> dict[str, Any]:
        """Keep under `text` what is to be read."""
        data = super().clean() or {}
        file, pasted = data.get("file"), data.get("codes") or ""
        if file and pasted.strip():
            raise forms.ValidationError("Paste codes or choose a file, not both.")
        if not file and not pasted.strip() and not self.errors:
            raise forms.ValidationError("Paste codes or choose a file.")
        if file and file.size > TEXT_LENGTH_MAX:
            self.add_error("file", f"The file is larger than {TEXT_LENGTH_MAX:,} bytes: split it.")
            return data
        # What is no UTF-8 becomes a sign that no code may hold, and is named with its line.
        text = file.read().decode("utf-8", errors="replace") if file else pasted
        if text.count("\n") > CODES_PER_UPLOAD_MAX:
            raise forms.ValidationError(f"At most {CODES_PER_UPLOAD_MAX:,} lines at once.")
        return data | {"text": text}


@admin.register(CodePool)
class CodePoolAdmin(KeepsChanges):
    """Pools and what is left in them."""

    list_display = ["name", "stock", "handed_out", "used_by"]
    search_fields = ["name"]
    ordering = ["name"]
    readonly_fields = ["stock", "handed_out", "used_by"]
    fieldsets = [
        (None, {"fields": ["name", "low_stock_at", "keeps_case"]}),
        ("Codes", {"fields": ["stock", "handed_out", "used_by"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[CodePool]:
        """Count what is left and what was handed out, and take along who uses it."""
        return list_pools().prefetch_related("options", "rewards")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave the counts out of a pool that is not there yet."""
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj else fieldsets[:1]

    def has_delete_permission(self, request: HttpRequest, obj: CodePool | None = None) -> bool:
        """Refuse for a pool that has codes, and for several at once."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and obj is not None and not obj.codes.exists()

    @admin.display(description="Left", ordering="left")
    def stock(self, pool: Any) -> SafeString:
        """Return how many codes are left, and whether that is few."""
        if pool.left == 0:
            state, words = "out", "No codes left"
        else:
            state = "low" if pool.left <= pool.low_stock_at else "left"
            words = f"{pool.left:,} left" + (", low" if state == "low" else "")
        return format_html('<span class="status-pill stock-{}">{}</span>', state, words)

    @admin.display(description="Handed out", ordering="handed_out")
    def handed_out(self, pool: Any) -> str:
        """Return how many codes members hold."""
        return f"{pool.handed_out:,}"

    @admin.display(description="Used by")
    def used_by(self, pool: CodePool) -> str:
        """Return the options and rewards that hand out from it."""
        return ", ".join([*map(str, pool.options.all()), *map(str, pool.rewards.all())]) or "-"

    def has_add_codes_permission(self, request: HttpRequest) -> bool:
        """Allow whoever may add voucher codes."""
        return request.user.has_perm("rewards.add_vouchercode")

    def get_urls(self) -> list[URLPattern]:
        """Add the page that takes codes in."""
        return [
            path(
                "<int:pool_id>/codes/",
                self.admin_site.admin_view(self.codes_view),
                name="rewards_codepool_codes",
            ),
            *super().get_urls(),
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show a pool with the way to add codes."""
        context["may_add_codes"] = self.has_add_codes_permission(request)
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def codes_view(self, request: HttpRequest, pool_id: int) -> HttpResponse:
        """Read codes, show what adding them would do, and add what was confirmed."""
        if not self.has_add_codes_permission(request):
            raise PermissionDenied
        pool = get_object_or_404(CodePool, pk=pool_id)
        if "confirmed" in request.POST:
            return self._add(request, pool, request.POST["confirmed"])
        form = CodesForm(request.POST or None, request.FILES or None)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Add codes to {pool}",
            "opts": self.opts,
            "list_url": reverse("admin:rewards_codepool_changelist"),
            "pool": pool,
            "form": form,
            "lines_max": CODES_PER_UPLOAD_MAX,
        }
        if request.method == "POST" and form.is_valid():
            checked = check_codes(pool=pool, text=form.cleaned_data["text"])
            context |= {
                "checked": checked,
                "examples": checked.codes[:CODES_SHOWN_MAX],
                "confirmed": " ".join(checked.codes),
                "faults": checked.faults[:FAULTS_SHOWN_MAX],
                "more_faults": max(0, len(checked.faults) - FAULTS_SHOWN_MAX),
            }
        return TemplateResponse(request, "admin/rewards/codepool/codes.html", context)

    def _add(self, request: HttpRequest, pool: CodePool, confirmed: str) -> HttpResponse:
        """Add what the preview listed; it is checked again, as somebody may have been faster."""
        checked = check_codes(pool=pool, text=confirmed.replace(" ", "\n"))
        added = add_codes(pool=pool, codes=checked.codes, actor=request.user, now=timezone.now())
        if added:
            self.log_change(request, pool, f"Added {added:,} codes.")
            self.message_user(request, f"Added {added:,} codes to {pool}.", messages.SUCCESS)
        missed = len(confirmed.split()) - added
        if missed:
            self.message_user(
                request, f"{missed:,} codes had been added meanwhile.", messages.WARNING
            )
        return HttpResponseRedirect(reverse("admin:rewards_codepool_change", args=[pool.pk]))


class HandedOutFilter(admin.SimpleListFilter):
    """By whether somebody holds the code."""

    title = "state"
    parameter_name = "handed_out"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the choices."""
        return [("no", "Left"), ("yes", "Handed out")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[VoucherCode]
    ) -> QuerySet[VoucherCode]:
        """Return the codes in the chosen state."""
        if self.value() not in ("no", "yes"):
            return queryset
        return queryset.filter(assigned_at__isnull=self.value() == "no")


@admin.register(VoucherCode)
class VoucherCodeAdmin(ReadOnlyAdmin):
    """Codes, masked. Who has a whole one in hand can search for it and see whose it is."""

    list_display = ["shown", "pool", "state", "holder", "assigned_at", "added_at"]
    list_filter = ["pool", HandedOutFilter]
    list_select_related = ["pool", "option_redemption__member", "redemption__member"]
    search_fields = ["code__iexact"]
    search_help_text = "A whole code"
    ordering = ["-id"]
    fields = ["shown", "pool", "added_at", "added_by", "assigned_at", "holder", "redemption"]
    fields += ["option_redemption"]

    def has_delete_permission(self, request: HttpRequest, obj: VoucherCode | None = None) -> bool:
        """Allow for codes nobody holds: uploads go wrong."""
        if obj is not None and obj.assigned_at is not None:
            return False
        return request.user.has_perm("rewards.delete_vouchercode")

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[Any, int], set[Any], list[Any]]:
        """Keep codes that were handed out from being deleted with others; list few of many."""
        held = [f"{code} was handed out" for code in objs if code.assigned_at is not None]
        count = len(objs)
        names = [str(code) for code in objs[:FAULTS_SHOWN_MAX]]
        return names, {self.opts.verbose_name_plural: count}, set(), held[:FAULTS_SHOWN_MAX]

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[VoucherCode]) -> None:
        """Delete what nobody holds; one that was handed out since the list was made stays."""
        queryset.filter(assigned_at__isnull=True).delete()

    @admin.display(description="Code")
    def shown(self, code: VoucherCode) -> str:
        """Return the end of the code."""
        return code.masked

    @admin.display(description="State", ordering="assigned_at")
    def state(self, code: VoucherCode) -> SafeString:
        """Return whether somebody holds it."""
        state, words = ("inactive", "Handed out") if code.assigned_at else ("active", "Left")
        return format_html('<span class="status-pill offer-{}">{}</span>', state, words)

    @admin.display(description="Member")
    def holder(self, code: VoucherCode) -> str:
        """Return whose code it is."""
        redemption = code.option_redemption or code.redemption
        return redemption.member.display_name if redemption else "-"
