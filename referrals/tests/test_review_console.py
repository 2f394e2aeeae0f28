"""The queue of referrals in review: what staff see, decide and are told."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from points.models import PointAccount
from referrals.models import Referral
from referrals.services import attach_referral, decide_referral, get_or_issue_code

LIST = "/admin/referrals/referral/"


@pytest.fixture
def mia(programme, make_member, settings):
    settings.LOYALTY_REFERRALS_PER_DAY_MAX = 0
    return make_member("mia", name="Mia Lopez")


@pytest.fixture
def hold(mia, make_member, now):
    code = get_or_issue_code(member=mia, now=now).code
    return lambda: attach_referral(referred=make_member(), code=code, now=now)


@pytest.fixture
def ann(make_staff):
    return make_staff("ann", "approver")


@pytest.fixture
def console(client, ann):
    client.force_login(ann)
    return client


def told(response):
    return [str(note) for note in response.context["messages"]]


def decide(console, referral, slug):
    url = reverse("admin:referrals_referral_decide_one", args=[referral.pk, slug])
    return console.post(url, follow=True)


def decide_all(console, referrals, slug, **data):
    url = reverse("admin:referrals_referral_decide", args=[slug])
    return console.post(url, {"referral": [entry.pk for entry in referrals], **data}, follow=True)


def choose(console, keys, action):
    return console.post(LIST, {"action": action, "_selected_action": keys})


def test_the_list_says_how_many_wait_and_leads_there(console, hold):
    hold(), hold()

    page = console.get(LIST).content.decode()
    queue = console.get(LIST, {"status__exact": "in_review"})

    assert "2 referrals wait for a decision." in page
    assert len(queue.context["cl"].result_list) == 2
    assert "More in a day than usual" in queue.content.decode()


def test_an_empty_queue_says_so(console, mia):
    assert "Nothing waits" in console.get(LIST, {"status__exact": "in_review"}).content.decode()


def test_the_navigation_counts_what_waits(console, hold):
    hold()

    assert console.get("/admin/").context["referrals_in_review"] == 1


def test_a_button_approves(console, hold, mia, ann):
    held = hold()

    response = decide(console, held, "approve")

    held.refresh_from_db()
    assert (held.status, held.decided_by) == ("converted", ann)
    assert PointAccount.objects.get(member=mia).balance == 5
    assert told(response) == [f"Approved: {held.referred}, brought by Mia Lopez."]
    assert LogEntry.objects.get().get_change_message() == "Approved."


def test_refusing_asks_for_a_reason_first(console, hold):
    held = hold()

    asked = decide(console, held, "refuse")
    still = decide_all(console, [held], "refuse", reason=" ")
    decide_all(console, [held], "refuse", reason="One household")

    assert "nobody else can be credited" in asked.content.decode()
    assert "Say why the referral is refused." in still.content.decode()
    held.refresh_from_db()
    assert (held.status, held.decision_reason) == ("refused", "One household")


@pytest.mark.parametrize(
    ("action", "slug", "status"),
    [("approve_selected", "approve", "converted"), ("refuse_selected", "refuse", "refused")],
)
def test_several_are_decided_after_a_page_that_names_them(console, hold, action, slug, status):
    referrals = [hold(), hold()]

    page = choose(console, [entry.pk for entry in referrals], action)
    assert page.context["affected_count"] == 2
    assert set(Referral.objects.values_list("status", flat=True)) == {"in_review"}
    response = decide_all(console, referrals, slug, reason="Seen")

    assert set(Referral.objects.values_list("status", flat=True)) == {status}
    assert told(response)[0].endswith("2 referrals.")


def test_what_was_decided_meanwhile_is_named(console, hold, make_staff, now):
    first, second = hold(), hold()
    decide_referral(referral_id=first.pk, approve=True, actor=make_staff("kim"), now=now)

    page = choose(console, [first.pk, second.pk], "approve_selected")
    response = decide_all(console, [first, second], "approve")

    assert [entry.pk for entry in page.context["left_out"]] == [first.pk]
    assert told(response)[1] == (
        f"Referral {first.pk}: This referral does not wait for a decision."
    )


def test_nobody_decides_their_own(client, hold, mia):
    held = hold()
    mia.is_staff = mia.is_superuser = True
    mia.save()
    client.force_login(mia)

    assert "Yours: a colleague decides" in client.get(LIST).content.decode()
    response = decide(client, held, "approve")

    assert told(response) == [f"Referral {held.pk}: You cannot decide a referral of your own."]
    held.refresh_from_db()
    assert held.status == "in_review"


@pytest.mark.parametrize("group", ["auditor", "catalogue manager"])
def test_whoever_may_not_decide_sees_no_button_and_gets_403(client, make_staff, hold, group):
    held = hold()
    client.force_login(make_staff("paul", group))

    assert decide(client, held, "approve").status_code == 403
    assert decide_all(client, [held], "refuse", reason="No").status_code == 403
    assert b"formaction" not in client.get(LIST).content


@pytest.mark.parametrize("group", ["approver", "support"])
def test_two_groups_may_decide(client, make_staff, hold, group):
    held = hold()
    client.force_login(make_staff("paul", group))

    decide(client, held, "approve")

    held.refresh_from_db()
    assert held.status == "converted"


def test_deciding_is_never_a_get(console, hold):
    held = hold()
    one = reverse("admin:referrals_referral_decide_one", args=[held.pk, "approve"])

    assert console.get(one).status_code == 405
    assert decide(console, held, "nonsense").status_code == 404


@pytest.mark.parametrize("key", ["abc", "9" * 30, "-1"])
def test_a_selection_that_cannot_be_is_refused_with_a_sentence(console, hold, key):
    hold()

    response = choose(console, [key], "approve_selected")

    assert response.status_code == 302
    assert told(console.get(LIST)) == ["The selection holds a row that is not there."]


def test_a_referral_s_page_has_the_buttons_and_the_decision(console, hold):
    held = hold()

    before = console.get(f"{LIST}{held.pk}/change/").content.decode()
    decide(console, held, "approve")
    after = console.get(f"{LIST}{held.pk}/change/").content.decode()

    assert "formaction" in before
    assert "formaction" not in after
    assert "Ann" in after


def test_a_name_is_never_markup(console, hold, mia):
    mia.name = "<script>x</script>"
    mia.save()
    held = hold()

    for response in (console.get(LIST), decide(console, held, "refuse")):
        assert "<script>x" not in response.content.decode()
