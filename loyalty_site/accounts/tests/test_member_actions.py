"""What staff do on a member's page: for a reason, on record, never to themselves."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse

from gamification.models import Badge, BadgeAward
from loyalty_site.accounts.admin.member_actions import ACTIONS, make_key
from loyalty_site.accounts.lockout import get_lock_seconds, reserve_attempt
from points.models import PointTransaction
from points.tests.books import close_account

pytestmark = pytest.mark.django_db

POINTS_SLUGS = ("grant", "deduct")
STANDING_SLUGS = ("deactivate", "activate", "unlock")


def address(member, slug):
    return reverse("admin:accounts_user_act", args=[member.public_id, slug])


@pytest.fixture
def mia(make_member):
    return make_member("mia", points=100)


@pytest.fixture
def sue(client, make_staff):
    """Return somebody of support, signed in."""
    person = make_staff("sue", "support")
    client.force_login(person)
    return person


@pytest.fixture
def clerk(client, sue):
    """Return somebody of support who may change people as well, signed in."""
    sue.user_permissions.add(Permission.objects.get(codename="change_user"))
    return sue


@pytest.fixture
def act(client):
    """Return a function that presses a button of a member's page and confirms its dialog."""

    def press(member, slug, **data):
        body = {"key": make_key(), "reason": "A colleague asked", **data}
        response = client.post(address(member, slug), body, headers={"Accept": "application/json"})
        return response.json() if response.status_code == 200 else response.status_code

    return press


def balance_of(member):
    member.point_account.refresh_from_db()
    return member.point_account.balance


def read_history(member):
    return [entry.get_change_message() for entry in LogEntry.objects.filter(object_id=member.pk)]


def test_support_grants_points_for_a_reason_that_stays_on_record(sue, mia, act):
    answer = act(mia, "grant", amount=50, reason="Parcel was late")

    assert answer == {"url": reverse("admin:accounts_user_member", args=["mia"])}
    assert balance_of(mia) == 150
    entry = PointTransaction.objects.latest("pk")
    assert (entry.type, entry.amount, entry.description) == ("admin_grant", 50, "Parcel was late")
    assert entry.actor == sue
    assert read_history(mia) == [
        "Granted 50 points, balance from 100 to 150. Reason: Parcel was late"
    ]
    assert LogEntry.objects.get().user == sue


def test_support_deducts_points_but_never_more_than_there_are(sue, mia, act):
    assert act(mia, "deduct", amount=101) == {
        "errors": {"__all__": ["There are only 100 points to take."]}
    }
    assert balance_of(mia) == 100

    assert "url" in act(mia, "deduct", amount=40, reason="Granted twice")
    assert balance_of(mia) == 60
    assert read_history(mia) == [
        "Deducted 40 points, balance from 100 to 60. Reason: Granted twice"
    ]


def test_a_grant_beyond_the_daily_limit_is_refused_and_says_what_is_left(sue, mia, act, settings):
    settings.LOYALTY_POINTS_GRANTED_PER_DAY_MAX = 70
    assert "url" in act(mia, "grant", amount=50)

    answer = act(mia, "grant", amount=21)

    [sentence] = answer["errors"]["__all__"]
    assert sentence.endswith("You may grant 20 more today.")
    assert balance_of(mia) == 150
    assert len(read_history(mia)) == 1


@pytest.mark.parametrize("slug", ACTIONS)
def test_nothing_is_done_without_a_reason(clerk, programme, mia, act, slug):
    badge = Badge.objects.get(type="FIRST_FACE")

    answer = act(mia, slug, amount=5, badge=badge.pk, reason="  ")

    assert answer["errors"].keys() == {"reason"}
    mia.refresh_from_db()
    assert (balance_of(mia), mia.is_active, read_history(mia)) == (100, True, [])
    assert not BadgeAward.objects.exists()


@pytest.mark.parametrize("slug", ACTIONS)
def test_nobody_does_anything_to_themselves(client, make_staff, act, slug):
    boss = make_staff("boss")
    client.force_login(boss)

    assert act(boss, slug, amount=5) == 403
    assert client.get(address(boss, slug)).status_code == 403
    assert balance_of(boss) == 0
    page = client.get(reverse("admin:accounts_user_member", args=["boss"])).content.decode()
    assert "This is you: a colleague grants" in page
    assert "data-dialog" not in page


