import pytest
from django.contrib.auth.models import Group

pytestmark = [pytest.mark.urls("loyalty_site.api.tests.endpoints"), pytest.mark.django_db]


@pytest.fixture
def groups():
    for letter in "bac":
        Group.objects.create(name=f"list-{letter}")


def letters(response):
    return "".join(row["name"][-1] for row in response.json()["data"]["groups"])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "cab"),
        ("sortOrder=asc", "bac"),
        ("sortBy=name", "cba"),
        ("sortBy=name&sortOrder=asc", "abc"),
        ("sortBy=createdAt&sortOrder=desc", "cab"),
    ],
)
def test_a_list_comes_in_the_order_asked_for(api, groups, query, expected):
    assert letters(api.get(f"/v2/test/groups?{query}")) == expected


@pytest.mark.parametrize(
    ("query", "field", "allowed"),
    [
        ("sortBy=password", "sortBy", "name, createdAt"),
        ("sortBy=", "sortBy", "name, createdAt"),
        ("sortBy=-name", "sortBy", "name, createdAt"),
        ("sortOrder=up", "sortOrder", "asc, desc"),
        ("sortOrder=DESC", "sortOrder", "asc, desc"),
    ],
)
def test_an_unknown_order_is_refused_with_the_known_ones(api, refusal, query, field, allowed):
    [detail] = refusal(api.get(f"/v2/test/groups?{query}"), 400, "validation_failed")["details"]
    assert detail["field"] == field
    assert allowed in detail["message"]


def test_a_list_with_an_order_of_its_own_refuses_another(api, refusal):
    refusal(api.get("/api/test/numbers?sortBy=name"), 400, "validation_failed")


def test_the_order_ends_in_a_unique_key(api, groups, django_assert_num_queries):
    with django_assert_num_queries(2) as captured:
        api.get("/v2/test/groups?sortBy=name")
    assert 'ORDER BY "auth_group"."name" DESC, "auth_group"."id" DESC' in captured[1]["sql"]
