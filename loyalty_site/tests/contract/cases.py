"""A documented request and the answer it must get."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
from django.db import transaction
from rest_framework.test import APIClient

from .documented import check_documented
from .numbers import ENDPOINTS
from .shapes import ANYTHING, INSTANT, TEXT, Rows, faults

ERROR_CODE = re.compile(r"[a-z][a-z0-9_]*")
PAGINATION = {"page": int, "limit": int, "total": int, "totalPages": int, "hasMore": bool}
Test = TypeVar("Test", bound=Callable[..., None])
FIELD_ERRORS = [{"field": (str, None), "message": TEXT}]


@dataclass(frozen=True)
class Call:
    """Something done over HTTP. Names in braces are those of the scene; `caller` is a person's."""

    caller: str
    method: str
    path: str
    body: Any = None


@dataclass(frozen=True)
class Case:
    """A request to a numbered endpoint, and what must come back.

    `path` replaces the number's own (a query alone is added to it), `before` is done first, and
    `fields` are the shapes of what stands beside `data` in the envelope.
    """

    number: int
    about: str
    caller: str = "member"
    path: str = ""
    body: Any = None
    status: int = 200
    data: Any = ANYTHING
    is_page: bool = False
    code: str = ""
    details: Any = ANYTHING
    fields: dict[str, Any] = field(default_factory=dict)
    before: tuple[Call, ...] = ()

    def __str__(self) -> str:
        endpoint = ENDPOINTS[self.number]
        return f"{self.number} {endpoint.method} {endpoint.path} {self.status} {self.about}"

    @property
    def call(self) -> Call:
        """Return the request itself."""
        endpoint = ENDPOINTS[self.number]
        path = self.path or endpoint.path
        path = endpoint.path + path if path.startswith("?") else path
        return Call(self.caller, endpoint.method, path, self.body)


def refused(number: int, about: str, name: str, **more: Any) -> Case:
    """Return a case in which one field is at fault."""
    details = [{"field": name, "message": TEXT}]
    return Case(
        number,
        f"refuses {about}",
        status=400,
        code="validation_failed",
        details=details,
        fields={"error": TEXT, "data": details},
        **more,
    )


def without(body: Mapping[str, object], name: str) -> dict[str, object]:
    """Return a body that lacks a field."""
    return {key: value for key, value in body.items() if key != name}


def every(cases: Iterable[Case]) -> Callable[[Test], Test]:
    """Return the decorator that runs a test with each case under its own name."""
    decorate: Callable[[Test], Test] = pytest.mark.parametrize("case", cases, ids=str)
    return decorate


class Scene:
    """People with tokens, and the ids of the things they have."""

    def __init__(self, tokens: dict[str, str], names: dict[str, str]) -> None:
        self.tokens = tokens
        self.names = names

    def fill(self, value: Any) -> Any:
        """Return a value or a shape with the names in braces replaced, at any depth."""
        if isinstance(value, str):
            return value.format_map(self.names)
        if isinstance(value, list | tuple):
            return type(value)(self.fill(inner) for inner in value)
        if isinstance(value, dict):
            return {key: self.fill(inner) for key, inner in value.items()}
        if isinstance(value, Rows):
            return Rows(self.fill(value.shape))
        return value

    def send(self, call: Call, *, path: str = "") -> Any:
        """Return the response to a call as it comes over HTTP."""
        headers = {}
        if call.caller != "nobody":
            headers["Authorization"] = f"Bearer {self.tokens[call.caller]}"
        content = "" if call.body is None else json.dumps(self.fill(call.body))
        content_type = "application/json" if content else ""
        client = APIClient(raise_request_exception=False)
        return client.generic(
            call.method,
            path or self.fill(call.path),
            content,
            content_type=content_type,
            headers=headers,
        )

    @contextmanager
    def undone(self) -> Any:
        """Undo what is done inside."""
        with transaction.atomic():
            yield
            transaction.set_rollback(True)


def check(case: Case, scene: Scene) -> None:
    """Send a case's request to its path, with and without a slash at the end."""
    if not scene_has(case):
        pytest.skip("not on the site")
    path, _, query = scene.fill(case.call.path).partition("?")
    for form in (path, f"{path}/"):
        with scene.undone():
            for call in case.before:
                done = scene.send(call)
                assert done.status_code < 400, (call, done.content)
            response = scene.send(case.call, path=f"{form}?{query}" if query else form)
        check_answer(case, response, scene, path=form)


def scene_has(case: Case) -> bool:
    """Say whether the site has the endpoint."""
    return ENDPOINTS[case.number].stands()


def check_answer(case: Case, response: Any, scene: Scene, *, path: str) -> None:
    """Hold an answer against a case, the envelope and the OpenAPI document."""
    assert response.status_code == case.status, response.content
    assert response["Content-Type"] == "application/json"
    expected = {
        "success": case.status < 400,
        "message": TEXT,
        "statusCode": case.status,
        "timestamp": INSTANT,
        "path": path,
        "method": case.call.method,
    }
    if case.status < 400:
        expected["data"] = scene.fill(case.data)
    else:
        expected |= {"error": TEXT, "code": case.code or ERROR_CODE}
        expected["details"] = scene.fill(case.details)
        assert "Traceback" not in response.content.decode()
    if case.is_page:
        expected["pagination"] = PAGINATION
    check_shape(response, expected | scene.fill(case.fields))
    check_documented(response)


def check_shape(response: Any, shape: dict[str, Any]) -> None:
    """Hold an answer's whole body against a shape."""
    assert faults(response.json(), shape, "answer") == [], response.content
