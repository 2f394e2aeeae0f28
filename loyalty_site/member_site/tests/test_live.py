"""What the page of live events shows to whom."""

import re

import pytest
from django.conf import settings as site

from loyalty_site.member_site.views.live import EVENTS

pytestmark = pytest.mark.django_db

FORMS = 'id="live-actions"'


@pytest.mark.parametrize("address", ["/live", "/live/", "/websocket-test.html"])
def test_a_stranger_can_sign_in_on_it(client, address):
    page = client.get(address)

    assert page.status_code == 200
    assert "script-src 'self'" in page["Content-Security-Policy"]
    assert 'action="/login"' in page.text
    assert "data-user-id" not in page.text


def test_forms_that_do_something_are_for_who_may_report(client_of, member, make_staff):
    reporter, reader = make_staff("ann"), make_staff("ada", "auditor")
    seen = {one: client_of(one).get("/live").text for one in (member, reader, reporter)}

    assert [FORMS in seen[one] for one in (member, reader, reporter)] == [False, False, True]
    assert 'data-user-id="mia"' in seen[member]


def test_members_are_offered_no_filter_of_staff(client_of, member, make_staff):
    offered = '<option value="redemption-requested">'
    seen = [offered in client_of(one).get("/live").text for one in (member, make_staff("ann"))]

    assert seen == [False, True]


def test_in_the_demo_everybody_can_try_and_strangers_see_whose_password_is_known(
    client, client_of, member, settings
):
    settings.LOYALTY_MODE = "demo"

    assert FORMS in client_of(member).get("/live").text
    stranger = client.get("/live").text
    assert FORMS in stranger
    assert "mia@example.com" in stranger


def test_every_event_of_the_documents_has_a_sentence_and_a_type():
    document = (site.BASE_DIR / "docs/realtime.md").read_text()
    documented = re.findall(r"^\| `([\w-]+)` \| (?:`user-|staff)", document, re.MULTILINE)
    module = (site.BASE_DIR / "templates/static/site/loyalty-events.js").read_text()
    types = module.partition("What each event carries")[0].rpartition("@typedef {{")[2]

    assert len(documented) > 10
    assert set(EVENTS) == set(documented)
    assert set(re.findall(r'^ \*   "([\w-]+)":', types, re.MULTILINE)) == set(documented)
    listed = re.search(r"EVENTS = .*?\[(.*?)\]\)\);", module, re.DOTALL)
    assert listed
    assert set(re.findall(r'"([\w-]+)"', listed[1])) == set(documented)
