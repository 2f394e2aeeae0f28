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


def served(patterns):
    """Yield each API path of the site with the methods of its view."""
    for path, methods, _ in views(patterns):
        yield path, methods


def views(patterns, before="/"):
    """Yield each API path of the site, its parameters in braces, its methods and its view."""
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from views(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern) and is_api_path(path):
            callback: Any = pattern.callback
            view = getattr(callback, "view_class", None) or callback.cls
            methods = METHODS & {name for name in METHODS if hasattr(view, name)}
            yield re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path), methods, view


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
        assert {"400", "500", "503"} <= set(responses), key
        if operation.get("security") and {} not in operation["security"]:
            assert {"401", "403"} <= set(responses), key
        if key[0] in ("post", "put", "patch"):
            assert {"409", "413", "415"} <= set(responses), key
        if "{" in key[1]:
            assert "404" in responses, key
        for status, response in responses.items():
            if status >= "400" and is_api_path(key[1]):
                schema = response["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/ErrorEnvelope"}, key


def test_what_people_follow_in_a_browser_fails_with_a_page(operations):
    missing = operations["get", "/r/{code}"]["responses"]["404"]
    assert set(missing["content"]) == {"text/html"}


def test_the_document_itself_stands_in_no_envelope(operations):
    answer = operations["get", "/api/schema"]["responses"]["200"]["content"]["application/json"]
    assert answer["schema"] == {"$ref": "#/components/schemas/OpenApiDocument"}


def test_what_a_view_says_of_its_refusals_is_documented(operations):
    told = 0
    for path, methods, view in views(get_resolver().url_patterns):
        for method in methods if path not in PAGES else ():
            for status in getattr(view, "error_statuses", {}).values():
                assert str(status) in operations[method, path]["responses"], (method, path)
                told += 1
    assert told


@pytest.mark.parametrize("path", ["/api/auth/login", "/api/auth/change-password"])
def test_a_locked_name_is_documented_with_how_long_to_wait(operations, path):
    locked = operations["post", path]["responses"]["423"]
    assert locked["headers"]["Retry-After"]["schema"]["type"] == "integer"
    assert locked["content"]["application/json"]["example"]["code"] == "sign_in_locked"


def test_every_operation_but_health_says_that_requests_are_limited(operations):
    unlimited = {path for (_, path), op in operations.items() if "429" not in op["responses"]}
    assert unlimited - {"/r/{code}"} == {"/health", "/api/health"}
    refused = operations["get", "/api/points/levels"]["responses"]["429"]
    assert refused["headers"]["Retry-After"]["schema"]["type"] == "integer"
    assert refused["content"]["application/json"]["example"]["code"] == "rate_limited"


def test_every_write_of_somebody_signed_in_takes_an_idempotency_key(operations):
    for (method, path), operation in operations.items():
        names = {p["name"] for p in operation.get("parameters", []) if p["in"] == "header"}
        takes_key = method != "get" and any(operation.get("security", []))
        assert ("Idempotency-Key" in names) is takes_key, (method, path)
        assert ("422" in operation["responses"]) is takes_key, (method, path)
    redeemed = operations["post", "/v2/gamification/rewards/redeem"]["responses"]["201"]
    assert redeemed["headers"]["Idempotency-Hit"]


@pytest.mark.parametrize("status", ["200", "201"])
def test_activities_take_and_answer_one_or_many(document, operations, status):
    operation = operations["post", "/v2/gamification/activities"]
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    answer = operation["responses"][status]["content"]["application/json"]["schema"]
    for schema in (body, answer["allOf"][1]["properties"]["data"]):
        named = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
        one, many = named["oneOf"]
        assert many["type"] == "array"
        assert many["items"] == one


def test_what_only_staff_see_of_a_redemption_is_optional(document, operations):
    operation = operations["get", "/v2/gamification/rewards/redemptions/{redemption_id}"]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]["allOf"][1]
    name = schema["properties"]["data"]["$ref"].rsplit("/", 1)[-1]
    shape = document["components"]["schemas"][name]
    assert {"adminNotes", "decidedBy"} <= set(shape["properties"])
    assert not {"adminNotes", "decidedBy"} & set(shape["required"])
    assert "status" in shape["required"]


@pytest.mark.parametrize("path", ["/api/points/balance", "/api/points/statement"])
def test_another_members_books_may_not_be_found(operations, path):
    assert "404" in operations["get", path]["responses"]


@pytest.mark.parametrize(
    "key", [("get", "/health"), ("get", "/r/{code}"), ("post", "/api/auth/register")]
)
def test_what_is_public_does_not_ask_anybody_to_sign_in(operations, key):
    assert not {"401", "403"} & set(operations[key]["responses"])


def test_the_sign_in_is_named_like_everything_else(operations):
    for (_, path), operation in operations.items():
        if path.startswith("/api/auth/"):
            assert operation["tags"] == ["Sign-in"]
    assert operations["post", "/api/auth/login"]["operationId"] == "postApiAuthLogin"


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
