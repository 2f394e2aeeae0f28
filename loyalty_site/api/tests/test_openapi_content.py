"""What the OpenAPI document says of each operation is enough to write a client from."""

from typing import Any

import pytest
from django.core.management import call_command
from jsonschema import Draft202012Validator

from loyalty_site.api.envelope import is_api_path
from loyalty_site.api.schema import openapi_document
from loyalty_site.tests.contract.documented import definitions, translate

JSON = "application/json"
DOCUMENT = "/api/schema"


def operations() -> list[Any]:
    return [
        pytest.param(path, method, operation, id=f"{method.upper()} {path}")
        for path, methods in openapi_document()["paths"].items()
        for method, operation in methods.items()
    ]


every_operation = pytest.mark.parametrize(("path", "method", "operation"), operations())


def resolve(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema with its own reference followed."""
    if "$ref" not in schema:
        return schema
    named: dict[str, Any] = openapi_document()["components"]["schemas"]
    return resolve(named[schema["$ref"].rpartition("/")[2]])


def says_something(schema: dict[str, Any]) -> bool:
    """Say whether a schema tells more than that there is an object."""
    schema = resolve(schema)
    parts = [part for word in ("allOf", "oneOf", "anyOf") for part in schema.get(word, ())]
    if parts:
        return all(map(says_something, parts))
    if schema.get("type") == "array":
        return says_something(schema["items"])
    if schema.get("type") == "object":
        return bool(schema.get("properties") or schema.get("additionalProperties"))
    return "type" in schema or "enum" in schema


def test_the_document_is_made_without_a_warning(tmp_path) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", file=str(tmp_path / "openapi.yaml"))


@every_operation
def test_every_answer_has_fields(path: str, method: str, operation: dict[str, Any]) -> None:
    for status, answer in operation["responses"].items():
        assert answer["description"], status
        if status < "300":
            schema = answer["content"][JSON]["schema"]
            data = schema if path == DOCUMENT else schema["allOf"][1]["properties"]["data"]
            assert says_something(data), (status, data)


@every_operation
def test_every_body_and_parameter_is_described(
    path: str, method: str, operation: dict[str, Any]
) -> None:
    for parameter in operation.get("parameters", ()):
        assert says_something(parameter["schema"]), parameter["name"]
        assert parameter.get("required") or parameter["in"] != "path", parameter["name"]
    body = operation.get("requestBody")
    if body is not None:
        assert set(body["content"]) == {JSON}
        assert says_something(body["content"][JSON]["schema"])


def examples(media: dict[str, Any]) -> list[Any]:
    """Return the examples of a body."""
    named = [example["value"] for example in media.get("examples", {}).values()]
    return [*named, media["example"]] if "example" in media else named


@every_operation
def test_every_example_is_what_its_schema_says(
    path: str, method: str, operation: dict[str, Any]
) -> None:
    bodies = [*operation["responses"].values(), operation.get("requestBody", {})]
    for media in (body["content"][JSON] for body in bodies if JSON in body.get("content", {})):
        validator = Draft202012Validator(translate(media["schema"]) | {"$defs": definitions()})
        for example in examples(media):
            assert [error.message for error in validator.iter_errors(example)] == []


@every_operation
def test_every_failure_has_an_example_of_its_status(
    path: str, method: str, operation: dict[str, Any]
) -> None:
    for status, answer in operation["responses"].items():
        if status >= "400" and is_api_path(path):
            [example] = examples(answer["content"][JSON])
            assert example["statusCode"] == int(status)
            assert (example["path"], example["method"]) == (path, method.upper())


@every_operation
def test_every_write_with_a_body_has_an_example_of_it(
    path: str, method: str, operation: dict[str, Any]
) -> None:
    body = operation.get("requestBody")
    if body is not None:
        assert examples(body["content"][JSON]), "no example of a request"
