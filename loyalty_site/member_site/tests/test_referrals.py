"""Bringing others: the link, its picture, invitations, and who came."""

import pytest

from referrals.models import Referral, ReferralCode
from referrals.selectors import find_current_code
from referrals.services import (
    activate_referral,
    attach_referral,
    get_or_issue_code,
    keep_invitation,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

REFERRALS = "/dashboard/points/referrals"


@pytest.fixture
def mia(make_member):
    return make_member("mia")


@pytest.fixture
def browser(client_of, mia):
    return client_of(mia)


@pytest.fixture
def code(mia, now):
    return get_or_issue_code(member=mia, now=now).code


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_however_many_came(
    browser, make_member, code, now, count, django_assert_num_queries
):
    for number in range(count):
        attach_referral(referred=make_member(f"friend-{number}"), code=code, now=now)
        keep_invitation(code=code, email=f"other-{number}@example.com", now=now)
    # Session, member, code, count, figures (two), invitations, who came, and the header.
    with django_assert_num_queries(9):
        page = browser.get(REFERRALS)
    assert len(page.context["rows"]) == len(page.context["invitations"]) == count


def test_it_shows_the_link_the_stages_and_what_they_earned(browser, make_member, code, now):
    leo, noa = make_member("leo", name="Leo Smith"), make_member("noa", name="Noa Smith")
    for friend in (leo, noa):
        attach_referral(referred=friend, code=code, now=now)
    activate_referral(referred=noa, now=now)
    keep_invitation(code=code, email="sofia@example.com", now=now)

    page = browser.get(REFERRALS)

    assert f"/r/{code}" in page.text
    stages = {row["name"]: (str(row["stage"]), row["points"]) for row in page.context["rows"]}
    assert stages == {"Leo S.": ("Signed up", 5), "Noa S.": ("Active", 15)}
    assert page.context["figures"].rewards == 20
    assert "so…@example.com" in page.text
    assert "sofia@example.com" not in page.text


def test_a_newcomer_gets_a_code_and_a_word_of_encouragement(browser, mia):
    page = browser.get(REFERRALS).text
    assert find_current_code(mia).code in page
    assert "Nobody yet" in page


def test_who_only_invited_is_not_told_that_there_is_nobody(browser, code, now):
    keep_invitation(code=code, email="sofia@example.com", now=now)
    page = browser.get(REFERRALS).text
    assert "1 person is invited and has yet to sign up." in page
    assert "Nobody yet" not in page


def test_an_e_mail_is_invited(browser, mia):
    told = browser.post(f"{REFERRALS}/invite", {"email": "Ben@Example.com"}, follow=True).text
    assert "whoever signs up with ben@example.com counts as brought by you" in told
    assert 'href="mailto:ben%40example.com?subject=' in told
    assert "ben@example.com" not in browser.get(REFERRALS).text
    invitation = Referral.objects.get()
    assert (invitation.referrer, invitation.email) == (mia, "ben@example.com")


@pytest.mark.parametrize(
    ("email", "sentence"),
    [("ben", "Enter a valid email address."), ("MIA@example.com", "This is your own address.")],
)
def test_nonsense_and_oneself_are_not_invited(browser, email, sentence):
    answer = browser.post(f"{REFERRALS}/invite", {"email": email})
    assert (answer.status_code, sentence in answer.text) == (400, True)
    assert not Referral.objects.exists()


def test_too_many_a_day_are_told_so(browser, settings):
    settings.LOYALTY_INVITATIONS_PER_DAY_MAX = 1
    browser.post(f"{REFERRALS}/invite", {"email": "ben@example.com"})
    answer = browser.post(f"{REFERRALS}/invite", {"email": "eva@example.com"})
    assert answer.status_code == 409
    assert "You have invited as many as one may in a day." in answer.text
    assert Referral.objects.count() == 1


def test_a_new_code_replaces_the_one_that_was_shown_and_no_other(browser, mia, code):
    address = f"{REFERRALS}/new-code"
    assert f"Give up the code {code}?" in browser.get(address).text
    for _ in range(2):
        browser.post(address, {"code": code})
    assert find_current_code(mia).code != code
    assert ReferralCode.objects.count() == 2


def test_the_picture_is_the_owner_s_and_kept_by_the_browser(
    browser, client, client_of, make_member, code
):
    address = f"{REFERRALS}/{code}.svg"
    picture = browser.get(address)
    assert picture["Content-Type"] == "image/svg+xml"
    assert picture["Cache-Control"] == "private, max-age=31536000, immutable"
    assert picture.content.startswith(b"<svg")
    assert b"style" not in picture.content
    for other in (client, client_of(make_member("leo"))):
        assert other.get(address).status_code == 404
    browser.post(f"{REFERRALS}/new-code", {"code": code})
    assert browser.get(address).status_code == 404
