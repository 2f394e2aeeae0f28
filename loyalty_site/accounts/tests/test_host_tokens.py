"""A host's own tokens: whom they let in, and what they never do."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission
from django.utils import timezone

from loyalty_site.accounts.api_keys import ensure_service_account
from loyalty_site.accounts.authentication import resolve_access_token
from loyalty_site.accounts.models import User
from loyalty_site.accounts.services import issue_tokens
from loyalty_site.testing.storms import losers, run_together
from points.models import PointAccount
from referrals.models import Referral
from referrals.services import get_or_issue_code, keep_invitation

from .hosts import NOTHING, SECRET, claims_of, sign, sign_by_hand

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def host_jwt(settings):
    """Accept tokens signed with the shared secret; return a function that changes more."""

    def change(**facts):
        settings.HOST_JWT = NOTHING | {"SECRET": SECRET} | facts

    change()
    return change


@pytest.fixture
def call(sign_in):
    def get_me(token):
        return sign_in().get("/api/auth/me", headers={"Authorization": f"Bearer {token}"})

    return get_me


def assert_refused(answer, code="token_invalid"):
    assert (answer.status_code, answer.json()["code"]) == (401, code)


@pytest.mark.parametrize("claim", ["id", "userId", "_id", "sub"])
def test_a_hosts_token_lets_its_member_in_whatever_the_id_is_called(call, member, claim):
    assert call(sign(claims_of(None, **{claim: "mia"}))).json()["data"]["userId"] == "mia"


def test_a_known_member_costs_one_query(member, django_assert_num_queries):
    token = sign(claims_of("mia"))

    with django_assert_num_queries(1):
        assert resolve_access_token(token).user == member


def test_a_member_is_made_on_first_sight_with_what_the_host_says(call):
    token = sign(claims_of(4711, name=" Ann\x00 Lee ", email="Ann@Example.com"))

    assert call(token).json()["data"] == {
        "userId": "4711",
        "name": "Ann Lee",
        "email": "ann@example.com",
        "role": "buyer",
    }
    person = User.objects.get(public_id="4711")
    assert not person.has_usable_password()
    assert PointAccount.objects.filter(member=person).exists()


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"name": None, "email": None},
        {"name": 7, "email": 7},
        {"name": "", "email": "no address"},
        {"email": "ann@example.com", "email_verified": False},
        {"email": "ann@example.com", "email_verified": "false"},
        {"email": "a" * 250 + "@example.com"},
        {"email": "ann@exam\ud800ple.com", "name": "\ud800"},
    ],
)
def test_what_a_host_does_not_say_or_vouch_for_stays_blank(call, claims):
    data = call(sign(claims_of("ann", **claims))).json()["data"]

    assert (data["userId"], data["name"], data["email"]) == ("ann", "", None)


def test_first_sight_of_an_invited_email_credits_whoever_invited_it(
    call, make_member, programme, now
):
    code = get_or_issue_code(member=make_member("mia"), now=now).code
    keep_invitation(code=code, email="ann@example.com", now=now)

    call(sign(claims_of("ann", email="Ann@Example.com")))

    referral = Referral.objects.get()
    assert (referral.referred.public_id, referral.status) == ("ann", "converted")


def test_anothers_email_stays_theirs(call, member):
    token = sign(claims_of("ann", email="MIA@example.com"))

    assert call(token).json()["data"]["email"] is None
    member.refresh_from_db()
    assert member.email == "mia@example.com"


def test_a_later_token_changes_nothing_about_a_member(call, member):
    call(sign(claims_of("mia", name="Other", email="other@example.com")))

    member.refresh_from_db()
    assert (member.name, member.email) == ("Mia", "mia@example.com")


def test_roles_in_a_hosts_token_give_no_powers(call):
    claims = {"role": "admin", "is_staff": True, "is_superuser": True, "groups": ["approver"]}

    assert call(sign(claims_of("ann", **claims))).json()["data"]["role"] == "buyer"
    ann = User.objects.get(public_id="ann")
    assert (ann.is_staff, ann.is_superuser, ann.groups.count()) == (False, False, 0)


def test_a_hosts_token_never_speaks_for_anybody_with_powers(call, make_staff, make_member, now):
    make_staff("root")
    make_staff("paul", "approver")
    ensure_service_account(host="shop", now=now)
    make_member("leo").groups.add(Group.objects.get(name="support"))
    make_member("ann").user_permissions.add(Permission.objects.first())

    for member_id in ("root", "paul", "host:shop", "leo", "ann"):
        assert_refused(call(sign(claims_of(member_id))))


def test_a_member_who_is_deactivated_is_out_at_once(call, member):
    token = sign(claims_of("mia"))
    assert call(token).status_code == 200

    User.objects.filter(pk=member.pk).update(is_active=False)

    assert_refused(call(token))


@pytest.mark.parametrize(
    "change",
    [
        {"exp": None},
        {"exp": "soon"},
        {"exp": 1e300},
        {"nbf": timezone.now() + timedelta(hours=1)},
        {"iat": timezone.now() + timedelta(hours=1)},
        {"token_type": "refresh"},
        {"typ": "Refresh"},
        {"id": None},
        {"id": ""},
        {"id": "not an id"},
        {"id": "../mia"},
        {"id": True},
        {"id": 1.5},
        {"id": ["mia"]},
        {"id": {"$ne": ""}},
        {"sub": "leo"},
        {"userId": {}},
    ],
)
def test_a_token_that_proves_nothing_is_refused(call, member, change):
    assert_refused(call(sign(claims_of("mia", **change))))
    assert User.objects.count() == 1


def test_ids_that_agree_are_one(call, member):
    assert call(sign(claims_of("mia", sub="mia", userId="mia"))).status_code == 200


def test_a_host_may_say_which_claim_is_the_id(call, member, host_jwt):
    host_jwt(ID_CLAIMS=["sub"])

    assert call(sign(claims_of("session-17", sub="mia"))).json()["data"]["userId"] == "mia"
    assert_refused(call(sign(claims_of("mia"))))


def test_an_expired_token_says_so_after_the_leeway(call, member):
    now = timezone.now()

    assert call(sign(claims_of("mia", exp=now - timedelta(seconds=5)))).status_code == 200
    expired = sign(claims_of("mia", exp=now - timedelta(seconds=11)))
    assert_refused(call(expired), "token_expired")


@pytest.mark.parametrize(
    ("setting", "claims", "is_good"),
    [
        ({"ISSUER": "https://shop.example"}, {"iss": "https://shop.example"}, True),
        ({"ISSUER": "https://shop.example"}, {"iss": "https://other.example"}, False),
        ({"ISSUER": "https://shop.example"}, {}, False),
        ({"AUDIENCE": "loyalty-api"}, {"aud": ["web", "loyalty-api"]}, True),
        ({"AUDIENCE": "loyalty-api"}, {"aud": "web"}, False),
        ({"AUDIENCE": "loyalty-api"}, {}, False),
        ({}, {"aud": "anything", "iss": "anyone"}, True),
    ],
)
def test_issuer_and_audience_count_when_they_are_set(
    call, member, host_jwt, setting, claims, is_good
):
    host_jwt(**setting)

    assert call(sign(claims_of("mia", **claims))).status_code == (200 if is_good else 401)


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_the_secret_signs_by_one_algorithm(call, member, algorithm):
    assert_refused(call(sign(claims_of("mia"), SECRET, algorithm)))


def test_neither_another_secret_nor_none_signs(call, member):
    assert_refused(call(sign(claims_of("mia"), SECRET + "x")))
    assert_refused(call(sign(claims_of("mia"), None, "none")))


def test_the_hosts_secret_signs_no_token_of_ours(call, make_staff, settings):
    root = make_staff("root")
    claims = claims_of("root", sub="root", iss="loyalty", aud="loyalty", epoch=0)

    assert_refused(call(sign(claims | {"token_type": "access"})))
    assert root.token_epoch == 0


def test_our_own_key_signs_no_token_of_a_host(call, member, settings):
    assert_refused(call(sign(claims_of("mia"), settings.JWT_SIGNING_KEY)))


def test_a_hosts_token_is_no_refresh_token(sign_in, member):
    body = {"refreshToken": sign(claims_of("mia"))}

    assert_refused(sign_in().post("/api/auth/refresh-token", body))


def test_without_a_secret_or_keys_no_hosts_token_is_good(call, member, host_jwt):
    host_jwt(SECRET="")

    assert_refused(call(sign(claims_of("mia"))))
    assert_refused(call(sign_by_hand(claims_of("mia"), b"")))
    assert call(issue_tokens(user=member)["accessToken"]).status_code == 200


@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_twelve_first_sights_at_once_make_one_member(call):
    token = sign(claims_of("ann", name="Ann", email="ann@example.com"))

    statuses = run_together(12, lambda _: call(token).status_code)

    assert losers(statuses) == []
    assert statuses == [200] * 12
    assert User.objects.count() == PointAccount.objects.count() == 1
