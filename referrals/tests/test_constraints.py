"""The database refuses what the services never do, whoever asks."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import F

from referrals.models import Referral, ReferralCode


@pytest.fixture
def code(member, now):
    return ReferralCode.objects.create(member=member, code="ABCD2345", issued_at=now)


@pytest.fixture
def invite(code, now):
    """Return a function that writes a referral row past the services."""

    def write(**fields):
        row = {
            "referrer": code.member,
            "code": code,
            "email": "ben@example.com",
            "status": "pending",
            "created_at": now,
            "invited_at": now,
        }
        return Referral.objects.create(**row | fields)

    return write


@pytest.fixture
def converted(invite, make_member, now):
    return invite(referred=make_member("ben"), status="converted", converted_at=now)


def refuses(name):
    """Expect the database to refuse, naming this constraint or trigger message."""
    return pytest.raises(DatabaseError, match=name)


@pytest.mark.parametrize("text", ["abcd2345", "ABCD234", "ABCD2340", "ABCDI234", "ABCD 345"])
def test_a_code_is_eight_clear_characters(member, now, text):
    with refuses("referrals_code_well_formed"):
        ReferralCode.objects.create(member=member, code=text, issued_at=now)


def test_a_member_has_one_current_code(code, now):
    with refuses("referrals_code_one_current_per_member"):
        ReferralCode.objects.create(member=code.member, code="WXYZ2345", issued_at=now)


def test_a_retired_code_does_not_count_as_current(code, now):
    ReferralCode.objects.filter(pk=code.pk).update(retired_at=now)

    ReferralCode.objects.create(member=code.member, code="WXYZ2345", issued_at=now)

    assert ReferralCode.objects.count() == 2


def test_a_code_is_never_given_to_anyone_else(code, make_member, now):
    ReferralCode.objects.filter(pk=code.pk).update(retired_at=now)

    with refuses("referrals_referralcode_code"):
        ReferralCode.objects.create(member=make_member(), code=code.code, issued_at=now)


def test_a_code_is_not_deleted(code):
    with refuses("Cannot delete rows"):
        ReferralCode.objects.all().delete()


@pytest.mark.parametrize(
    "change", [{"code": "WXYZ2345"}, {"issued_at": F("issued_at") + timedelta(1)}]
)
def test_a_code_is_not_rewritten(code, change):
    with refuses("Cannot update rows"):
        ReferralCode.objects.update(**change)


def test_a_code_does_not_move_to_another_member(code, make_member):
    with refuses("Cannot update rows"):
        ReferralCode.objects.update(member=make_member())


def test_a_retired_code_stays_retired(code, now):
    ReferralCode.objects.update(retired_at=now)

    with refuses("Cannot update rows"):
        ReferralCode.objects.update(retired_at=None)


def test_nobody_refers_themselves(code, invite, now):
    with refuses("referrals_referral_not_of_oneself"):
        invite(referred=code.member, status="converted", converted_at=now)


def test_a_member_is_referred_once(converted, invite, now):
    with refuses("referred_id"):
        invite(referred=converted.referred, status="converted", converted_at=now)


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "pending", "invited_at": None},
        {"status": "pending", "converted_at": True},
        {"status": "pending", "referred": True},
        {"status": "converted", "converted_at": True},
        {"status": "converted", "referred": True},
        {"status": "converted", "referred": True, "converted_at": True, "activated_at": True},
        {"status": "activated", "referred": True, "converted_at": True},
        {"status": "activated", "referred": True, "activated_at": True},
        {"status": "lost"},
    ],
)
def test_a_status_has_its_instants_and_no_others(invite, make_member, now, fields):
    fields = fields | {name: now for name, value in fields.items() if value is True}
    if "referred" in fields:
        fields["referred"] = make_member("ben")

    with refuses("referrals_referral_status_fits_instants"):
        invite(**fields)


@pytest.fixture
def held(invite, make_member, now):
    return invite(
        referred=make_member("ben"), status="in_review", held_at=now, held_because="daily_limit"
    )


@pytest.fixture
def refused(held, make_member, now):
    Referral.objects.update(
        status="refused", decided_at=now, decided_by=make_member("ann"), decision_reason="Farmed"
    )
    return held


def test_an_invitation_names_an_email(invite):
    with refuses("referrals_referral_invitation_names_email"):
        invite(email="")


@pytest.mark.parametrize(
    "fields", [{"held_because": ""}, {"held_because": "whim"}, {"held_at": None, "status": "lost"}]
)
def test_what_is_held_says_why(invite, make_member, now, fields):
    row = {"status": "in_review", "held_at": now, "held_because": "same_mailbox"}
    with refuses("referrals_referral_(held_for_a_reason|status_fits)"):
        invite(referred=make_member("ben"), **row | fields)


@pytest.mark.parametrize("missing", ["decided_at", "decided_by", "decision_reason"])
def test_a_refusal_is_complete(held, make_member, now, missing):
    row = {"decided_at": now, "decided_by": make_member("ann"), "decision_reason": "Farmed"}
    row[missing] = "" if missing == "decision_reason" else None
    with refuses("referrals_referral_(status_fits|decision_names|refused_for_a_reason)"):
        Referral.objects.update(status="refused", **row)


def test_what_was_held_counts_from_the_decision_on(held, make_member, now):
    ann = make_member("ann")
    with transaction.atomic(), refuses("referrals_referral_held_counts_when_decided"):
        Referral.objects.update(
            status="converted",
            converted_at=now - timedelta(1),
            decided_at=now,
            decided_by=ann,
        )


def test_what_was_held_does_not_count_without_a_decision(held, now):
    with refuses("referrals_referral_held_counts_when_decided"):
        Referral.objects.update(status="converted", converted_at=now)


def test_what_was_never_held_is_never_decided(converted, make_member, now):
    with refuses("referrals_referral_decision_names_decider"):
        Referral.objects.update(decided_at=now, decided_by=make_member("ann"))


@pytest.mark.parametrize("side", ["referrer", "referred"])
def test_nobody_decides_a_referral_of_their_own(held, now, side):
    with refuses("referrals_referral_decider_is_another"):
        Referral.objects.update(
            status="converted",
            converted_at=now,
            decided_at=now,
            decided_by=getattr(held, side),
        )


@pytest.mark.parametrize("fields", [{"status": "converted"}, {"status": "in_review"}])
def test_what_was_refused_stays_refused(refused, fields):
    with refuses("Invalid transition"):
        Referral.objects.update(**fields)


@pytest.mark.parametrize(
    "change",
    [
        {"decided_at": F("decided_at") + timedelta(1)},
        {"decision_reason": "Another"},
        {"held_at": F("held_at") - timedelta(1)},
        {"held_because": "same_mailbox"},
    ],
)
def test_a_decision_is_not_rewritten(refused, change):
    with refuses("Cannot update rows"):
        Referral.objects.update(**change)


def test_a_conversion_keeps_its_instant(converted):
    with refuses("Cannot update rows"):
        Referral.objects.update(converted_at=F("converted_at") - timedelta(1))


def test_a_referral_that_counts_is_not_held_afterwards(converted, now):
    with refuses("Invalid transition|Cannot update rows"):
        Referral.objects.update(
            status="in_review", held_at=now, held_because="daily_limit", converted_at=None
        )


def test_an_email_is_kept_in_lower_case(invite):
    with refuses("referrals_referral_email_lower_case"):
        invite(email="Ben@example.com")


def test_an_email_is_invited_once_by_a_member(invite):
    invite()

    with refuses("referrals_referral_one_invitation_per_email"):
        invite()


def test_a_referral_uses_its_referrers_own_code(invite, make_member):
    with refuses("is not of member"):
        invite(referrer=make_member("eva"))


def test_a_referral_is_not_deleted(converted):
    with refuses("Cannot delete rows"):
        Referral.objects.all().delete()


def test_a_referral_does_not_move_to_another_referrer(converted, make_member):
    with refuses("Cannot update rows"):
        Referral.objects.update(referrer=make_member("eva"))


def test_a_referred_member_is_not_exchanged(converted, make_member):
    with refuses("Cannot update rows"):
        Referral.objects.update(referred=make_member("eva"))


def test_a_referral_never_moves_back(converted, now):
    Referral.objects.update(status="activated", activated_at=now)

    with refuses("Invalid transition"):
        Referral.objects.update(status="converted", activated_at=None)


def test_a_pending_referral_is_not_activated_at_once(invite, make_member, now):
    invite()

    with refuses("Invalid transition"):
        Referral.objects.update(
            status="activated", referred=make_member("ben"), converted_at=now, activated_at=now
        )


@pytest.mark.parametrize("table", ["referrals_referral", "referrals_referralcode"])
def test_a_table_is_not_emptied(converted, table):
    # A test database may be truncated, since that is how Django empties it; the trigger that
    # refuses it elsewhere has to stand.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_trigger WHERE tgrelid = %s::regclass AND tgtype & 32 = 32",
            [table],
        )
        assert cursor.fetchone() == (1,)
