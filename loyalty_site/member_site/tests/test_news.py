"""What a page says of each event, and where it leads."""

import re
from pathlib import Path

import pytest
from django.urls import resolve

from points.models import PointTransaction
from points.services.activities import ActivityReport, record_activities
from rewards.enums import RedemptionStatus

pytestmark = pytest.mark.django_db

SCRIPTS = Path(__file__).parents[3] / "templates" / "static" / "site"
FOR_STAFF = {"redemption-requested", "redemption-decided"}
WORDS = re.compile(r'<a data-event="([\w-]+)"(?: data-variant="(\w+)")? href="([^"]+)">([^<]+)</a>')


def list_events():
    listed = (SCRIPTS / "loyalty-events.js").read_text().partition("EVENTS = ")[2]
    return set(re.findall(r'"([\w-]+)"', listed.partition("]))")[0])) - FOR_STAFF


@pytest.fixture
def words(client_of, make_member):
    page = client_of(make_member("mia")).get("/dashboard/badges").text
    return WORDS.findall(page)


def test_every_event_has_its_words_and_leads_to_a_page(words):
    assert {event for event, *_ in words} == list_events()
    assert len(list_events()) == 9
    for *_, address, sentence in words:
        assert resolve(address.replace("%7Bid%7D", "7")).namespaces == ["site"]
        assert sentence.strip()


def test_every_placeholder_is_filled(words):
    script = (SCRIPTS / "notifications.js").read_text().partition("FACTS = ")[2]
    facts = dict(re.findall(r'"([\w-]+)": \(.*?\) => \(\{ (.*) \}\),', script))
    for event, _variant, _address, sentence in words:
        known = set(re.findall(r"(\w+)(?=[,:]|$)", facts[event]))
        assert set(re.findall(r"\{(\w+)\}", sentence)) <= known, event


def test_every_decision_has_words_of_its_own(words):
    variants = {variant for event, variant, *_ in words if event == "redemption-updated"}
    assert variants == {status.lower() for status in RedemptionStatus.values} - {"pending"}


def test_the_balance_alone_is_what_the_header_fetches(client_of, make_member):
    part = client_of(make_member("leo", points=1_250)).get("/dashboard/points/balance").text
    assert "1,250" in part
    assert "<html" not in part


def ask_for_words(client, events, **more):
    return client.post(
        "/dashboard/news/words",
        {"events": events},
        content_type="application/json",
        HTTP_ACCEPT_LANGUAGE="de",
        **more,
    )


def test_a_german_page_asks_for_the_words_of_events_and_an_english_one_does_not(client_of, member):
    browser = client_of(member)
    address = 'data-words-address="/dashboard/news/words"'
    assert address in browser.get("/dashboard/badges", HTTP_ACCEPT_LANGUAGE="de").text
    assert address not in browser.get("/dashboard/badges", HTTP_ACCEPT_LANGUAGE="en").text


def test_events_are_told_in_the_reader_s_language(client_of, programme, make_member, now):
    mia, leo = make_member("mia"), make_member("leo")
    reports = [
        ActivityReport(event_id=f"e{n}", user_id=who, action="VERIFY_EMAIL", occurred_at=now)
        for n, who in enumerate(("mia", "leo"))
    ]
    record_activities(reports=reports, now=now)
    own, other = (PointTransaction.objects.get(account__member=who) for who in (mia, leo))
    events = [
        ("pointsUpdated", {"transactionId": str(own.pk), "description": own.description}),
        ("pointsUpdated", {"transactionId": str(other.pk), "description": "of another"}),
        ("pointsUpdated", {"transactionId": "9" * 40, "description": "odd"}),
        ("level-up", {"level": {"name": "gold", "tier": 3}}),
        ("badge-earned", {"badge": {"name": "First Face"}}),
        ("rewardRedeemed", {"title": "Cashback", "rewardType": "cashback"}),
        ("rewardRedeemed", {"title": "Silver", "rewardId": "7"}),
        ("rewardRedeemed", {"title": "x", "purchaseRequestId": "p1"}
            | {"creditAmount": 10.5, "currency": "USD"}),
    ]  # fmt: skip
    asked = [{"event": event, "data": data} for event, data in events]
    told = ask_for_words(client_of(mia), asked).json()["data"]
    assert [data.get("description") or data.get("title") for data in told] == [
        "Eine E-Mail-Adresse bestätigen",
        "of another",
        "odd",
        None,
        None,
        "Geld zurück",
        "Silver",
        "10,50 USD Rabatt auf Einkauf p1",
    ]
    assert told[3]["level"] == {"name": "Gold", "tier": 3}
    assert told[4]["badge"] == {"name": "Erstes Gesicht"}


@pytest.mark.parametrize(
    "events",
    [None, "all", [1], [{"event": "x"}], [{"data": {}}], [{"event": "x", "data": {}}] * 101],
)
def test_what_is_no_list_of_events_is_refused(client_of, member, events):
    assert ask_for_words(client_of(member), events).status_code == 400


@pytest.mark.parametrize("rows", [1, 3])
def test_the_words_of_many_events_cost_as_much_as_those_of_one(
    client_of, member, django_assert_num_queries, rows
):
    browser = client_of(member)
    event = {"event": "pointsUpdated", "data": {"transactionId": "1"}}
    with django_assert_num_queries(3):
        ask_for_words(browser, [event] * rows)