GROUPS = {
    "approver": {"award"},
    "catalogue manager": set(),
    "support": {"grant", "deduct", "award"},
    "auditor": set(),
    "host": set(),
}


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_has_the_buttons_of_its_powers_and_no_other_works(
    client, programme, make_staff, mia, act, group
):
    client.force_login(make_staff("ann", group))
    page = client.get(reverse("admin:accounts_user_member", args=["mia"])).content.decode()

    assert {slug for slug in ACTIONS if f'id="{slug}-dialog"' in page} == GROUPS[group]
    for slug in ACTIONS:
        status = client.get(address(mia, slug)).status_code
        assert status == (200 if slug in GROUPS[group] else 403), slug
        if slug not in GROUPS[group]:
            assert act(mia, slug, amount=5) == 403
    assert balance_of(mia) == 100


def test_a_form_that_is_sent_twice_posts_once(sue, mia, act):
    key = make_key()

    for _ in range(2):
        assert "url" in act(mia, "grant", amount=50, key=key)

    assert balance_of(mia) == 150
    assert len(read_history(mia)) == 1
    assert "errors" in act(mia, "grant", amount=60, key=key)


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"amount": 0}, "amount"),
        ({"amount": -5}, "amount"),
        ({"amount": "many"}, "amount"),
        ({"amount": 10**10}, "amount"),
        ({"amount": 5, "reason": "x" * 256}, "reason"),
        ({"amount": 5, "key": "guess"}, "key"),
    ],
)
def test_what_makes_no_sense_is_an_error_of_its_field(sue, mia, act, data, field):
    assert act(mia, "grant", **data)["errors"].keys() == {field}
    assert balance_of(mia) == 100


def test_a_badge_is_awarded_with_its_points_and_only_once(sue, programme, mia, act):
    badge = Badge.objects.get(type="FIRST_FACE")

    assert "url" in act(mia, "award", badge=badge.pk, reason="Was there, the scanner was not")

    award = BadgeAward.objects.get()
    assert (award.badge, award.member, award.awarded_by) == (badge, mia, sue)
    assert balance_of(mia) == 100 + award.points
    assert act(mia, "award", badge=badge.pk)["errors"].keys() == {"badge"}
    assert read_history(mia) == [
        f"Awarded {badge.name}, worth {award.points} points. Reason: Was there, the scanner was not"
    ]


def test_who_may_change_people_deactivates_and_activates(client, clerk, mia, act, sign_in):
    api = sign_in(mia)

    assert "url" in act(mia, "deactivate", reason="Asked for it")
    mia.refresh_from_db()
    assert not mia.is_active
    assert api.get("/api/auth/me").status_code == 401

    assert "url" in act(mia, "activate", reason="Came back")
    mia.refresh_from_db()
    assert mia.is_active
    assert api.get("/api/auth/me").status_code == 401
    assert read_history(mia) == [
        "Changed Active from no to yes. Reason: Came back.",
        "Changed Active from yes to no. Reason: Asked for it.",
    ]


def test_a_superuser_s_standing_is_for_superusers(clerk, make_staff, act):
    boss = make_staff("boss")

    for slug in STANDING_SLUGS:
        assert act(boss, slug) == 403
    boss.refresh_from_db()
    assert boss.is_active


def test_failed_sign_ins_are_forgotten(clerk, mia, act, now, settings):
    settings.LOYALTY_SIGN_IN_FAILURES_MAX = 1
    reserve_attempt(email=mia.email, now=now)

    assert "url" in act(mia, "unlock")

    assert get_lock_seconds(email=mia.email, now=now) is None


def test_a_closed_account_takes_no_points_and_offers_none(client, sue, mia, act, now):
    close_account(mia)

    page = client.get(reverse("admin:accounts_user_member", args=["mia"])).content.decode()

    assert "Account closed" in page
    assert "grant-dialog" not in page
    assert act(mia, "grant", amount=5)["errors"]["__all__"] == ["This member's account is closed."]


def test_without_a_script_a_page_asks_the_same(client, sue, mia):
    asked = client.get(address(mia, "grant"))
    assert "You may grant" in asked.content.decode()
    key = asked.context["asked"]["form"]["key"].value()

    refused = client.post(address(mia, "grant"), {"key": key, "amount": 5})
    assert "Say why" in refused.content.decode()
    done = client.post(
        address(mia, "grant"), {"key": key, "amount": 5, "reason": "Sorry"}, follow=True
    )

    assert balance_of(mia) == 105
    assert "Granted 5 points to Mia. The balance is 105." in done.content.decode()


def test_what_nobody_can_do_is_not_found(client, sue, mia):
    assert client.get(address(mia, "promote")).status_code == 404
