"""Pages of lists, by `page` and `limit` or by `offset` and `limit`."""

import re
from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from .renderers import EnvelopeResponse

NUMBER = re.compile(r"[0-9]{1,9}")
LIMIT_DEFAULT = 20
LIMIT_MAX = 100


class PageLimitPagination(BasePagination):
    """The page a client asked for, and the envelope's `pagination` block.

    A view may set `page_limit_default`, `page_limit_max`, `list_name` and, where its document
    wants the block inside `data` as well, `nest_pagination`. A limit above the maximum is the
    maximum; a page past the end is empty; anything that is no such number is a 400 that names it.
    """

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any]:
        """Return the rows of the page. Two queries for a queryset, one when the page is empty."""
        self.view = view
        self.read_query(request)
        self.total = len(queryset) if isinstance(queryset, list | tuple) else queryset.count()
        if self.offset >= self.total:
            return []
        return list(queryset[self.offset : self.offset + self.limit])

    def read_query(self, request: Request) -> None:
        """Take `page`, `offset` and `limit` from the query, or raise a validation error."""
        default = getattr(self.view, "page_limit_default", LIMIT_DEFAULT)
        limit_max = getattr(self.view, "page_limit_max", LIMIT_MAX)
        query = request.query_params
        if "page" in query and "offset" in query:
            raise ValidationError({"offset": ["Give either page or offset, not both."]})
        self.limit = min(whole_number(query, "limit", default=default, smallest=1), limit_max)
        if "offset" in query:
            self.offset = whole_number(query, "offset", default=0, smallest=0)
            self.page = self.offset // self.limit + 1
        else:
            self.page = whole_number(query, "page", default=1, smallest=1)
            self.offset = (self.page - 1) * self.limit

    def block(self) -> dict[str, Any]:
        """Return `{page, limit, total, totalPages, hasMore}`."""
        return {
            "page": self.page,
            "limit": self.limit,
            "total": self.total,
            "totalPages": -(-self.total // self.limit),
            "hasMore": self.offset + self.limit < self.total,
        }

    def get_paginated_response(self, data: Any) -> Response:
        """Return the rows under the view's `list_name`, with `total`."""
        content = {getattr(self.view, "list_name", "results"): data, "total": self.total}
        if getattr(self.view, "nest_pagination", False):
            content["pagination"] = self.block()
        response = EnvelopeResponse(content)
        response.pagination = self.block()
        return response

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        """Document the three query parameters."""
        default = getattr(view, "page_limit_default", LIMIT_DEFAULT)
        limit_max = getattr(view, "page_limit_max", LIMIT_MAX)
        return [
            parameter("page", "The page, from 1.", default=1, smallest=1),
            parameter(
                "limit",
                f"Rows on a page; more than {limit_max} means {limit_max}.",
                default=default,
                smallest=1,
            ),
            parameter("offset", "Rows to skip, instead of page.", smallest=0),
        ]


def whole_number(query: Any, name: str, *, default: int, smallest: int) -> int:
    """Return a number of the query, or raise the validation error that names it."""
    text = query.get(name)
    if text is None:
        return default
    if not NUMBER.fullmatch(text) or int(text) < smallest:
        raise ValidationError({name: [f"A whole number of at least {smallest} is required."]})
    return int(text)


def parameter(
    name: str, description: str, *, smallest: int, default: int | None = None
) -> dict[str, Any]:
    """Return the OpenAPI description of one numeric query parameter."""
    schema: dict[str, Any] = {"type": "integer", "minimum": smallest, "maximum": 10**9 - 1}
    if default is not None:
        schema["default"] = default
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": schema,
    }
