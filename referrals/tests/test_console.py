"""Codes and referrals on the console: found and read, never written."""

import pytest
from django.test import Client

from referrals.models import ReferralCode
from referrals.services import attach_referral, get_or_issue_code


@pytest.fixture
def console(make_staff):
    client = Client()
    client.force_login(make_staff("ann"))
    return client


@pytest.fixture
def bring(programme, make_member, now):
    """Return a function that makes so many referrals of Mia's."""
    mia = make_member("mia", name="Mia Lopez")

    def make(number):
        code = get_or_issue_code(member=mia, now=now).code
        for _ in range(number):
            attach_referral(referred=make_member(), code=code, now=now)
        return code

    return make


@pytest.mark.parametrize("page", ["referralcode", "referral"])
@pytest.mark.parametrize("query", [{}, {"q": "mia"}])
def test_a_list_shows_and_finds_rows(console, bring, page, query):
    code = bring(1)

    response = console.get(f"/admin/referrals/{page}/", query)

    assert response.status_code == 200
    assert code in response.content.decode()


def test_the_list_of_referrals_costs_the_same_for_any_number_of_rows(
    console, bring, django_assert_max_num_queries
):
    bring(1)
    with django_assert_max_num_queries(20) as one:
        console.get("/admin/referrals/referral/")
    bring(3)
    with django_assert_max_num_queries(20) as four:
        console.get("/admin/referrals/referral/")

    assert len(one) == len(four)


@pytest.mark.parametrize("page", ["referralcode", "referral"])
def test_nothing_is_added_even_by_a_superuser(console, page):
    assert console.get(f"/admin/referrals/{page}/add/").status_code == 403


def test_nothing_is_changed_or_deleted_even_by_a_superuser(console, bring):
    text = bring(0)
    code = ReferralCode.objects.get(code=text)
    path = f"/admin/referrals/referralcode/{code.pk}"

    assert console.post(f"{path}/change/", {"code": "WXYZ2345"}).status_code == 403
    assert console.post(f"{path}/delete/", {"post": "yes"}).status_code == 403

    code.refresh_from_db()
    assert code.code == text
