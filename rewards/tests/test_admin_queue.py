"""The approval queue on the console: what staff see, decide and are told."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from points.models import PointAccount
from rewards.enums import RedemptionStatus
from rewards.models import Redemption
from rewards.services.redemptions import decide_redemption, redeem_reward

pytestmark = pytest.mark.django_db

QUEUE = "/admin/rewards/redemption/"


@pytest.fixture
def mia(make_member):
    return make_member("mia", points=120)


@pytest.fixture
def redemption(mia, reward, now):
    return redeem_reward(member=mia, reward_id=reward.pk, now=now - timedelta(days=3))


@pytest.fixture
def approver(make_staff):
    return make_staff("ann", "approver")


@pytest.fixture
def console(client, approver):
    client.force_login(approver)
    return client


def rows(response):
    assert response.status_code == 200, response
    return list(response.context["cl"].result_list)


def told(response):
    """Return the sentences the next page shows, as (level, sentence)."""
    return [(str(note.level_tag), str(note)) for note in response.context["messages"]]


def decide(console, redemption, slug, **data):
    url = reverse("admin:rewards_redemption_decide_one", args=[redemption.pk, slug])
    return console.post(url, data, follow=True)


def decide_all(console, redemptions, slug, **data):
    url = reverse("admin:rewards_redemption_decide", args=[slug])
    ids = [str(redemption.pk) for redemption in redemptions]
    return console.post(url, {"redemption": ids, **data}, follow=True)


def choose(console, redemptions, action, **data):
    ids = [str(redemption.pk) for redemption in redemptions]
    return console.post(QUEUE, {"action": action, "_selected_action": ids, **data})


def test_the_queue_shows_what_waits_the_oldest_first(
    console, approver, make_member, reward, redemption, now
):
    later = redeem_reward(member=make_member(points=50), reward_id=reward.pk, now=now)
    decided = redeem_reward(member=make_member(points=50), reward_id=reward.pk, now=now)
    decide_redemption(
        redemption_id=decided.pk, status=RedemptionStatus.APPROVED, actor=approver, now=now
    )

    response = console.get(QUEUE)

    assert rows(response) == [redemption, later]
    page = response.content.decode()
    assert "3\xa0days ago" in page
    assert "Mia" in page
    assert 'formaction="' in page


@pytest.mark.parametrize("count", [1, 3])
def test_the_queue_costs_the_same_however_long(
    console, make_member, reward, now, count, django_assert_num_queries
):
    for _ in range(count):
        redeem_reward(member=make_member(points=50), reward_id=reward.pk, now=now)
    console.get(QUEUE)

    # Session, person, their own and their groups' permissions, the filter's rewards, the count,
    # the rows, and what the navigation says of the queue.
    with django_assert_num_queries(9):
        assert len(rows(console.get(QUEUE))) == count


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?status=ALL", True),
        ("?status=APPROVED", False),
        ("?status=nonsense", False),
        ("?q=mia", True),
        ("?q=Mia", True),
        ("?q=mia@example.com", True),
        ("?q=Tea", True),
        ("?q=nobody", False),
    ],
)
def test_the_queue_is_narrowed(console, redemption, query, found):
    assert rows(console.get(QUEUE + query)) == ([redemption] if found else [])


def test_the_queue_is_narrowed_by_reward(console, redemption, mia, make_reward, now):
    cake = redeem_reward(member=mia, reward_id=make_reward("Cake").pk, now=now)

    assert rows(console.get(f"{QUEUE}?reward__id__exact={redemption.reward_id}")) == [redemption]
    assert rows(console.get(f"{QUEUE}?reward__id__exact={cake.reward_id}")) == [cake]


def test_a_row_is_approved_by_its_button(console, redemption, approver):
    response = decide(console, redemption, "approve")

    redemption.refresh_from_db()
    assert (redemption.status, redemption.decided_by) == ("APPROVED", approver)
    assert told(response) == [("success", "Approved: Tea for Mia.")]
    assert LogEntry.objects.get(object_id=str(redemption.pk)).user == approver


def test_the_filters_are_there_again_after_deciding(console, redemption):
    page = console.get(f"{QUEUE}?q=mia").content.decode()
    [url] = [
        part.split('"')[0].replace("&amp;", "&")
        for part in page.split('formaction="')[1:]
        if "/decide/approve/" in part.split('"')[0]
    ]

    response = console.post(url)

    assert response.headers["Location"] == f"{QUEUE}?q=mia"


def test_rejecting_asks_why_before_anything_happens(console, redemption):
    response = decide(console, redemption, "reject")

    redemption.refresh_from_db()
    assert redemption.status == "PENDING"
    page = response.content.decode()
    assert "50 points go back" in page
    assert 'name="reason"' in page


def test_rejecting_with_a_reason_gives_points_back_and_says_so(console, redemption, mia):
    response = decide_all(console, [redemption], "reject", reason="Shop closed")

    redemption.refresh_from_db()
    assert (redemption.status, redemption.admin_notes) == ("REJECTED", "Shop closed")
    assert PointAccount.objects.get(member=mia).balance == 120
    assert told(response) == [("success", "Rejected: Tea for Mia. 50 points went back.")]


@pytest.mark.parametrize("reason", ["", "   "])
def test_rejecting_without_a_reason_is_refused(console, redemption, reason):
    response = decide_all(console, [redemption], "reject", reason=reason)

    redemption.refresh_from_db()
    assert redemption.status == "PENDING"
    assert "Say why" in response.content.decode()


def test_an_approved_one_is_completed_by_its_button(console, redemption):
    decide(console, redemption, "approve")

    response = decide(console, redemption, "complete")

    redemption.refresh_from_db()
    assert redemption.status == "COMPLETED"
    assert told(response) == [("success", "Completed: Tea for Mia.")]


def test_several_are_approved_after_a_look_at_what_follows(
    console, redemption, make_member, reward, now
):
    other = redeem_reward(member=make_member(points=50), reward_id=reward.pk, now=now)

    page = choose(console, [redemption, other], "approve_selected").content.decode()

    assert "2 redemptions" in page
    assert "2 members" in page
    assert set(Redemption.objects.values_list("status", flat=True)) == {"PENDING"}
    response = decide_all(console, [redemption, other], "approve")
    assert told(response) == [("success", "Approved: 2 redemptions.")]
    assert set(Redemption.objects.values_list("status", flat=True)) == {"APPROVED"}


def test_several_are_rejected_with_one_reason(console, redemption, mia, reward, now):
    other = redeem_reward(member=mia, reward_id=reward.pk, now=now)

    page = choose(console, [redemption, other], "reject_selected").content.decode()
    response = decide_all(console, [redemption, other], "reject", reason="Closed")

    assert "100 points go back" in page
    assert told(response) == [("success", "Rejected: 2 redemptions. 100 points went back.")]


def test_every_row_across_pages_can_be_chosen(console, redemption, make_member, reward, now):
    redeem_reward(member=make_member(points=50), reward_id=reward.pk, now=now)

    page = choose(console, [redemption], "approve_selected", select_across="1").content.decode()

    assert "2 redemptions" in page


def test_one_decided_meanwhile_is_named_and_the_others_go_on(
    console, redemption, mia, make_staff, reward, now
):
    other = redeem_reward(member=mia, reward_id=reward.pk, now=now)
    decide_redemption(
        redemption_id=redemption.pk,
        status=RedemptionStatus.APPROVED,
        actor=make_staff("bob"),
        now=now,
    )

    page = choose(console, [redemption, other], "approve_selected").content.decode()
    response = decide_all(console, [redemption, other], "approve")

    assert "Left as they are" in page
    assert "by Bob" in page
    assert told(response) == [
        ("success", "Approved: Tea for Mia."),
        ("warning", "Tea for Mia: This redemption was already approved by Bob."),
    ]


def test_deciding_ones_own_is_refused_politely(console, approver, reward, now, make_member):
    from points.services.postings import Cause, Source, award_points  # noqa: PLC0415

    award_points(
        account_id=approver.point_account.pk,
        amount=50,
        cause=Cause(source=Source(type="test", id="ann", rule="own"), occurred_at=now),
        now=now,
    )
    own = redeem_reward(member=approver, reward_id=reward.pk, now=now)

    assert "a colleague decides" in console.get(QUEUE).content.decode()
    response = decide(console, own, "approve")

    own.refresh_from_db()
    assert own.status == "PENDING"
    assert told(response) == [("warning", "Tea for Ann: You cannot decide your own redemption")]


@pytest.mark.parametrize("group", ["support", "auditor", "catalogue manager"])
def test_who_may_only_read_sees_no_buttons_and_decides_nothing(
    client, make_staff, redemption, group
):
    client.force_login(make_staff("sam", group))

    page = client.get(f"{QUEUE}?status=ALL").content.decode()

    assert "Mia" in page
    assert "formaction" not in page
    assert "approve_selected" not in page
    assert decide(client, redemption, "approve").status_code == 403
    assert decide_all(client, [redemption], "approve").status_code == 403
    redemption.refresh_from_db()
    assert redemption.status == "PENDING"


def test_nothing_is_decided_by_following_a_link(console, redemption):
    url = reverse("admin:rewards_redemption_decide_one", args=[redemption.pk, "approve"])

    assert console.get(url).status_code == 405


def test_a_forged_form_is_refused(approver, redemption):
    from django.test import Client  # noqa: PLC0415 -- a client that checks the token

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(approver)

    assert decide(strict, redemption, "approve").status_code == 403


def test_a_redemption_is_read_and_decided_on_its_own_page(console, redemption):
    page = console.get(f"{QUEUE}{redemption.pk}/change/").content.decode()

    assert "/decide/approve/" in page
    assert 'name="_save"' not in page


def test_nothing_is_added_or_deleted(console, redemption):
    assert console.get(f"{QUEUE}add/").status_code == 403
    assert console.post(f"{QUEUE}{redemption.pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("key", ["abc", "1", ""])
def test_a_selection_that_makes_no_sense_is_refused(console, redemption, key):
    response = console.post(
        QUEUE, {"action": "approve_selected", "_selected_action": key}, follow=True
    )

    assert response.status_code == 200


@pytest.mark.parametrize(
    "path",
    ["decide/approve/", "decide/shred/", "00000000-0000-0000-0000-000000000007/decide/reject/"],
)
def test_an_address_that_makes_no_sense_is_no_failure(console, redemption, path):
    response = console.post(f"{QUEUE}{path}", {"redemption": ["abc"]})

    assert response.status_code in {302, 400, 404}
