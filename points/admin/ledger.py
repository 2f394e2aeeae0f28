"""The ledger on the console: rules to edit, records to read."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from ..models import (
    Activity,
    AuditRun,
    ExpiryReminder,
    LevelConfig,
    LotUse,
    PointAccount,
    PointAction,
    PointLot,
    PointTransaction,
    RefusedActivity,
)
from ..templatetags.numbers import signed
from .base import ReadOnlyAdmin, number_column
from .changes import KeepsChanges
from .members import MemberFilter, filter_by_member, render_member


@admin.register(LevelConfig)
class LevelConfigAdmin(KeepsChanges):
    """Levels and their thresholds."""

    list_display = ["name", "tier", number_column("min_points")]
    ordering = ["tier"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: members have reached it."""
        return False


@admin.register(PointAction)
class PointActionAdmin(KeepsChanges):
    """What members can do, what it earns and how often."""

    list_display = ["code", "category", "earns", "unit_field", "once_per_member", "is_active"]
    list_filter = ["category", "is_active", "once_per_member"]
    search_fields = ["code", "description"]
    ordering = ["category", "code"]
    list_per_page = 100
    fieldsets = [
        (None, {"fields": ["code", "category", "description", "is_active"]}),
        ("What it earns", {"fields": ["points", "unit_field", "unit_size", "expires_after_days"]}),
        (
            "How often",
            {
                "fields": [
                    "once_per_member",
                    "times_per_day_max",
                    "times_per_week_max",
                    "cooldown_seconds",
                ]
            },
        ),
    ]

    @admin.display(description="points", ordering="points")
    def earns(self, action: PointAction) -> str:
        """Return what it earns, or takes."""
        return signed(action.points)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: the ledger refers to it. An action that shall earn no more is made inactive."""
        return False


OfAccount = filter_by_member("account__member")


class OfUserId(MemberFilter):
    """Refusals know their member by what the host sent."""

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[RefusedActivity]
    ) -> QuerySet[RefusedActivity]:
        """Keep what was sent about this user id."""
        return queryset if self.value() is None else queryset.filter(user_id=self.value())


class LotInline(admin.TabularInline):
    """A member's lots."""

    model = PointLot
    fields = ["amount", "remaining", "expires_at"]
    ordering = ["expires_at", "pk"]
    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[PointLot]:
        """Show only lots that hold points."""
        return super().get_queryset(request).filter(remaining__gt=0)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False


@admin.register(PointAccount)
class PointAccountAdmin(ReadOnlyAdmin):
    """Members' balances and what they consist of."""

    list_display = [
        "opened_at",
        "member_name",
        number_column("balance"),
        number_column("lifetime_points"),
        "level",
    ]
    list_filter = [MemberFilter, "level"]
    list_select_related = ["member", "level"]
    search_fields = ["member__public_id", "member__name", "member__email"]
    ordering = ["-id"]
    inlines = [LotInline]

    @admin.display(description="member", ordering="member__name")
    def member_name(self, account: PointAccount) -> SafeString:
        """Return who it is, with the way to their page."""
        return render_member(account.member)


@admin.register(PointTransaction)
class PointTransactionAdmin(ReadOnlyAdmin):
    """The ledger, newest first."""

    list_display = [
        "created_at",
        "member",
        "type",
        "moved",
        number_column("balance_after"),
        "description",
    ]
    list_filter = [OfAccount, "type"]
    list_select_related = ["account__member"]
    search_fields = ["=account__member__public_id", "=source_id"]
    search_help_text = "A whole user id, or the id of what caused it (an event, a redemption)."
    ordering = ["-id"]

    @admin.display(description="member", ordering="account__member__name")
    def member(self, transaction: PointTransaction) -> SafeString:
        """Return who it was, with the way to their page."""
        return render_member(transaction.account.member)

    @admin.display(description="amount", ordering="amount")
    def moved(self, transaction: PointTransaction) -> str:
        """Return what came or went."""
        return signed(transaction.amount)


@admin.register(Activity)
class ActivityAdmin(ReadOnlyAdmin):
    """What members did and why it earned what it did."""

    list_display = ["occurred_at", "member", "action", "status", "earned", "reason"]
    list_filter = [OfAccount, "status", "action__category"]
    list_select_related = ["account__member", "action"]
    search_fields = ["=account__member__public_id", "=event_id", "=action__code"]
    search_help_text = "A whole user id, event id or action code."
    ordering = ["-id"]

    @admin.display(description="member", ordering="account__member__name")
    def member(self, activity: Activity) -> SafeString:
        """Return who it was, with the way to their page."""
        return render_member(activity.account.member)

    @admin.display(description="points", ordering="points")
    def earned(self, activity: Activity) -> str:
        """Return what it earned, or took."""
        return signed(activity.points)


@admin.register(RefusedActivity)
class RefusedActivityAdmin(ReadOnlyAdmin):
    """Reported activities that did not enter the log, and why."""

    list_display = ["created_at", "user_id", "action", "status", "reason"]
    list_filter = [OfUserId, "status"]
    search_fields = ["=user_id", "=event_id"]
    search_help_text = "A whole user id or event id."
    ordering = ["-id"]


@admin.register(LotUse)
class LotUseAdmin(ReadOnlyAdmin):
    """Which transaction took how much of which lot."""

    list_display = ["transaction", "lot", "amount", "lot_extended_to"]
    list_select_related = ["transaction", "lot"]
    search_fields = ["=transaction__id", "=lot__transaction__id"]
    ordering = ["-id"]


@admin.register(ExpiryReminder)
class ExpiryReminderAdmin(ReadOnlyAdmin):
    """Who was told that points will lapse, and whether the e-mail went out."""

    list_display = ["created_at", "member", "points", "lapse_date", "days_before", "mailed_at"]
    list_filter = [OfAccount, "days_before"]
    list_select_related = ["account__member"]
    search_fields = ["=account__member__public_id"]
    search_help_text = "A whole user id."
    ordering = ["-id"]

    @admin.display(description="member", ordering="account__member__name")
    def member(self, reminder: ExpiryReminder) -> SafeString:
        """Return who it was, with the way to their page."""
        return render_member(reminder.account.member)


@admin.register(AuditRun)
class AuditRunAdmin(ReadOnlyAdmin):
    """What came of each audit, and what it found."""

    list_display = ["ended_at", "verdict_pill", "findings", "rows"]
    list_filter = ["verdict"]
    ordering = ["-id"]
    fields = ["verdict_pill", "started_at", "ended_at", "rows", "findings", "found", "passes_run"]

    @admin.display(description="verdict", ordering="verdict")
    def verdict_pill(self, run: AuditRun) -> SafeString:
        """Return the verdict."""
        return format_html(
            '<span class="status-pill verdict-{}">{}</span>',
            run.verdict.lower(),
            run.get_verdict_display(),
        )

    @admin.display(description="first findings")
    def found(self, run: AuditRun) -> SafeString | str:
        """Return the findings that were kept, in the order they were met."""
        rows = [(each["pass"], each["subject"], each["problem"]) for each in run.examples]
        return format_html_join("\n", "{}: {}: {}", rows) or "None."

    @admin.display(description="passes")
    def passes_run(self, run: AuditRun) -> SafeString:
        """Return each pass with how it ended."""
        rows = [
            (
                each["name"],
                f"{each['rows']:,} rows",
                each["error"] or (f"{each['findings']:,} findings" if each["findings"] else "OK"),
            )
            for each in run.passes
        ]
        return format_html_join("\n", "{}: {}, {}", rows)
