"""Bringing in people whom a host or an import knows."""

import pytest

from loyalty_site.accounts.errors import EmailTaken
from loyalty_site.accounts.models import User
from loyalty_site.accounts.services import ensure_members, ensure_person
from loyalty_site.testing.storms import losers, run_together
from points.errors import Invalid
from points.models import PointAccount

pytestmark = pytest.mark.django_db


def test_unknown_ids_become_members_with_accounts_and_known_ones_stay(make_member, now):
    make_member("mia", points=50)
    User.objects.create_user(public_id="leo", name="Leo")

    for _ in range(2):
        ensure_members(public_ids=["mia", "leo", "ann", "ann"], now=now)

    assert set(User.objects.values_list("public_id", "name", "email")) == {
        ("mia", "Mia", "mia@example.com"),
        ("leo", "Leo", None),
        ("ann", "", None),
    }
    balances = dict(PointAccount.objects.values_list("member__public_id", "balance"))
    assert balances == {"mia": 50, "leo": 0, "ann": 0}
    assert not User.objects.get(public_id="ann").has_usable_password()


def test_thousands_take_a_handful_of_statements(now, django_assert_max_num_queries):
    public_ids = [f"customer-{n}" for n in range(2_500)]

    with django_assert_max_num_queries(15):
        ensure_members(public_ids=public_ids, now=now)

    assert PointAccount.objects.count() == 2_500


@pytest.mark.parametrize("public_id", ["", "a b", "a/b", "-a", "a\n", "a\x00", "é", "a" * 65])
def test_what_cannot_be_a_user_id_is_refused_and_nobody_is_made(now, public_id):
    with pytest.raises(Invalid) as raised:
        ensure_members(public_ids=["ann", public_id], now=now)

    assert raised.value.details == {"userIds": [public_id]}
    assert not User.objects.exists()


@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_imports_that_bring_the_same_people_at_once_make_each_once(now):
    public_ids = [f"customer-{n}" for n in range(2_000)]

    def bring(i):
        ensure_members(public_ids=public_ids[::-1] if i % 2 else public_ids, now=now)

    assert losers(run_together(4, bring)) == []
    assert User.objects.count() == PointAccount.objects.count() == 2_000


def test_a_person_is_made_as_described_and_then_left_as_is(now):
    described = {
        "email": "Paul@Example.com",
        "name": "Paul",
        "password": "blue-river-7",
        "public_id": "paul",
        "is_staff": True,
        "groups": ["approver"],
        "now": now,
    }
    paul = ensure_person(**described)
    again = ensure_person(**described | {"name": "Other", "password": "other"})

    assert again == paul
    paul.refresh_from_db()
    assert (paul.email, paul.name, paul.role, paul.is_staff) == (
        "paul@example.com",
        "Paul",
        "buyer",
        True,
    )
    assert paul.check_password("blue-river-7")
    assert [group.name for group in paul.groups.all()] == ["approver"]
    assert PointAccount.objects.filter(member=paul).count() == 1


def test_a_person_does_not_get_anothers_email(make_member, now):
    make_member("mia")

    with pytest.raises(EmailTaken):
        ensure_person(email="MIA@example.com", name="x", password="x", public_id="y", now=now)
