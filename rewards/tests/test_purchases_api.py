"""Purchases over HTTP: what the host sends and sees, what members redeem."""

import pytest

from points.models import Activity, PointAccount, PointTransaction
from rewards.enums import PurchaseStatus
from rewards.models import Purchase

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("purchase_action")]

PATH = "/api/points/purchases/req-1"
REDEEM = "/api/points/redeem"
BODY = {"userId": "mia", "amount": 49.99, "currency": "USD", "status": "in_progress"}


@pytest.fixture
def mia(make_member):
    return make_member("mia", points=1_000)


@pytest.fixture
def api(mia, sign_in):
    return sign_in(mia)


@pytest.fixture
def host_api(mia, make_staff, sign_in):
    return sign_in(make_staff("shop", "host"))


def refusal(response):
    return response.status_code, response.json()["code"]


def faults(response):
    assert refusal(response) == (400, "validation_failed")
    return {fault["field"]: fault["message"] for fault in response.json()["details"]}


def test_a_new_purchase_is_201_in_the_documented_shape(host_api):
    response = host_api.put(PATH, BODY)

    assert response.status_code == 201
    assert response.json()["message"] == "Purchase registered, in progress"
    data = response.json()["data"]
    assert data.pop("registeredAt").endswith("Z")
    assert data == {
        "purchaseRequestId": "req-1",
        "userId": "mia",
        "amount": 49.99,
        "currency": "USD",
        "status": "in_progress",
        "deliveredAt": None,
        "completedAt": None,
        "cancelledAt": None,
        "pointsEarned": None,
        "claim": None,
    }


def test_the_same_report_again_is_200_and_changes_nothing(host_api):
    first = host_api.put(PATH, BODY).json()["data"]

    again = host_api.put(PATH, BODY)

    assert (again.status_code, again.json()["message"]) == (200, "Nothing changed")
    assert again.json()["data"] == first


def test_a_purchase_advances_and_says_what_it_earned(host_api):
    host_api.put(PATH, BODY)
    delivered = host_api.put(PATH, BODY | {"status": "delivered"})
    assert (delivered.status_code, delivered.json()["message"]) == (200, "Purchase delivered")
    assert delivered.json()["data"]["pointsEarned"] is None

    completed = host_api.put(PATH, BODY | {"status": "completed"}).json()["data"]

    assert completed["pointsEarned"] == 49
    assert completed["registeredAt"] <= completed["deliveredAt"] <= completed["completedAt"]
    assert PointAccount.objects.get(member__public_id="mia").balance == 1_049


def test_a_step_that_is_not_on_the_way_is_409_with_those_that_are(host_api):
    host_api.put(PATH, BODY | {"status": "delivered"})

    response = host_api.put(PATH, BODY)

    assert refusal(response) == (409, "invalid_transition")
    assert response.json()["details"] == {
        "from": "delivered",
        "to": "in_progress",
        "allowed": ["completed", "cancelled"],
    }


@pytest.mark.parametrize("other", [{"userId": "ben"}, {"amount": 50}, {"currency": "EUR"}], ids=str)
def test_other_facts_under_a_known_id_are_409_with_those_on_record(host_api, make_member, other):
    make_member("ben")
    host_api.put(PATH, BODY)

    response = host_api.put(PATH, BODY | other)

    assert refusal(response) == (409, "purchase_differs")
    assert response.json()["details"] == {"userId": "mia", "amount": 49.99, "currency": "USD"}


def test_an_unknown_member_is_404(host_api):
    response = host_api.put(PATH, BODY | {"userId": "nobody"})

    assert refusal(response) == (404, "member_not_found")
    assert not Purchase.objects.exists()


@pytest.mark.parametrize("group", [None, "approver", "support", "auditor", "catalogue manager"])
@pytest.mark.parametrize("body", [BODY, BODY | {"userId": "nobody"}, {}], ids=str)
def test_only_the_host_reports_and_others_learn_nothing(mia, make_staff, sign_in, group, body):
    person = make_staff("sam", group) if group else mia

    response = sign_in(person).put(PATH, body)

    assert response.status_code == 403
    assert not Purchase.objects.exists()


