"""Whether an answer is what the OpenAPI document says it is."""

import re
from functools import cache
from typing import Any

from django.urls import resolve
from jsonschema import Draft202012Validator, FormatChecker

from loyalty_site.api.schema import openapi_document

COMPONENTS = "#/components/schemas/"
# Only ever a part of a whole, which is closed instead.
OPEN = {"Envelope"}


def check_documented(response: Any) -> None:
    """Check an answer of the test client against its operation, status and media type."""
    route = resolve(response.request["PATH_INFO"].rstrip("/")).route
    template = "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route)
    method = response.request["REQUEST_METHOD"].lower()
    validator = find_validator(
        template, method, str(response.status_code), response["Content-Type"]
    )
    problems = [
        f"{error.json_path}: {error.message}" for error in validator.iter_errors(response.json())
    ]
    assert problems == [], (method, template, problems)


@cache
def find_validator(path: str, method: str, status: str, media_type: str) -> Draft202012Validator:
    """Return the validator of a documented answer."""
    document = openapi_document()
    responses = document["paths"][path][method]["responses"]
    assert status in responses, f"{method} {path} does not document {status}"
    schema = responses[status]["content"][media_type]["schema"]
    return Draft202012Validator(
        translate(schema) | {"$defs": definitions()}, format_checker=FormatChecker()
    )


@cache
def definitions() -> dict[str, Any]:
    """Return the document's named schemas as JSON Schema."""
    named = openapi_document()["components"]["schemas"]
    return {name: translate(schema, closed=name not in OPEN) for name, schema in named.items()}


def translate(schema: Any, *, closed: bool = True) -> dict[str, Any]:
    """Return a schema of OpenAPI 3.0 as one of JSON Schema in which no field is undocumented."""
    if "$ref" in schema:
        return {"$ref": schema["$ref"].replace(COMPONENTS, "#/$defs/")}
    plain = {key: value for key, value in schema.items() if key not in ("nullable", "example")}
    for word in ("allOf", "oneOf", "anyOf"):
        if word in plain:
            plain[word] = [translate(inner, closed=word != "allOf") for inner in plain[word]]
    if "items" in plain:
        plain["items"] = translate(plain["items"])
    if "properties" in plain:
        plain["properties"] = {
            name: translate(inner) for name, inner in plain["properties"].items()
        }
    if isinstance(plain.get("additionalProperties"), dict):
        plain["additionalProperties"] = translate(plain["additionalProperties"])
    if closed and ("properties" in plain or "allOf" in plain):
        plain.setdefault("unevaluatedProperties", False)
    if schema.get("nullable"):
        return {"anyOf": [plain, {"type": "null"}]}
    return plain
