"""POST /rewards/create-user: a host announces a member."""

import pytest

from loyalty_site.accounts.models import User
from loyalty_site.testing.storms import run_together
from points.models import PointAccount, PointTransaction

PATH = "/rewards/create-user"
JOHN = {"id": "john123", "name": "John Doe", "email": "john@example.com"}
pytestmark = pytest.mark.django_db


@pytest.fixture
def host(make_staff, sign_in):
    return sign_in(make_staff("shop", "host"))


def refused(response):
    return response.status_code, response.json()["code"]


def test_a_member_is_made_with_an_open_account_and_no_points(host):
    response = host.post(PATH, JOHN)

    assert response.status_code == 201
    assert response.json()["data"] == {**JOHN, "userId": "john123"}
    john = User.objects.get(public_id="john123")
    assert (john.name, john.email, john.role) == ("John Doe", "john@example.com", "buyer")
    assert not john.has_usable_password()
    assert PointAccount.objects.get(member=john).balance == 0
    assert not PointTransaction.objects.exists()


def test_the_same_announcement_again_changes_nothing(host):
    first = host.post(PATH, JOHN)

    again = host.post(PATH, JOHN | {"email": "John@Example.com"})

    assert (again.status_code, again.json()["data"]) == (200, first.json()["data"])
    assert User.objects.filter(email="john@example.com").count() == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "John Roe"}, "user_id_taken"),
        ({"email": "other@example.com"}, "user_id_taken"),
        ({"id": "john124"}, "email_taken"),
        ({"id": "john124", "email": "JOHN@example.com"}, "email_taken"),
    ],
)
def test_what_is_somebody_elses_is_taken(host, body, code):
    host.post(PATH, JOHN)

    assert refused(host.post(PATH, JOHN | body)) == (409, code)
    assert User.objects.filter(public_id__startswith="john").count() == 1


@pytest.mark.parametrize("missing", list(JOHN))
def test_a_missing_field_is_named(host, missing):
    response = host.post(PATH, {name: text for name, text in JOHN.items() if name != missing})

    assert refused(response) == (400, "validation_failed")
    assert response.json()["details"] == [{"field": missing, "message": "This field is required."}]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"id": "john 123"}, "id"),
        ({"id": "-john"}, "id"),
        ({"id": "j" * 65}, "id"),
        ({"id": 123}, "id"),
        ({"name": ""}, "name"),
        ({"name": "x" * 151}, "name"),
        ({"email": "john"}, "email"),
        ({"role": "admin"}, "role"),
    ],
)
def test_what_is_not_understood_is_named(host, body, field):
    response = host.post(PATH, JOHN | body)

    assert refused(response) == (400, "validation_failed")
    assert [detail["field"] for detail in response.json()["details"]] == [field]


def test_it_is_for_hosts_and_those_who_may_add_people(member, make_staff, sign_in):
    assert sign_in(make_staff("ada")).post(PATH, JOHN).status_code == 201
    for person in (member, make_staff("sue", "support")):
        assert refused(sign_in(person).post(PATH, {})) == (403, "permission_denied")
    assert refused(sign_in().post(PATH, JOHN)) == (401, "not_authenticated")


@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_announced_eight_times_at_once_a_member_is_made_once(make_staff, sign_in):
    shop = make_staff("shop", "host")

    results = run_together(8, lambda _: sign_in(shop).post(PATH, JOHN).status_code)

    assert sorted(map(str, results)) == ["200"] * 7 + ["201"]