def test_nobody_else_is_let_in(sign_in, db):
    for call in (sign_in().get(PATH), sign_in().put(PATH, BODY), sign_in().post(REDEEM, {})):
        assert refusal(call) == (401, "not_authenticated")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"amount": "49.99"}, "amount"),
        ({"amount": True}, "amount"),
        ({"amount": None}, "amount"),
        ({"amount": 0}, "amount"),
        ({"amount": -1}, "amount"),
        ({"amount": 0.001}, "amount"),
        ({"amount": 1.005}, "amount"),
        ({"amount": 0.1 + 0.2}, "amount"),
        ({"amount": 100_000_000}, "amount"),
        ({"amount": 1e300}, "amount"),
        ({"currency": "usd"}, "currency"),
        ({"currency": "USDT"}, "currency"),
        ({"currency": "ABC"}, "currency"),
        ({"currency": 840}, "currency"),
        ({"status": "done"}, "status"),
        ({"status": "COMPLETED"}, "status"),
        ({"status": None}, "status"),
        ({"userId": 7}, "userId"),
        ({"userId": ""}, "userId"),
        ({"note": "x"}, "note"),
    ],
    ids=str,
)
def test_a_report_that_makes_no_sense_names_its_field(host_api, wrong, field):
    assert set(faults(host_api.put(PATH, BODY | wrong))) == {field}
    assert not Purchase.objects.exists()


def test_a_report_needs_all_its_fields(host_api):
    assert set(faults(host_api.put(PATH, {}))) == set(BODY)


@pytest.mark.parametrize("amount", [0.01, 1, 1.5, 19.9, 1e2, 99_999_999.99])
def test_amounts_come_back_as_they_were_sent(host_api, amount):
    assert host_api.put(PATH, BODY | {"amount": amount}).json()["data"]["amount"] == amount


@pytest.mark.parametrize("purchase_id", ["-a", "a%20b", "a:b", "ä", "x" * 101, ".a"])
def test_an_id_that_cannot_be_one_is_400_to_the_host_and_404_to_readers(host_api, purchase_id):
    path = f"/api/points/purchases/{purchase_id}"

    assert set(faults(host_api.put(path, BODY))) == {"purchaseRequestId"}
    assert refusal(host_api.get(path)) == (404, "purchase_not_found")


@pytest.mark.parametrize("purchase_id", ["a", "7", "5f2b6c0e-1d", "a.b_c-d", "X" * 100])
def test_ids_are_the_hosts_own(host_api, purchase_id):
    response = host_api.put(f"/api/points/purchases/{purchase_id}", BODY)

    assert response.status_code == 201
    assert response.json()["data"]["purchaseRequestId"] == purchase_id


def test_a_purchase_is_its_members_the_hosts_and_the_staffs(
    api, host_api, make_member, make_staff, sign_in
):
    host_api.put(PATH, BODY)

    for reader in (api, host_api, sign_in(make_staff("sue", "support"))):
        assert reader.get(PATH).json()["data"]["purchaseRequestId"] == "req-1"
    assert refusal(sign_in(make_member("ben")).get(PATH)) == (404, "purchase_not_found")
    assert refusal(api.get(PATH.replace("req-1", "req-2"))) == (404, "purchase_not_found")


def test_looking_takes_one_query_beside_the_caller(api, host_api, django_assert_num_queries):
    host_api.put(PATH, BODY)

    # The caller, two looks for permissions (own and of groups), the purchase.
    with django_assert_num_queries(4):
        api.get(PATH)


def test_redeeming_answers_the_documented_shape(api, host_api):
    host_api.put(PATH, BODY)

    response = api.post(REDEEM, {"pointsToUse": 320, "purchaseRequestId": "req-1"})

    assert response.status_code == 201
    data = response.json()["data"]
    spend = PointTransaction.objects.get(type="spend")
    transaction = data.pop("transaction")
    assert data == {
        "discount": {"creditAmount": 3.2, "currency": "USD"},
        "remainingPoints": 680,
    }
    assert transaction["id"] == str(spend.pk)
    assert (transaction["type"], transaction["amount"]) == ("spend", -320)
    assert transaction["balanceAfter"] == 680
    assert transaction["description"] == "Discount of 3.20 USD on purchase req-1"


