"""GET /rewards/admin/users: everybody with their points, for staff."""

import csv
import io
from datetime import timedelta

import pytest

from loyalty_site.accounts.models import User
from points.tests.books import earn, make_levels

PATH = "/rewards/admin/users"
pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor(make_staff, sign_in):
    return sign_in(
        make_staff(
            "zoe",
            "auditor",
        )
    )


def get(api, **query):
    response = api.get(PATH, query)
    assert response.status_code == 200, response.json()
    return response.json()["data"]


def ids(api, **query):
    return sorted(row["userId"] for row in get(api, **query)["users"])


def test_a_row_has_what_is_documented(auditor, make_member):
    make_levels(bronze=0, silver=100)
    make_member("mia", points=120, name="Mia Moreau")

    row = next(row for row in get(auditor)["users"] if row["userId"] == "mia")

    created_at = row.pop("createdAt")
    assert row == {
        "userId": "mia",
        "name": "Mia Moreau",
        "email": "mia@example.com",
        "points": 120,
        "lifetimePoints": 120,
        "level": "silver",
        "role": "buyer",
        "isActive": True,
    }
    assert created_at.endswith("Z")


def test_points_that_lapsed_are_not_shown(auditor, member, now):
    earn(member, 10, days=1, now=now - timedelta(days=9))
    earn(member, 5, days=0, now=now - timedelta(days=9))

    [row] = get(auditor, search="mia")["users"]

    assert (row["points"], row["lifetimePoints"]) == (5, 15)


def test_who_has_no_account_has_nothing(auditor):
    User.objects.create_user(public_id="kim")

    [row] = get(auditor, search="kim")["users"]

    assert (row["points"], row["lifetimePoints"], row["level"]) == (0, 0, None)
    assert row["email"] is None


def test_the_list_is_searched_and_narrowed(auditor, make_member):
    make_member("mia", name="Mia 100% Moreau")
    make_member("leo", name="Leo", role="seller")
    make_member("noa", name="Noa", is_active=False)

    assert ids(auditor, search="moreau") == ["mia"]
    assert ids(auditor, search="LEO@EXAMPLE") == ["leo"]
    assert ids(auditor, search="no") == ["noa"]
    # Literally: neither stands for anything else.
    assert ids(auditor, search="100%") == ["mia"]
    assert ids(auditor, search="m_a") == []
    assert ids(auditor, role="seller") == ["leo"]
    assert ids(auditor, role="buyer") == ["mia", "noa"]
    assert ids(auditor, role="admin") == ["zoe"]
    assert ids(auditor, isActive="false") == ["noa"]
    assert ids(auditor, isActive="true", search="example.com") == ["leo", "mia", "zoe"]
    assert ids(auditor, search="") == ["leo", "mia", "noa", "zoe"]


def test_the_list_is_paged_and_sorted(auditor, make_member):
    for n, name in enumerate(["Cleo", "Abel", "Bert"]):
        make_member(name.lower(), name=name, points=n * 10 + 10)

    names = [row["name"] for row in get(auditor, sortBy="name", sortOrder="asc", limit=2)["users"]]
    assert names == ["Abel", "Bert"]
    most = get(auditor, sortBy="lifetimePoints", limit=1)["users"]
    assert [row["userId"] for row in most] == ["bert"]
    assert get(auditor)["total"] == 4


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"role": "boss"}, "role"),
        ({"isActive": "maybe"}, "isActive"),
        ({"search": "x" * 101}, "search"),
        ({"sortBy": "email"}, "sortBy"),
        ({"page": "0"}, "page"),
    ],
)
def test_a_query_that_is_not_understood_names_the_field(auditor, query, field):
    response = auditor.get(PATH, query)

    assert response.status_code == 400
    assert [detail["field"] for detail in response.json()["details"]] == [field]


def test_the_list_as_csv(auditor, make_member):
    make_member("mia", points=7, name="=Mia")

    response = auditor.get(PATH, {"format": "csv", "search": "mia", "limit": 1})

    rows = list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))
    assert [(row["userId"], row["name"], row["points"]) for row in rows] == [("mia", "'=Mia", "7")]


def test_it_is_for_staff(member, make_staff, sign_in):
    for person in (member, make_staff("shop", "host")):
        response = sign_in(person).get(PATH)
        assert (response.status_code, response.json()["code"]) == (403, "permission_denied")
    assert sign_in().get(PATH).status_code == 401


@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_does_not_grow_with_the_rows(
    auditor, make_member, django_assert_num_queries, rows
):
    for _ in range(rows):
        make_member(points=5)

    # The token, the permissions of the person and the groups, the count, the page.
    with django_assert_num_queries(5):
        get(auditor, search="member")
