"""The order of lists: `sortBy` and `sortOrder`."""

from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request
from rest_framework.views import APIView

ORDERS = ("asc", "desc")


class SortBackend(BaseFilterBackend):
    """Sorts a list by what its view offers.

    `sort_fields` of the view maps the names clients use to expressions of the query, its first
    entry being the default unless `createdAt` is offered or `sort_field_default` names another;
    `sort_order_default` is desc unless the view says otherwise. A unique key comes last, so that
    pages never overlap. A view without `sort_fields` has an order of its own and refuses to be
    sorted.
    """

    def filter_queryset(self, request: Request, queryset: Any, view: APIView) -> Any:
        """Return the queryset in the order asked for, or raise a validation error."""
        fields = sort_fields(view)
        name = choice(request, "sortBy", allowed=list(fields), default=default_field(view))
        order = choice(request, "sortOrder", allowed=list(ORDERS), default=default_order(view))
        if not fields or isinstance(queryset, list | tuple):
            return queryset
        sign = "-" if order == "desc" else ""
        unique = getattr(view, "sort_unique_field", "pk")
        return queryset.order_by(f"{sign}{fields[name]}", f"{sign}{unique}")

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        """Document the two query parameters, where the view sorts."""
        fields = sort_fields(view)
        if not fields:
            return []
        return [
            parameter("sortBy", "What to sort by.", list(fields), default_field(view)),
            parameter("sortOrder", "Which end comes first.", list(ORDERS), default_order(view)),
        ]


def sort_fields(view: APIView) -> dict[str, str]:
    """Return what a view's list can be sorted by."""
    fields: dict[str, str] = getattr(view, "sort_fields", {})
    return fields


def default_field(view: APIView) -> str:
    """Return the name a list is sorted by when nobody asks."""
    fields = sort_fields(view)
    usual = "createdAt" if "createdAt" in fields else next(iter(fields), "")
    field: str = getattr(view, "sort_field_default", usual)
    return field


def default_order(view: APIView) -> str:
    """Return the order a list has when nobody asks."""
    order: str = getattr(view, "sort_order_default", "desc")
    return order


def choice(request: Request, name: str, *, allowed: list[str], default: str) -> str:
    """Return a parameter's value, or raise the validation error that lists the allowed ones."""
    value: str = request.query_params.get(name, default)
    if name in request.query_params and value not in allowed:
        sentence = f"Must be one of: {', '.join(allowed)}." if allowed else "This order is fixed."
        raise ValidationError({name: [sentence]})
    return value


def parameter(name: str, description: str, allowed: list[str], default: str) -> dict[str, Any]:
    """Return the OpenAPI description of one parameter with a fixed choice."""
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": {"type": "string", "enum": allowed, "default": default},
    }