def test_a_purchase_shows_what_points_paid_of_it(api, host_api):
    host_api.put(PATH, BODY)
    api.post(REDEEM, {"pointsToUse": 320, "purchaseRequestId": "req-1"})

    claim = api.get(PATH).json()["data"]["claim"]
    assert claim.pop("claimedAt").endswith("Z")
    assert claim == {
        "pointsUsed": 320,
        "creditAmount": 3.2,
        "returnedAt": None,
        "transactionId": str(PointTransaction.objects.get(type="spend").pk),
    }

    cancelled = host_api.put(PATH, BODY | {"status": "cancelled"}).json()["data"]
    assert cancelled["claim"]["returnedAt"] == cancelled["cancelledAt"]
    assert PointAccount.objects.get(member__public_id="mia").balance == 1_000


def test_too_few_points_are_400_with_the_figures(api, host_api):
    host_api.put(PATH, BODY)

    response = api.post(REDEEM, {"pointsToUse": 1_001, "purchaseRequestId": "req-1"})

    assert refusal(response) == (400, "insufficient_points")
    details = {"required": 1_001, "available": 1_000, "current": 1_000}
    assert response.json()["details"] == details


def test_more_than_the_purchase_costs_is_400(api, host_api):
    host_api.put(PATH, BODY | {"amount": 5})

    response = api.post(REDEEM, {"pointsToUse": 501, "purchaseRequestId": "req-1"})

    assert refusal(response) == (400, "credit_above_amount")
    assert response.json()["details"] == {"pointsMax": 500, "amount": 5.0, "currency": "USD"}


def test_a_second_claim_is_409_and_tells_the_first(api, host_api):
    host_api.put(PATH, BODY)
    api.post(REDEEM, {"pointsToUse": 100, "purchaseRequestId": "req-1"})

    response = api.post(REDEEM, {"pointsToUse": 200, "purchaseRequestId": "req-1"})

    assert refusal(response) == (409, "already_claimed")
    details = response.json()["details"]
    assert (details["pointsUsed"], details["creditAmount"]) == (100, 1.0)
    claimed_at = api.get(PATH).json()["data"]["claim"]["claimedAt"]
    assert details["claimedAt"][:-1] == claimed_at[:23]


@pytest.mark.parametrize("status", ["delivered", "completed", "cancelled"])
def test_a_purchase_that_is_not_in_progress_is_409(api, host_api, status):
    host_api.put(PATH, BODY | {"status": status})

    response = api.post(REDEEM, {"pointsToUse": 100, "purchaseRequestId": "req-1"})

    assert refusal(response) == (409, "purchase_not_in_progress")
    assert response.json()["details"] == {"status": status}


@pytest.mark.parametrize("purchase_id", ["req-2", "bens", "a b"])
def test_an_unknown_or_another_members_purchase_is_404(api, host_api, make_member, purchase_id):
    make_member("ben")
    host_api.put("/api/points/purchases/bens", BODY | {"userId": "ben"})

    response = api.post(REDEEM, {"pointsToUse": 100, "purchaseRequestId": purchase_id})

    assert refusal(response) == (404, "purchase_not_found")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"pointsToUse": 0}, "pointsToUse"),
        ({"pointsToUse": -5}, "pointsToUse"),
        ({"pointsToUse": 1.5}, "pointsToUse"),
        ({"pointsToUse": "100"}, "pointsToUse"),
        ({"pointsToUse": True}, "pointsToUse"),
        ({"pointsToUse": 10**9 + 1}, "pointsToUse"),
        ({"purchaseRequestId": 7}, "purchaseRequestId"),
        ({"purchaseRequestId": ""}, "purchaseRequestId"),
        ({"userId": "mia"}, "userId"),
    ],
    ids=str,
)
def test_a_wish_that_makes_no_sense_names_its_field(api, host_api, wrong, field):
    host_api.put(PATH, BODY)

    response = api.post(REDEEM, {"pointsToUse": 100, "purchaseRequestId": "req-1"} | wrong)

    assert set(faults(response)) == {field}
    assert not PointTransaction.objects.filter(type="spend").exists()


def test_a_trailing_slash_and_every_status_word_are_understood(host_api):
    for number, status in enumerate(PurchaseStatus.values):
        path = f"/api/points/purchases/req-{number}/"
        assert host_api.put(path, BODY | {"status": status}).status_code == 201
    assert Activity.objects.count() == 1
