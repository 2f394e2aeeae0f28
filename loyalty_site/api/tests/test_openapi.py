import re
from typing import Any

import pytest
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.validation import validate_schema

from loyalty_site.api.envelope import is_api_path
from loyalty_site.api.schema import openapi_document

METHODS = {"get", "post", "put", "patch", "delete"}
# Pages for people, not operations.
PAGES = {"/api/docs"}


@pytest.fixture(scope="module")
def document():
    return openapi_document()


@pytest.fixture(scope="module")
def operations(document):
    return {
        (method, path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def served(patterns, before="/"):
    """Yield each API path of the site, its parameters in braces, with the methods of its view."""
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from served(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern) and is_api_path(path):
            callback: Any = pattern.callback
            view = getattr(callback, "view_class", None) or callback.cls
            methods = METHODS & {name for name in METHODS if hasattr(view, name)}
            yield re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path), methods


def test_the_document_and_the_site_have_the_same_operations(operations):
    on_site = {
        (method, path)
        for path, methods in served(get_resolver().url_patterns)
        for method in methods
        if path not in PAGES
    }
    documented = {(method, path) for method, path in operations if is_api_path(path)}
    assert documented == on_site


def test_the_document_is_valid_openapi(document):
    validate_schema(document)


def test_it_names_the_version_of_the_site(document):
    assert document["info"]["version"] == settings.SPECTACULAR_SETTINGS["VERSION"]


def test_operation_ids_are_unique_and_follow_from_the_path(operations):
    ids = [operation["operationId"] for operation in operations.values()]
    assert len(ids) == len(set(ids))
    assert operations["get", "/api/health"]["operationId"] == "getApiHealth"


def test_every_operation_has_a_summary_and_a_section(operations):
    for key, operation in operations.items():
        assert operation.get("summary"), key
        assert len(operation["tags"]) == 1, key


def test_every_json_success_is_in_the_envelope(operations):
    for key, operation in operations.items():
        if key == ("get", "/api/schema"):
            continue
        for status, response in operation["responses"].items():
            if "200" <= status < "300" and "application/json" in response.get("content", {}):
                schema = response["content"]["application/json"]["schema"]
                assert schema["allOf"][0] == {"$ref": "#/components/schemas/Envelope"}, key
                assert "data" in schema["allOf"][1]["required"], key


def test_every_failure_is_documented_in_the_error_envelope(operations):
    for key, operation in operations.items():
        responses = operation["responses"]
        assert {"400", "429", "500", "503"} <= set(responses), key
        if operation.get("security") and {} not in operation["security"]:
            assert {"401", "403"} <= set(responses), key
        if key[0] in ("post", "put", "patch"):
            assert {"409", "413", "415"} <= set(responses), key
        if "{" in key[1]:
            assert "404" in responses, key
        for status, response in responses.items():
            if status >= "400":
                schema = response["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/ErrorEnvelope"}, key


def test_a_page_documents_its_parameters_its_list_and_its_pagination(operations):
    operation = operations["get", "/api/points/transactions"]
    names = {parameter["name"] for parameter in operation["parameters"]}
    assert {"page", "limit", "offset", "sortBy", "sortOrder", "type"} <= names
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]["allOf"][1]
    assert set(schema["required"]) == {"data", "pagination"}
    assert set(schema["properties"]["data"]["required"]) == {"transactions", "total", "pagination"}


@pytest.mark.parametrize(
    ("query", "accept", "content_type", "start"),
    [
        ("", "*/*", "application/json", b"{"),
        ("?format=json", "*/*", "application/json", b"{"),
        ("?format=yaml", "*/*", "application/yaml", b"openapi: 3"),
        ("", "application/yaml", "application/yaml", b"openapi: 3"),
        ("", "application/vnd.oai.openapi", "application/vnd.oai.openapi", b"openapi: 3"),
    ],
)
def test_the_document_comes_as_json_or_yaml(client, query, accept, content_type, start):
    response = client.get(f"/api/schema{query}", headers={"Accept": accept})
    assert response.status_code == 200
    assert response["Content-Type"].startswith(content_type)
    assert response.content.startswith(start)


def test_another_format_is_refused_in_the_envelope(client, refusal):
    [detail] = refusal(client.get("/api/schema?format=xml"), 400, "validation_failed")["details"]
    assert detail == {"field": "format", "message": "Must be one of: json, yaml."}
