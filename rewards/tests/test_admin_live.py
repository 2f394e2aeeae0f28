"""What an open queue fetches: its rows as they are now, where some stand, and answers as JSON."""

from datetime import timedelta

import pytest
from django.urls import reverse

from points.models import PointAccount
from rewards.admin import paging
from rewards.enums import RedemptionStatus
from rewards.models import Redemption
from rewards.services.redemptions import decide_redemption, redeem_reward

pytestmark = pytest.mark.django_db

QUEUE = "/admin/rewards/redemption/"
STANDINGS = f"{QUEUE}standings/"


@pytest.fixture
def redeem(make_member, reward, now):
    """Return a function that lets a new member redeem."""

    def redeem_one(member=None, reward_id=None, at=now):
        member = member or make_member(points=50)
        return redeem_reward(member=member, reward_id=reward_id or reward.pk, now=at)

    return redeem_one


@pytest.fixture
def approver(make_staff):
    return make_staff("ann", "approver")


@pytest.fixture
def console(client, approver):
    client.force_login(approver)
    return client


def fetch_rows(console, query=""):
    return console.get(f"{QUEUE}{query}", headers={"X-Fragment": "rows"})


def send(console, redemptions, slug, **data):
    ids = [str(redemption.pk) for redemption in redemptions]
    address = reverse("admin:rewards_redemption_decide", args=[slug])
    headers = {"Accept": "application/json"}
    return console.post(address, {"redemption": ids, **data}, headers=headers)


def test_the_rows_come_alone_with_the_list_s_filters(console, redeem, make_member):
    first, second = redeem(), redeem(make_member("mia", points=50))
    answer = fetch_rows(console)
    assert "<html" not in answer.text
    assert all(f'data-redemption="{entry.pk}"' in answer.text for entry in (first, second))
    assert 'data-pending="2"' in answer.text
    assert "no-store" in answer.headers["Cache-Control"]
    assert "X-Fragment" in answer.headers["Vary"]
    narrowed = fetch_rows(console, "?q=mia").text
    assert str(second.pk) in narrowed
    assert str(first.pk) not in narrowed


def test_a_page_and_its_rows_are_never_taken_for_each_other(console, redeem):
    redeem()
    page = console.get(QUEUE)
    assert "<html" in page.text
    assert "X-Fragment" in page.headers["Vary"]


def test_an_empty_list_says_so(console):
    assert "Nobody waits for a decision" in fetch_rows(console).text
    assert "Nothing is left here" in fetch_rows(console, "?q=nobody").text


@pytest.mark.parametrize("count", [1, 3])
def test_rows_cost_the_same_however_many(console, redeem, count, django_assert_num_queries):
    for _ in range(count):
        redeem()
    with django_assert_num_queries(8):
        fetch_rows(console)


def test_where_redemptions_stand_is_told(console, redeem, make_staff, now):
    waits, decided = redeem(), redeem()
    decide_redemption(
        redemption_id=decided.pk,
        status=RedemptionStatus.APPROVED,
        actor=make_staff("bob"),
        now=now,
    )
    answer = console.get(STANDINGS, {"id": [str(waits.pk), str(decided.pk)]})
    assert answer.json() == {
        str(waits.pk): {"status": "PENDING", "label": "Pending", "by": None},
        str(decided.pk): {"status": "APPROVED", "label": "Approved", "by": "Bob"},
    }


@pytest.mark.parametrize("ids", [[], ["abc"], ["00000000-0000-0000-0000-000000000007"]])
def test_what_is_not_there_stands_nowhere(console, ids):
    assert console.get(STANDINGS, {"id": ids}).json() == {}


def test_standings_are_for_staff_who_may_look(client, make_staff, member):
    client.force_login(member)
    assert client.get(STANDINGS).status_code == 302
    stranger = make_staff("otto", "nothing of this name")
    stranger.is_superuser = False
    stranger.save()
    client.force_login(stranger)
    assert client.get(STANDINGS).status_code == 403


def test_a_script_is_answered_in_json_and_leaves_no_message_behind(console, redeem):
    redemption = redeem()
    answer = send(console, [redemption], "approve")
    assert answer.json() == {
        "notes": [{"level": "success", "text": f"Approved: Tea for {redemption.member}."}],
        "decided": 1,
        "returned": 0,
    }
    assert list(console.get(QUEUE).context["messages"]) == []
    again = send(console, [redemption], "approve").json()["notes"]
    assert [note["level"] for note in again] == ["warning"]
    assert "already approved by Ann" in again[0]["text"]


def test_a_script_that_rejects_without_a_reason_is_told_so(console, redeem):
    redemption = redeem()
    errors = send(console, [redemption], "reject", reason=" ").json()["errors"]
    assert "Say why" in errors["reason"][0]
    redemption.refresh_from_db()
    assert redemption.status == "PENDING"
    send(console, [redemption], "reject", reason="Closed")
    assert PointAccount.objects.get(member=redemption.member).balance == 50


def ask(console, redemptions, action):
    ids = [str(redemption.pk) for redemption in redemptions]
    return console.post(QUEUE, {"action": action, "_selected_action": ids}).text


def test_rejecting_several_says_what_goes_back(console, redeem, make_member, make_reward):
    mia = make_member("mia", points=150)
    endless = make_reward("Cake", quantity=None)
    chosen = [redeem(mia), redeem(mia, endless.pk), redeem()]
    page = ask(console, chosen, "reject_selected")
    assert "150 points go back" in page
    assert "2 go back on the shelf" in page
    assert "2 members" in page


def test_approving_several_says_which_codes_it_takes(console, redeem, make_reward, make_pool):
    pool = make_pool("Vouchers", codes=["AAAA", "BBBB"])
    voucher = make_reward("Voucher", code_pool=pool, quantity=None)
    chosen = [redeem(reward_id=voucher.pk) for _ in range(2)]
    page = ask(console, [*chosen, redeem()], "approve_selected")
    assert "2 codes of Vouchers are handed out; 2 are left." in page
    assert "will have to wait" not in page
    for code in pool.codes.all():
        code.pool.codes.filter(pk=code.pk).delete()
        break
    page = ask(console, chosen, "approve_selected")
    assert "1 is left. 1 will have to wait for more." in page


def test_ones_own_is_left_out_before_anybody_asks(console, approver, redeem, make_member, now):
    from points.tests.books import earn  # noqa: PLC0415 -- staff are members by chance

    earn(approver, 50, now=now)
    own, other = redeem(approver), redeem()
    page = ask(console, [own, other], "approve_selected")
    assert "Approve 1 redemption" in page
    assert "yours, a colleague decides" in page


def test_a_long_list_is_counted_only_so_far(console, redeem, monkeypatch, now):
    monkeypatch.setattr(paging, "COUNTED_MAX", 2)
    for hours in range(2):
        redeem(at=now - timedelta(hours=hours))
    assert "More than" not in console.get(QUEUE).text
    redeem()
    assert "More than 2" in console.get(QUEUE).text
    assert Redemption.objects.count() == 3
