"""The OpenAPI document: every answer in its envelope, every failure an operation can have."""

from functools import lru_cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent, build_array_type, is_list_serializer

from . import limits
from .envelope import error_body, is_api_path, is_under, success_body
from .errors import (
    FAILED,
    KEY_REUSED,
    LOCKED,
    MALFORMED,
    NOT_ALLOWED,
    NOT_FOUND,
    REFUSED_BY_STATE,
    SIGNED_OUT,
    TOO_LARGE,
    TOO_MANY,
    UNAVAILABLE,
    WRONG_TYPE,
)
from .idempotency import HEADER, HIT_HEADER
from .models import KEY_LENGTH_MAX
from .renderers import EnvelopeRenderer

JSON = "application/json"
WRITES = ("POST", "PUT", "PATCH", "DELETE")
LIST_NAME_DEFAULT = "results"
TAGS = {
    "/api/auth": "Sign-in",
    "/api/points": "Points",
    "/r": "Referrals",
    "/api/referral": "Referrals",
    "/v2/gamification/activities": "Reports by the host",
    "/v2/gamification/members": "Reports by the host",
    "/v2/gamification/badges": "Badges",
    "/v2/gamification/points": "Points",
    "/v2/gamification/rewards": "Reward catalogue",
    "/v2/gamification/leaderboard": "Leaderboards",
    "/v2/gamification": "Gamification",
    "/rewards": "Rewards by type",
    "/analytics": "Rewards by type",
}
PROBLEMS = {
    problem.status: problem
    for problem in (
        *(MALFORMED, SIGNED_OUT, NOT_ALLOWED, NOT_FOUND, REFUSED_BY_STATE),
        *(TOO_LARGE, WRONG_TYPE, KEY_REUSED, LOCKED, TOO_MANY, FAILED, UNAVAILABLE),
    )
}
RETRY_AFTER = {
    "description": "In whole seconds.",
    "schema": {"type": "integer", "minimum": 1},
}
IDEMPOTENCY_KEY = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "Made up by you for one thing to be done. Sent again with the same request, it "
    "answers the same and does nothing twice.",
    "schema": {"type": "string", "minLength": 1, "maxLength": KEY_LENGTH_MAX},
    "example": "0b8f9a52-6f0e-4f0b-9a3d-2c1f1f6f3b1e",
}
IDEMPOTENCY_HIT = {
    "description": "`true` on an answer that was given before.",
    "schema": {"type": "string", "enum": ["true"]},
}
TEXT = {"type": "string"}
NOTHING = {"nullable": True, "enum": [None]}
COUNT = {"type": "integer", "minimum": 0}
REQUEST_FACTS = {
    "statusCode": {"type": "integer"},
    "timestamp": {"type": "string", "format": "date-time"},
    "path": TEXT | {"description": "As it was called, without the query string."},
    "method": TEXT,
}
PAGINATION = {
    "type": "object",
    "properties": {
        "page": {"type": "integer", "minimum": 1},
        "limit": {"type": "integer", "minimum": 1},
        "total": COUNT,
        "totalPages": COUNT,
        "hasMore": {"type": "boolean"},
    },
    "required": ["page", "limit", "total", "totalPages", "hasMore"],
}
ENVELOPE = {
    "type": "object",
    "properties": {
        "success": {"type": "boolean", "enum": [True]},
        "message": TEXT,
        "data": {},
        **REQUEST_FACTS,
    },
    "required": ["success", "message", "data", *REQUEST_FACTS],
}
FIELD_ERROR = {
    "type": "object",
    "properties": {
        "field": TEXT
        | {"nullable": True, "description": "A path like `items.0.userId`; null is the whole."},
        "message": TEXT,
    },
    "required": ["field", "message"],
}
ERROR_ENVELOPE = {
    "type": "object",
    "properties": {
        "success": {"type": "boolean", "enum": [False]},
        "message": TEXT,
        "error": TEXT,
        "code": TEXT | {"description": "The stable word to test for."},
        "details": {
            "nullable": True,
            "oneOf": [build_array_type(FIELD_ERROR), {"type": "object"}],
        },
        "data": build_array_type(FIELD_ERROR),
        **REQUEST_FACTS,
    },
    "required": ["success", "message", "error", "code", "details", *REQUEST_FACTS],
}


