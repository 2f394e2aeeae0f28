import pytest
from django.contrib.auth.models import Group

pytestmark = [pytest.mark.urls("loyalty_site.api.tests.endpoints"), pytest.mark.django_db]


def make_groups(count):
    Group.objects.bulk_create(Group(name=f"list-{number:03}") for number in range(count))


def names(response):
    assert response.status_code == 200, response.content
    return [row["name"] for row in response.json()["data"]["groups"]]


@pytest.mark.parametrize("count", [1, 3])
def test_a_page_costs_two_queries_whatever_its_length(api, django_assert_num_queries, count):
    make_groups(count)
    with django_assert_num_queries(2):
        assert len(names(api.get("/v2/test/groups"))) == count


def test_a_page_tells_where_it_stands(api):
    make_groups(45)
    body = api.get("/v2/test/groups?page=2&limit=20").json()
    assert body["pagination"] == {
        "page": 2,
        "limit": 20,
        "total": 45,
        "totalPages": 3,
        "hasMore": True,
    }
    assert body["data"]["total"] == 45
    assert body["data"]["note"] == "extra"
    assert "pagination" not in body["data"]


def test_pages_follow_each_other_without_gap_or_overlap(api):
    make_groups(45)
    pages = [names(api.get(f"/v2/test/groups?page={page}")) for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [20, 20, 5]
    assert len({name for page in pages for name in page}) == 45
    assert api.get("/v2/test/groups?page=3").json()["pagination"]["hasMore"] is False


def test_an_offset_skips_rows(api):
    make_groups(5)
    assert names(api.get("/v2/test/groups?offset=3&sortBy=name&sortOrder=asc")) == [
        "list-003",
        "list-004",
    ]


def test_a_page_past_the_end_is_empty(api):
    make_groups(3)
    response = api.get("/v2/test/groups?page=999999999")
    assert names(response) == []
    assert response.json()["pagination"]["total"] == 3


def test_an_empty_list_has_no_pages(api):
    assert api.get("/v2/test/groups").json()["pagination"]["totalPages"] == 0


def test_a_limit_above_the_maximum_is_the_maximum(api):
    make_groups(120)
    assert len(names(api.get("/v2/test/groups?limit=1000"))) == 100


@pytest.mark.parametrize("name", ["page", "limit"])
@pytest.mark.parametrize("value", ["0", "-1", "abc", "1.5", "", " 1", "+1", "\uff11", "9" * 30])
def test_what_is_no_page_or_limit_is_refused_by_name(api, refusal, name, value):
    response = api.get("/v2/test/groups", {name: value})
    body = refusal(response, 400, "validation_failed")
    assert [detail["field"] for detail in body["details"]] == [name]


def test_page_and_offset_exclude_each_other(api, refusal):
    body = refusal(api.get("/v2/test/groups?page=1&offset=0"), 400, "validation_failed")
    assert body["details"][0]["field"] == "offset"


def test_a_view_may_have_its_own_limits_and_repeat_the_block_in_its_data(api):
    make_groups(5)
    body = api.get("/api/test/nested").json()
    assert body["pagination"]["limit"] == 2
    assert body["data"]["pagination"] == body["pagination"]
    assert api.get("/api/test/nested?limit=50").json()["pagination"]["limit"] == 3


def test_a_plain_list_has_pages_too(api):
    body = api.get("/api/test/numbers?limit=2&page=3").json()
    assert body["data"] == {"numbers": [4], "total": 5}
