"""An invitation meets the account that is made with its e-mail: once, for the first to invite."""

from datetime import timedelta

import pytest

from loyalty_site.accounts.services import create_member, register_member
from points.models import PointAccount
from referrals.models import Referral
from referrals.services import (
    attach_referral,
    get_or_issue_code,
    keep_invitation,
    rotate_code,
    settle_invitation,
    settle_invitations,
)
from referrals.tasks import settle_newcomers

EMAIL = "ben@example.com"


@pytest.fixture
def mia(programme, make_member):
    return make_member("mia")


@pytest.fixture
def eva(make_member):
    return make_member("eva")


@pytest.fixture
def invite(now):
    def keep(referrer, email=EMAIL, at=now):
        code = get_or_issue_code(member=referrer, now=now).code
        assert keep_invitation(code=code, email=email, now=at)

    return keep


def join(now, email=EMAIL, code=""):
    return register_member(
        name="Ben", email=email, password="blue-river-7", referral_code=code, now=now
    )


def balance_of(member):
    return PointAccount.objects.get(member=member).balance


def test_registering_with_an_invited_email_converts_the_invitation(mia, invite, now):
    invite(mia)
    later = now + timedelta(days=3)

    ben = join(later, email="Ben@Example.com")

    referral = Referral.objects.get()
    assert (referral.referrer, referral.referred, referral.status) == (mia, ben, "converted")
    assert (referral.converted_at, referral.email) == (later, EMAIL)
    assert balance_of(mia) == 5


def test_a_member_a_host_announces_converts_it_as_well(mia, invite, now):
    invite(mia)

    create_member(public_id="ben", email=EMAIL, now=now)

    assert Referral.objects.get().status == "converted"


def test_the_first_to_invite_is_credited(mia, eva, invite, now):
    invite(eva, at=now)
    invite(mia, at=now - timedelta(hours=1))

    join(now)

    assert Referral.objects.get(status="converted").referrer == mia
    assert Referral.objects.get(status="pending").referrer == eva
    assert (balance_of(mia), balance_of(eva)) == (5, 0)


def test_a_code_given_at_registration_beats_an_invitation(mia, eva, invite, now):
    invite(mia)

    join(now, code=get_or_issue_code(member=eva, now=now).code)

    assert Referral.objects.get(status="converted").referrer == eva


def test_a_code_given_at_registration_uses_the_same_members_invitation(mia, invite, now):
    invite(mia)

    join(now, code=get_or_issue_code(member=mia, now=now).code)

    assert Referral.objects.get().status == "converted"
    assert balance_of(mia) == 5


def test_an_invitation_outlives_the_code_it_came_with(mia, invite, now):
    invite(mia)
    rotate_code(member=mia, now=now)

    join(now)

    assert Referral.objects.get().status == "converted"


def test_an_invitation_that_lapsed_counts_no_more(mia, invite, now, settings):
    invite(mia, at=now - timedelta(days=settings.LOYALTY_INVITATIONS_VALID_DAYS))

    join(now)

    assert Referral.objects.get().status == "pending"


def test_an_invitation_of_somebody_switched_off_does_not_count(mia, eva, invite, now):
    invite(mia, at=now - timedelta(hours=1))
    invite(eva)
    mia.is_active = False
    mia.save()

    join(now)

    assert Referral.objects.get(status="converted").referrer == eva


def test_without_an_invitation_nothing_happens(mia, now):
    assert settle_invitation(member=join(now), now=now) is None
    assert settle_invitation(member=create_member(public_id="leo", now=now), now=now) is None
    assert not Referral.objects.exists()


def test_a_member_who_was_brought_by_a_code_is_not_brought_again(mia, eva, invite, now):
    ben = join(now, code=get_or_issue_code(member=eva, now=now).code)
    invite(mia)

    assert settle_invitation(member=ben, now=now) is None
    assert balance_of(mia) == 0


def test_a_front_end_may_register_first_and_convert_afterwards(mia, invite, now):
    ben = join(now - timedelta(minutes=30))
    invite(mia)

    [referral] = settle_invitations(now=now)

    assert (referral.referred, referral.status) == (ben, "converted")
    assert balance_of(mia) == 5
    assert settle_invitations(now=now) == []
    assert balance_of(mia) == 5


def test_an_account_older_than_that_is_not_new(mia, invite, now, settings):
    join(now - timedelta(minutes=settings.LOYALTY_REFERRAL_NEW_MEMBER_MINUTES + 1))
    invite(mia)

    assert settle_invitations(now=now) == []


def test_the_task_settles(mia, invite, now):
    join(now)
    invite(mia)

    settle_newcomers()

    assert Referral.objects.get().status == "converted"


@pytest.mark.parametrize("email", ["mia@example.com", "MIA@example.com"])
def test_inviting_oneself_leads_nowhere(mia, invite, now, email):
    invite(mia, email=email.lower())

    assert settle_invitation(member=mia, now=now) is None
    assert settle_invitations(now=now) == []
    assert balance_of(mia) == 0


@pytest.mark.parametrize("email", ["mia+2@example.com", "Mia+x+y@Example.com"])
@pytest.mark.parametrize("by_code", [True, False])
def test_the_referrers_own_mailbox_is_held_for_staff(mia, invite, now, email, by_code):
    invite(mia, email=email.lower())

    join(now, email=email, code=get_or_issue_code(member=mia, now=now).code if by_code else "")

    referral = Referral.objects.get()
    assert (referral.status, referral.held_because) == ("in_review", "same_mailbox")
    assert balance_of(mia) == 0


def test_a_member_without_an_email_shares_no_mailbox(mia, now):
    mia.email = None
    mia.save()
    leo = create_member(public_id="leo", now=now)

    referral = attach_referral(
        referred=leo, code=get_or_issue_code(member=mia, now=now).code, now=now
    )

    assert referral.status == "converted"