class EnvelopeAutoSchema(AutoSchema):
    """Documents what `EnvelopeRenderer` sends.

    A view documents the serializer of its `data`, and names the texts beside it in `beside_data`.
    On a GET of a view with a `list_name` and a paginator, that serializer is one row of the page,
    unless it has a field of that name.
    """

    def is_page(self) -> bool:
        """Say whether the operation answers a page of a list."""
        if self.method != "GET" or self.paginator() is None:
            return False
        if self.list_name() != LIST_NAME_DEFAULT:
            return True
        return self._is_list_view(self.get_response_serializers())

    def paginator(self) -> Any:
        """Return the class that pages the view's lists, or None."""
        return getattr(self.view, "pagination_class", None)

    def list_name(self) -> str:
        """Return the key a list of the view stands under."""
        name: str = getattr(self.view, "list_name", LIST_NAME_DEFAULT)
        return name

    def _is_list_view(self, serializer: Any = None) -> bool:
        if isinstance(serializer, dict) and serializer:
            serializer = serializer[min(serializer, key=str)]
        return bool(is_list_serializer(serializer))

    def _get_paginator(self) -> None:
        return None

    def _get_pagination_parameters(self) -> list[dict[str, Any]]:
        if not self.is_page():
            return []
        parameters: list[dict[str, Any]] = self.paginator()().get_schema_operation_parameters(
            self.view
        )
        return parameters

    def get_filter_backends(self) -> list[Any]:
        """Return the view's filters where it answers a page."""
        return list(getattr(self.view, "filter_backends", [])) if self.is_page() else []

    def is_repeatable(self) -> bool:
        """Say whether the operation is a write of somebody signed in, and so takes a key."""
        return self.method in WRITES and any(self.get_auth())

    def _get_parameters(self) -> list[dict[str, Any]]:
        parameters: list[dict[str, Any]] = super()._get_parameters()
        return [*parameters, IDEMPOTENCY_KEY] if self.is_repeatable() else parameters

    def get_operation_id(self) -> str:
        """Return the method and the path as one word: `getRewardsPointsByUserId`."""
        words = []
        for part in self.path.strip("/").split("/"):
            name = part.strip("{}").replace("-", "_")
            word = "".join(piece[:1].upper() + piece[1:] for piece in name.split("_"))
            words.append(f"By{word}" if part.startswith("{") else word)
        return self.method.lower() + "".join(words)

    def get_tags(self) -> list[str]:
        """Return the section the operation stands in."""
        return [next((tag for prefix, tag in TAGS.items() if is_under(self.path, prefix)), "Site")]

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        if "204" in bodies and not isinstance(self.get_response_serializers(), dict):
            bodies = {
                "200": {"description": "Done", "content": {JSON: {"schema": self.enveloped({})}}}
            }
        for status in self.failure_statuses():
            body = bodies.setdefault(str(status), {"description": ""})
            body["description"] = body["description"] or PROBLEMS[status].message
            if "Retry-After" in PROBLEMS[status].headers:
                body["headers"] = {"Retry-After": RETRY_AFTER}
        for text, body in bodies.items():
            if int(text) >= MALFORMED.status:
                body["content"] = self.failure_content(int(text))
        return dict(sorted(bodies.items()))

    def _get_response_for_code(
        self,
        serializer: Any,
        status_code: str,
        media_types: Any = None,
        direction: Any = "response",
    ) -> dict[str, Any]:
        response: dict[str, Any] = super()._get_response_for_code(  # type: ignore[no-untyped-call]
            serializer, status_code, media_types, direction
        )
        if not "200" <= status_code < "300" or status_code == "204":
            return response
        response["description"] = response["description"] or "Success"
        if self.is_repeatable():
            response["headers"] = response.get("headers", {}) | {HIT_HEADER: IDEMPOTENCY_HIT}
        content = response.get("content", {JSON: {"schema": NOTHING}})
        if JSON in content and self.answers_in_envelope():
            self.wrap(content[JSON], int(status_code))
            response["content"] = content
        return response

    def answers_in_envelope(self) -> bool:
        """Say whether the view's JSON stands in the envelope."""
        renderers = getattr(self.view, "renderer_classes", ())
        return any(issubclass(renderer, EnvelopeRenderer) for renderer in renderers)

    def wrap(self, media: dict[str, Any], status: int) -> None:
        """Put the envelope around a response's schema and its examples."""
        rows_only = self.is_page() and not self.names_its_list()
        media["schema"] = self.enveloped(
            self.page(media["schema"]) if rows_only else media["schema"]
        )
        for example in media.get("examples", {}).values():
            example["value"] = self.enveloped_example(example["value"], status, rows_only)

    def names_its_list(self) -> bool:
        """Say whether the documented serializer holds the list itself."""
        serializer = self.get_response_serializers()
        serializer = serializer() if isinstance(serializer, type) else serializer
        return self.list_name() in getattr(serializer, "fields", {})

    def page(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the schema of a page's `data`."""
        rows = schema if schema.get("type") == "array" else build_array_type(schema)
        properties = {self.list_name(): rows, "total": COUNT}
        if getattr(self.view, "nest_pagination", False):
            properties["pagination"] = self.component("Pagination", PAGINATION)
        return {"type": "object", "properties": properties, "required": list(properties)}

    def enveloped(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the schema of the envelope around a schema."""
        properties = {"data": schema or NOTHING}
        if self.is_page():
            properties["pagination"] = self.component("Pagination", PAGINATION)
        properties |= dict.fromkeys(getattr(self.view, "beside_data", ()), TEXT)
        own = {"type": "object", "properties": properties, "required": list(properties)}
        return {"allOf": [self.component("Envelope", ENVELOPE), own]}

    def enveloped_example(self, value: Any, status: int, rows_only: bool) -> Any:  # noqa: FBT001
        """Return an example in the envelope, unless it shows one."""
        if isinstance(value, dict) and "success" in value:
            return value
        pagination = None
        if rows_only:
            rows = value if isinstance(value, list) else [value]
            value = {self.list_name(): rows, "total": len(rows)}
        if self.is_page():
            pagination = {"page": 1, "limit": 20, "total": 1, "totalPages": 1, "hasMore": False}
        return success_body(
            value,
            status=status,
            message="Success",
            path=self.path,
            method=self.method,
            pagination=pagination,
        ) | {"timestamp": "2026-05-23T10:00:00.000Z"}

    def failure_statuses(self) -> list[int]:
        """Return how the operation can fail, as far as its shape tells."""
        statuses = [400, 500, 503, *getattr(self.view, "error_statuses", {}).values()]
        auth = self.get_auth()
        # An empty requirement stands for callers who show no token.
        if any(auth):
            statuses.append(401)
        if auth and {} not in auth:
            statuses.append(403)
        if self.path not in limits.EXEMPT_PATHS:
            statuses.append(429)
        if self.is_repeatable():
            statuses.append(422)
        if "{" in self.path:
            statuses.append(404)
        if self.method in ("POST", "PUT", "PATCH"):
            statuses += [404, 409, 413, 415]
        if self.method == "DELETE":
            statuses.append(409)
        return [status for status in statuses if status in PROBLEMS]

    def failure_content(self, status: int) -> dict[str, Any]:
        """Return the error envelope, with an example where the status has a usual reason.

        What is followed by people in browsers fails with a page.
        """
        if not is_api_path(self.path):
            return {"text/html": {"schema": TEXT}}
        media: dict[str, Any] = {"schema": self.component("ErrorEnvelope", ERROR_ENVELOPE)}
        if status in PROBLEMS:
            body = error_body(PROBLEMS[status], path=self.path, method=self.method)
            media["example"] = body | {"timestamp": "2026-05-23T10:00:00.000Z"}
        return {JSON: media}

    def component(self, name: str, schema: dict[str, Any]) -> dict[str, Any]:
        """Return a reference to a named schema, which is written once."""
        component = ResolvedComponent(  # type: ignore[no-untyped-call]
            name=name, type=ResolvedComponent.SCHEMA, object=name, schema=schema
        )
        self.registry.register_on_missing(component)
        reference: dict[str, Any] = component.ref
        return reference


@lru_cache(maxsize=1)
def openapi_document() -> dict[str, Any]:
    """Return the whole document. It follows from the code alone, so it is made once."""
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    document: dict[str, Any] = generator.get_schema(  # type: ignore[no-untyped-call]
        request=None, public=True
    )
    return document
