"""A member's page: why somebody has the points they have."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.urls import reverse

from gamification.models import Badge
from gamification.services.awards import award_badge, revoke_badge
from gamification.services.projecting import project_backlog
from loyalty_site.accounts.lockout import reserve_attempt
from loyalty_site.accounts.models import User
from points.models import PointAction
from points.services.activities import record_activities
from points.services.grants import grant_points
from points.tests.books import earn, make_action, report
from referrals.services import attach_referral, get_or_issue_code
from rewards.enums import PurchaseStatus
from rewards.models import Reward, RewardOption
from rewards.services.options import redeem_option
from rewards.services.purchases import report_purchase
from rewards.services.redemptions import redeem_reward

pytestmark = pytest.mark.django_db


def page_of(public_id):
    return reverse("admin:accounts_user_member", args=[public_id])


@pytest.fixture
def sue(make_staff):
    return make_staff("sue", "support")


@pytest.fixture
def read(client, sue):
    """Return a function that opens a member's page as support and gives its text."""
    client.force_login(sue)

    def open_one(public_id):
        response = client.get(page_of(public_id))
        assert response.status_code == 200
        return " ".join(response.content.decode().split())

    return open_one


@pytest.fixture
def make_history(programme, make_member, make_staff, now):
    """Return a function that gives a member so many of everything there is to show."""
    wave = make_action("WAVE", 10, times_per_day_max=1)
    boss = make_staff("boss")

    def make(public_id, count):
        member = make_member(public_id, points=100_000)
        code = get_or_issue_code(member=member, now=now).code
        attach_referral(
            referred=member,
            code=get_or_issue_code(member=boss, now=now).code,
            now=now,
        )
        reward = Reward.objects.create(
            title="Sticker", category="shop", points_required=5, created_at=now, updated_at=now
        )
        option = RewardOption.objects.order_by("id").first()
        badges = list(Badge.objects.filter(type__in=["KIND_SOUL", "FIRST_FACE"]))
        for n in range(count):
            waves = [report(f"{public_id}-{n}-{m}", member, wave.code) for m in range(2)]
            unknown = report(f"{public_id}-{n}-x", member, "JUGGLE")
            record_activities(reports=[*waves, waves[0], unknown], now=now)
            grant_points(user_id=public_id, amount=5, actor=boss, reason=f"Gift {n}", now=now)
            redeem_reward(member=member, reward_id=reward.pk, now=now)
            report_purchase(
                purchase_id=f"{public_id}-{n}",
                user_id=public_id,
                amount=Decimal("12.50"),
                currency="USD",
                status=PurchaseStatus.COMPLETED,
                now=now,
            )
            redeem_option(member=member, reward_type=option.type, points=100, actor=member, now=now)
            attach_referral(referred=make_member(), code=code, now=now)
            who = {"user_id": public_id, "actor": boss, "reason": f"Round {n}", "now": now}
            for badge in badges:
                award_badge(badge_type=badge.type, **who)
                revoke_badge(id_or_type=badge.type, **who)
            LogEntry.objects.log_actions(boss.pk, [member], CHANGE, change_message="Looked.")
        list(project_backlog())
        return member

    return make


@pytest.mark.parametrize("count", [1, 10, pytest.param(30, marks=pytest.mark.long)])
def test_the_page_takes_as_many_queries_for_many_of_everything_as_for_one(
    client, sue, make_history, count, django_assert_num_queries, settings
):
    settings.LOYALTY_REFERRALS_PER_DAY_MAX = 1_000
    make_history("mia", count)
    client.force_login(sue)
    client.get(page_of("mia"))

    # The session, who looks and what they may do (4), what waits for staff (2), the member with
    # groups, lock, account and history (5), balance, levels and lots (3), ledger, activities and
    # refusals (3), badges (2), scores (2), referrals (5), purchases (1), redemptions of both kinds
    # (2), the dialogs (2).
    with django_assert_num_queries(31):
        text = client.get(page_of("mia")).content.decode()
    assert f"Gift {count - 1}" in text
    assert text.count("12.50 USD") == min(count, 5)


def test_every_activity_says_why_it_earned_what_it_did(read, make_history):
    make_history("mia", 1)

    text = read("mia")

    assert "Matched</span> WAVE earns 10 each time." in text
    assert "Over a cap</span> WAVE earns at most 1 times a day." in text
    assert "Already recorded</span> This eventId was recorded before." in text
    assert "Unknown action</span> No active action has this code." in text


def test_a_rule_that_changed_since_does_not_contradict_what_was_earned(read, make_history, member):
    make_history("leo", 1)
    make_action("SHOP", 2, unit_field="amount", unit_size="0.50")
    record_activities(
        reports=[report("till", member, "SHOP", metadata={"amount": 3})], now=member.joined_at
    )
    PointAction.objects.filter(code="WAVE").update(points=20)

    assert "WAVE earned 10 then; it earns 20 now." in read("leo")
    assert "SHOP earns 2 for every whole 0.5 of amount, which was 3." in read("mia")


