"""What a page says of each event, and where it leads."""

import re
from pathlib import Path

import pytest
from django.urls import resolve

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
