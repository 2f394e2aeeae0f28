import pytest

pytestmark = [pytest.mark.urls("loyalty_site.api.tests.endpoints"), pytest.mark.django_db]


def fields_of(response):
    assert response.status_code == 400
    body = response.json()
    assert body["code"] == "validation_failed"
    assert body["message"] == body["error"] == "Validation failed"
    assert body["data"] == body["details"]
    return {detail["field"]: detail["message"] for detail in body["details"]}


def test_a_missing_field_is_named(api):
    assert fields_of(api.post("/api/test/echo", {})) == {"name": "This field is required."}


def test_fields_of_items_are_named_with_their_place(api):
    body = {"name": "n", "items": [{"code": "a", "count": 1}, {"code": "b", "count": 0}, {}]}
    assert set(fields_of(api.post("/api/test/echo", body))) == {
        "items.1.count",
        "items.2.code",
        "items.2.count",
    }


def test_elements_of_a_plain_list_are_named_with_their_place(api):
    body = {"name": "n", "tags": ["short", "much too long"]}
    assert set(fields_of(api.post("/api/test/echo", body))) == {"tags.1"}


def test_an_unknown_key_is_named(api):
    assert set(fields_of(api.post("/api/test/echo", {"name": "n", "isAdmin": True}))) == {"isAdmin"}


def test_an_error_of_the_whole_body_has_no_field(api):
    assert fields_of(api.post("/api/test/echo", {"name": "whole"})) == {
        None: "The order as a whole is wrong."
    }


def test_a_body_that_is_no_object_has_no_field(api):
    assert set(fields_of(api.post("/api/test/echo", [1, 2]))) == {None}


def test_no_more_than_a_hundred_errors_are_listed(api):
    body = {"name": "n"} | {f"unknown{number}": 1 for number in range(500)}
    assert len(fields_of(api.post("/api/test/echo", body))) == 100