def test_the_page_explains_the_balance(read, make_history):
    make_history("mia", 1)

    text = read("mia")

    for part in (
        "Gift 0",  # the ledger, with the reason and who gave it
        "by Boss",
        "Sticker",  # what was redeemed, and where it stands
        'status-pending">Pending',
        "Revoked</span> by Boss: Round 0",
        "Brought here by</dt><dd>",
        "Members brought</dt><dd>1",
        "Nearest to come",
        "Looked.",
        "earned 12 points</small>",
        'purchase-completed">Completed</span><small>12.50 USD',
        '/admin/rewards/purchase/?member=mia">All purchases',
    ):
        assert part in text, part


def test_lots_stand_in_the_order_they_are_spent_with_their_expiry(read, member, now):
    earn(member, 10, days=0, now=now, source_id="for ever")
    earn(member, 20, days=9, now=now, source_id="soon")

    text = read("mia")

    lots = text[text.index("What the balance is made of") :]
    assert lots.index("lapses <time") < lots.index("never lapses")
    assert "20 lapse on" in text


def test_lapsed_points_are_not_there_to_spend(read, member, now):
    earn(member, 10, days=1, now=now - timedelta(days=9))
    earn(member, 5, days=0, now=now)

    text = read("mia")

    assert '<dd id="member-balance">5</dd>' in text
    assert "10 more have lapsed" in text


def test_the_way_to_the_next_level_is_shown(read, programme, make_member):
    make_member("mia", points=1_200)
    make_member("top", points=9_000)

    assert "The next level is Gold, at 2,500 lifetime points: 1,300 to go" in read("mia")
    assert 'value="13"' in read("mia")
    assert "This is the highest level" in read("top")


def test_a_new_member_s_page_says_what_will_stand_there(read, programme, member):
    text = read("mia")

    for sentence in (
        "nothing earned yet",
        "No points have moved yet.",
        "Nothing has been reported of this member yet.",
        "Nothing redeemed yet.",
        "The host has reported no purchase.",
        "No points are left to spend.",
        "No badge yet.",
        "Nothing has been measured yet.",
        "<dt>Code</dt><dd>none yet</dd>",
        'What staff changed</h2> </header> <p class="none">Nothing yet.',
    ):
        assert sentence in text, sentence


def test_somebody_without_an_account_has_a_page(read):
    User.objects.create_user(public_id="kim")

    assert "No account is open for this person" in read("kim")


def test_the_state_of_the_sign_in_is_shown(read, make_member, now, settings):
    settings.LOYALTY_SIGN_IN_FAILURES_MAX = 1
    make_member("mia", is_active=False)
    make_member("leo", password="blue-river-7")
    reserve_attempt(email="leo@example.com", now=now)

    assert "no, deactivated" in read("mia")
    assert "locked after failed sign-ins" in read("leo")


def test_an_unknown_member_is_not_found(client, sue):
    client.force_login(sue)

    assert client.get(page_of("nobody")).status_code == 404


def test_every_staff_group_reads_what_it_may(client, make_staff, make_history):
    make_history("mia", 1)
    parts = (
        "The whole ledger",
        "All activities",
        "Members brought",
        "Nearest to come",
        "Sticker",
        "All purchases",
    )
    hidden = {"catalogue manager": ["Members brought"]}

    for group in ("approver", "catalogue manager", "support", "auditor"):
        client.force_login(make_staff(group.replace(" ", "-"), group))
        text = client.get(page_of("mia")).content.decode()
        assert [part for part in parts if part not in text] == hidden.get(group, []), group


def test_members_and_hosts_do_not_read_it(client, member, make_staff):
    for person in (member, make_staff("shop", "host")):
        client.force_login(person)
        assert client.get(page_of("mia")).status_code in (302, 403)


LISTS = [
    "points_pointaccount",
    "points_pointtransaction",
    "points_activity",
    "rewards_redemption",
    "rewards_optionredemption",
    "rewards_purchase",
    "referrals_referral",
    "referrals_referralcode",
    "gamification_badgeaward",
]


def test_every_list_leads_to_the_page_and_can_be_narrowed_to_the_member(
    client, make_staff, make_history
):
    make_history("mia", 1)
    make_history("leo", 1)
    client.force_login(make_staff("ada"))

    for name in LISTS:
        address = reverse(f"admin:{name}_changelist")
        text = client.get(address).content.decode()
        assert page_of("mia") in text, name
        assert page_of("leo") in text, name
        mine = " ".join(client.get(address, {"member": "mia"}).content.decode().split())
        assert page_of("mia") in mine, name
        assert page_of("leo") not in mine, name
        assert "Member: <strong>Mia</strong>" in mine, name
        nobody = client.get(address, {"member": "nobody"}).content.decode()
        assert page_of("mia") not in nobody, name


def test_the_list_of_people_leads_to_their_pages(client, sue, member):
    client.force_login(sue)

    for query in ({}, {"q": "mia@"}):
        text = client.get(reverse("admin:accounts_user_changelist"), query).content.decode()
        assert page_of("mia") in text
    change_page = client.get(reverse("admin:accounts_user_change", args=[member.pk]))
    assert page_of("mia") in change_page.content.decode()


def test_refusals_are_narrowed_by_the_user_id_that_was_sent(client, make_staff, make_history):
    make_history("mia", 1)
    make_history("leo", 1)
    client.force_login(make_staff("ada"))

    address = reverse("admin:points_refusedactivity_changelist")
    text = client.get(address, {"member": "mia"}).content.decode()

    assert "mia-0-x" in client.get(page_of("mia")).content.decode()
    assert text.count("No active action has this code.") == 1
