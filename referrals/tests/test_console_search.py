"""Searching the referrals: by part of what names either member, an invited e-mail, or the code."""

import pytest
from django.db import connection

from points.selectors import people
from referrals.models import Referral
from referrals.services import attach_referral, get_or_issue_code, keep_invitation

pytestmark = pytest.mark.django_db

LIST = "/admin/referrals/referral/"
FOUND = {
    "MOREAU": {"leo", "kim"},
    "mia m": {"leo", "kim"},
    "moreau mia": set(),
    "leo@example": {"leo"},
    "éo": {"leo"},
    "kim_": {"kim"},
    "k%m": set(),
    "FRIEND@": {"friend@example.org"},
    "nobody": set(),
}


@pytest.fixture
def code(programme, make_member, now):
    """Return the code by which Mia brought Leo and Kim; Ola has invited a friend."""
    mia, ola = make_member("shop-7", name="Mia Moreau"), make_member("ola")
    code = get_or_issue_code(member=mia, now=now).code
    leo = make_member("p1", name="Léo", email="leo@example.com")
    for newcomer in (leo, make_member("kim_1")):
        attach_referral(referred=newcomer, code=code, now=now)
    invited = get_or_issue_code(member=ola, now=now).code
    keep_invitation(code=invited, email="friend@example.org", now=now)
    return code


def search(client, text):
    rows = client.get(LIST, {"q": text}).context["cl"].result_list
    names = {"p1": "leo", "kim_1": "kim"}
    return {names[row.referred.public_id] if row.referred else row.email for row in rows}


# Whether those who are meant are many or few.
@pytest.mark.parametrize("people_max", [0, 1_000])
def test_referrals_are_found_by_a_part_of_who_they_are_about(
    client, make_staff, code, monkeypatch, people_max
):
    monkeypatch.setattr(people, "PEOPLE_MAX", people_max)
    client.force_login(make_staff("ann"))

    assert {text: search(client, text) for text in FOUND} == FOUND
    assert search(client, code.lower()) == {"leo", "kim"}


def test_an_invited_email_is_found_by_an_index_made_for_it(code):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        invited = Referral.objects.filter(email__icontains="friend").exclude(email="")
        assert "referrals_referral_search" in invited.order_by().explain()
