"""The catalogue: what staff put on offer, change and take away."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from points.admin import CheckedSelectionAdmin, KeepsChanges, number_column
from points.errors import LoyaltyError
from rewards.models import Reward
from rewards.selectors.offers import look_for_codes
from rewards.services.catalogue import create_reward, delete_reward, update_reward

from .catalogue_file import CatalogueFileMixin
from .filters import DeletedFilter, StockFilter


@admin.register(Reward)
class RewardAdmin(CatalogueFileMixin, KeepsChanges, CheckedSelectionAdmin):
    """Rewards. Deleting one takes it off every list and keeps what members redeemed."""

    list_display = [
        "title",
        "category",
        number_column("points_required", label="price in points"),
        "stock",
        "offer",
        "partner",
    ]
    list_filter = [DeletedFilter, "category", "is_active", StockFilter]
    search_fields = ["title", "description", "partner"]
    search_help_text = "Title, description or partner"
    ordering = ["category", "points_required", "id"]
    list_select_related = ["minimum_level"]
    fieldsets = [
        (None, {"fields": ["title", "description", "category", "partner", "image_url"]}),
        (
            "Price and stock",
            {
                "fields": [
                    "points_required",
                    "quantity",
                    "low_stock_at",
                    "per_member_max",
                    "code_pool",
                ]
            },
        ),
        (
            "On offer",
            {"fields": ["is_active", "valid_from", "valid_until", "minimum_level"]},
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reward]:
        """Look whether the pool of each has a code left."""
        return look_for_codes(super().get_queryset(request))

    def has_change_permission(self, request: HttpRequest, obj: Reward | None = None) -> bool:
        """Refuse for a deleted reward: it can be read, not brought back."""
        return not (obj and obj.deleted_at) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Reward | None = None) -> bool:
        """Refuse for a deleted reward."""
        return not (obj and obj.deleted_at) and super().has_delete_permission(request, obj)

    @admin.display(description="Stock", ordering="quantity")
    def stock(self, reward: Reward) -> SafeString:
        """Return what is left, and whether its codes ran out before."""
        if reward.quantity != 0 and not reward.has_codes:
            state, words = "out", "No codes left"
        elif reward.quantity is None:
            state, words = "unlimited", "Without limit"
        elif reward.quantity == 0:
            state, words = "out", "Sold out"
        else:
            state = "low" if reward.is_low() else "left"
            words = f"{reward.quantity:,} left"
        return format_html('<span class="status-pill stock-{}">{}</span>', state, words)

    @admin.display(description="On offer", ordering="is_active")
    def offer(self, reward: Reward) -> SafeString:
        """Return whether members can redeem it now, and why not."""
        if reward.deleted_at:
            state, words = "deleted", "Deleted"
        elif not reward.is_active:
            state, words = "inactive", "Inactive"
        elif reward.is_in_window(timezone.now()):
            state, words = "active", "On offer"
        else:
            state, words = "outside", "Outside its dates"
        return format_html('<span class="status-pill offer-{}">{}</span>', state, words)

    def formfield_for_dbfield(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        """Send the stock the editor saw along with the form, so that the change is what counts.

        An image's address typed without a scheme is an https one.
        """
        if db_field.name == "image_url":
            kwargs["assume_scheme"] = "https"
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and db_field.name == "quantity":
            field.show_hidden_initial = True
        return field

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Tell what the service refuses, and go back to where the editor was."""
        try:
            response: HttpResponse = super().changeform_view(request, *args, **kwargs)
        except LoyaltyError as error:
            self.message_user(request, error.message, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
        return response

    def save_model(self, request: HttpRequest, obj: Reward, form: Any, change: Any) -> None:
        """Save through the service: what was changed, and only that."""
        fields = {name: form.cleaned_data[name] for name in form.changed_data}
        now = timezone.now()
        if change:
            update_reward(
                reward_id=obj.pk, fields=fields, quantity_seen=_read_quantity_seen(form), now=now
            )
        else:
            obj.pk = create_reward(fields=form.cleaned_data, now=now).pk

    def delete_model(self, request: HttpRequest, obj: Reward) -> None:
        """Take a reward out of the catalogue."""
        delete_reward(reward_id=obj.pk, now=timezone.now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Reward]) -> None:
        """Take several rewards out of the catalogue."""
        for reward in queryset.filter(deleted_at__isnull=True):
            self.delete_model(request, reward)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[Any, int], set[Any], list[Any]]:
        """Return the rewards alone: no row goes, so nothing of theirs stands in the way."""
        names = [str(reward) for reward in objs]
        return names, {self.opts.verbose_name_plural: len(names)}, set(), []


def _read_quantity_seen(form: Any) -> int | None:
    text = form.data.get(form["quantity"].html_initial_name, "")
    return int(text) if text.isascii() and text.isdigit() else None
