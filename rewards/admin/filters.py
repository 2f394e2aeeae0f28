"""How the two lists are narrowed down."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest

from rewards.enums import RedemptionStatus
from rewards.models import Redemption, Reward

ALL_STATUSES = "ALL"


class StatusFilter(admin.SimpleListFilter):
    """By status; what waits is shown unless asked otherwise."""

    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the choices beside the default."""
        return [*RedemptionStatus.choices, (ALL_STATUSES, "All")]

    def value(self) -> str:
        """Return the chosen status, PENDING when none is."""
        return super().value() or RedemptionStatus.PENDING

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Return every choice; there is no "All" in front, since waiting is the default."""
        for value, title in self.lookup_choices:
            yield {
                "selected": self.value() == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": title,
            }

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Redemption]
    ) -> QuerySet[Redemption]:
        """Return the redemptions of the chosen status."""
        if self.value() == ALL_STATUSES:
            return queryset
        return queryset.filter(status=self.value())


class DeletedFilter(admin.SimpleListFilter):
    """The catalogue as it is, unless deleted rewards are asked for."""

    title = "catalogue"
    parameter_name = "catalogue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the choice beside the default."""
        return [("deleted", "Deleted")]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Name the default for what it is."""
        default, *others = super().choices(changelist)
        yield {**default, "display": "In the catalogue"}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Reward]) -> QuerySet[Reward]:
        """Return the rewards that are there, or those that are not."""
        return queryset.filter(deleted_at__isnull=self.value() != "deleted")


class StockFilter(admin.SimpleListFilter):
    """By what is left."""

    title = "stock"
    parameter_name = "stock"
    conditions = {
        "out": Q(quantity=0),
        "low": Q(quantity__gt=0, quantity__lte=F("low_stock_at")),
        "left": Q(quantity__gt=F("low_stock_at")),
        "unlimited": Q(quantity__isnull=True),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the choices."""
        return [
            ("out", "Sold out"),
            ("low", "Few left"),
            ("left", "Enough left"),
            ("unlimited", "Without limit"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Reward]) -> QuerySet[Reward]:
        """Return the rewards in the chosen state."""
        return queryset.filter(self.conditions.get(self.value() or "", Q()))
