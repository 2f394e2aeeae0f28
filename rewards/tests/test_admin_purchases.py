"""Purchases on the console: staff find and read them, and change nothing."""

import pytest
from django.urls import reverse

from rewards.enums import PurchaseStatus
from rewards.models import Purchase
from rewards.services.purchases import claim_discount

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("purchase_action")]

LIST = reverse("admin:rewards_purchase_changelist")


@pytest.fixture
def console(client, make_staff):
    client.force_login(make_staff("sue", "support"))
    return client


@pytest.fixture
def mia(make_member):
    return make_member("mia", points=1_000)


@pytest.fixture
def claimed(mia, report, now):
    report("P1")
    return claim_discount(member=mia, purchase_id="P1", points=320, now=now).purchase


def change_page(purchase_id):
    return reverse("admin:rewards_purchase_change", args=[purchase_id])


def test_an_empty_list_is_a_page(console):
    assert console.get(LIST).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_however_long(
    console, mia, make_member, report, count, django_assert_num_queries
):
    for number in range(count):
        make_member(f"member-of-{number}")
        report(f"P{number}", user_id=f"member-of-{number}")
    console.get(LIST)

    # The session, the reader, their permissions (2), the count, the page, the two queues.
    with django_assert_num_queries(8):
        page = console.get(LIST).content.decode()

    assert page.count("status-pill purchase-in_progress") == count


def test_a_claim_is_shown(console, claimed):
    page = console.get(LIST).content.decode()

    assert "3.20 USD for 320 points" in page
    assert "49.99 USD" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=P1", {"P1"}),
        ("q=mia", {"P1", "P2"}),
        ("q=P4", set()),
        ("status=completed", {"P2"}),
        ("claimed_at__isempty=0", {"P1"}),
        ("claimed_at__isempty=1", {"P2", "P3"}),
    ],
)
def test_purchases_are_found(console, claimed, make_member, report, query, found):
    make_member("ben")
    report("P2", PurchaseStatus.COMPLETED)
    report("P3", user_id="ben", currency="EUR")

    page = console.get(f"{LIST}?{query}").content.decode()

    assert {name for name in ("P1", "P2", "P3") if f"{name}/change/" in page} == found


def test_a_purchase_shows_its_steps_in_order(console, claimed, report):
    report("P1", PurchaseStatus.DELIVERED)
    report("P1", PurchaseStatus.CANCELLED)

    page = console.get(change_page("P1")).content.decode()

    steps = ["Registered", "320 points redeemed", "> Delivered", "320 points given back"]
    places = [page.index(step) for step in steps]
    assert places == sorted(places)
    assert "3.20 USD for 320 points, given back" in page


def test_what_it_earned_is_shown(console, mia, report):
    report("P1", PurchaseStatus.COMPLETED)

    assert "Completed, 49 points earned" in console.get(change_page("P1")).content.decode()


def test_nobody_changes_a_purchase(client, make_staff, claimed):
    client.force_login(make_staff("ann"))
    before = Purchase.objects.values().get()
    add = reverse("admin:rewards_purchase_add")
    delete = reverse("admin:rewards_purchase_delete", args=["P1"])

    page = client.get(change_page("P1")).content.decode()
    answers = [
        client.post(address, {"amount": "1", "status": "cancelled", "post": "yes"})
        for address in (add, delete, change_page("P1"))
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert Purchase.objects.values().get() == before
    for button in ("_save", "_continue", "_addanother", "deletelink"):
        assert button not in page


def test_whoever_may_not_view_purchases_is_refused(client, make_staff, claimed):
    client.force_login(make_staff("shop", "host"))

    assert client.get(LIST).status_code == 403
    assert client.get(change_page("P1")).status_code == 403
