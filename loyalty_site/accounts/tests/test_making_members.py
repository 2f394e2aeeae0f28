"""Making members: whoever they come from, they are the same members."""

import pytest

from loyalty_site.accounts.errors import EmailTaken, UserIdTaken
from loyalty_site.accounts.models import User
from loyalty_site.accounts.services import create_member, meet_member
from loyalty_site.testing.storms import losers, run_together
from points.errors import Invalid
from points.models import PointAccount
from referrals.errors import UnknownReferralCode
from referrals.models import Referral
from referrals.services import get_or_issue_code

pytestmark = pytest.mark.django_db


def test_a_member_has_an_open_account_and_a_stored_email_in_lower_case(now):
    ann = create_member(public_id="ann", name="Ann", email=" Ann@Example.com ", now=now)

    ann.refresh_from_db()
    assert (ann.public_id, ann.name, ann.email) == ("ann", "Ann", "ann@example.com")
    assert not ann.has_usable_password()
    assert PointAccount.objects.filter(member=ann).count() == 1


def test_what_is_not_given_is_made_or_left_out(now):
    ann = create_member(now=now)

    assert len(ann.public_id) == 20
    assert (ann.name, ann.email) == ("", None)


def test_a_referral_code_credits_its_owner_whoever_makes_the_member(make_member, programme, now):
    code = get_or_issue_code(member=make_member("owner"), now=now).code

    create_member(public_id="ann", referral_code=code, now=now)

    referral = Referral.objects.get()
    assert (referral.referrer.public_id, referral.referred.public_id) == ("owner", "ann")


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"public_id": "mia"}, UserIdTaken),
        ({"public_id": "ann", "email": "MIA@example.com"}, EmailTaken),
        ({"public_id": "not an id"}, Invalid),
        ({"public_id": "ann", "referral_code": "NOSUCH99"}, UnknownReferralCode),
    ],
)
def test_a_member_who_cannot_be_made_leaves_nothing_behind(member, now, fields, refusal):
    with pytest.raises(refusal):
        create_member(**fields, now=now)

    assert list(User.objects.all()) == [member]
    assert PointAccount.objects.count() == 1


def test_a_member_who_is_known_stays_as_they_are(member, now):
    met = meet_member(public_id="mia", name="Other", email="other@example.com", now=now)

    assert met == member
    assert (met.name, met.email) == ("Mia", "mia@example.com")


def test_somebody_elses_email_stays_theirs(member, now):
    met = meet_member(public_id="ann", name="Ann", email="Mia@example.com", now=now)

    assert (met.public_id, met.name, met.email) == ("ann", "Ann", None)
    member.refresh_from_db()
    assert member.email == "mia@example.com"


@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_twelve_who_meet_a_member_at_once_make_one(now):
    facts = {"public_id": "ann", "name": "Ann", "email": "ann@example.com", "now": now}

    met = run_together(12, lambda _: meet_member(**facts).pk)

    assert losers(met) == []
    assert len(set(met)) == User.objects.count() == PointAccount.objects.count() == 1
    assert User.objects.get().email == "ann@example.com"
