"""What members see of their points."""

import csv
import io
from datetime import datetime, timedelta

import pytest

from points.models import PointAccount
from points.services.activities import ActivityReport, record_activities
from points.services.postings import Cause, Source, award_points

pytestmark = pytest.mark.django_db

HTMX = {"HTTP_HX_REQUEST": "true"}
ADDRESSES = (
    "/dashboard",
    "/dashboard/points/transactions",
    "/dashboard/points/expiring",
    "/dashboard/points/levels",
)
# The session, the person and, in the header, the balance are three of them.
QUERIES = {
    "/dashboard": 11,
    "/dashboard/points/transactions": 6,
    "/dashboard/points/expiring": 5,
    "/dashboard/points/levels": 5,
}


@pytest.fixture
def award(now):
    def give(member, amount, **more):
        at = more.pop("at", now)
        number = PointAccount.objects.get(member=member).version + 1
        award_points(
            account_id=PointAccount.objects.get(member=member).pk,
            amount=amount,
            cause=Cause(
                source=Source(type="test", id=f"{member.public_id}-{number}", rule="given"),
                occurred_at=at,
                **more,
            ),
            now=at,
        )

    return give


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_costs_the_same_whatever_the_history(
    client, programme, member, award, now, django_assert_num_queries, address, rows
):
    for number in range(rows):
        award(member, 40 + number, at=now - timedelta(days=number))
    reports = [
        ActivityReport(event_id=f"e{n}", user_id="mia", action="VERIFY_EMAIL", occurred_at=now)
        for n in range(rows + 1)
    ]
    record_activities(reports=reports, now=now)
    client.force_login(member)
    with django_assert_num_queries(QUERIES[address]):
        page = client.get(address)
    assert page.status_code == 200


@pytest.mark.parametrize("address", ADDRESSES)
def test_who_has_nothing_yet_is_told_what_will_be_here(client, make_staff, address):
    """Staff made on the command line have no account of points, and no level there is."""
    person = make_staff("ada")
    PointAccount.objects.filter(member=person).delete()
    client.force_login(person)
    page = client.get(address)
    assert page.status_code == 200
    assert 'href="/admin/"' in page.text


def test_the_dashboard_says_where_a_member_stands(client, programme, member, award, now):
    award(member, 1_200, description="A warm welcome")
    reports = [
        ActivityReport(event_id=f"e{n}", user_id="mia", action="VERIFY_EMAIL", occurred_at=now)
        for n in range(2)
    ]
    record_activities(reports=reports, now=now)
    client.force_login(member)
    page = client.get("/dashboard").text
    for text in ("1,220", "A warm welcome", "1,280</strong> more points to", "Silver", "14 %"):
        assert text in page
    assert "Done, but without points" in page
    assert "This earns points once." in page


def test_transactions_are_narrowed_and_sorted(client, programme, member, award, now):
    for number in range(25):
        award(member, number + 1, description=f"gift {number + 1}.", category="Events")
    award(member, 500, description="the large one", category="Social")
    client.force_login(member)

    def ask(**query):
        return client.get("/dashboard/points/transactions", query, **HTMX).text

    assert ask(sort="smallest").index("gift 1.") < ask(sort="smallest").index("gift 2.")
    assert "the large one" in ask(sort="largest").partition("gift")[0]
    assert "gift 1." not in ask()
    assert "gift 1." in ask(page=2)
    assert "25 transactions" in ask(category="Events", page=99)
    assert "No transaction fits" in ask(type="spend")
    today = now.date().isoformat()
    assert "26 transactions" in ask(since=today, until=today)
    yesterday = (now - timedelta(days=1)).date().isoformat()
    assert "No transaction fits" in ask(until=yesterday)
    assert "This is before the first day." in ask(since=today, until=yesterday)


@pytest.mark.parametrize(
    "query",
    [
        {"type": "gold"},
        {"since": "soon"},
        {"action": "NOTHING"},
        {"sort": "random"},
        {"since": "0001-01-01"},
        {"until": "9999-12-31"},
    ],
)
def test_a_filter_that_makes_no_sense_is_said_and_not_ignored(client, programme, member, query):
    client.force_login(member)
    page = client.get("/dashboard/points/transactions", query).text
    assert "This filter cannot be used" in page


def test_a_part_is_a_part_and_is_told_apart_by_caches(client, programme, member):
    client.force_login(member)
    part = client.get("/dashboard/points/transactions", **HTMX)
    whole = client.get("/dashboard/points/transactions")
    back = client.get(
        "/dashboard/points/transactions", **HTMX, HTTP_HX_HISTORY_RESTORE_REQUEST="true"
    )
    assert "<html" not in part.text
    assert "<html" in whole.text
    assert "<html" in back.text
    assert "HX-Request" in whole["Vary"]
    assert "no-store" in whole["Cache-Control"]


def test_a_part_asked_for_after_the_session_s_end_leads_to_the_sign_in(client):
    answer = client.get(
        "/dashboard/points/transactions?page=2",
        **HTMX,
        HTTP_HX_CURRENT_URL="http://testserver/dashboard/points/transactions?page=1",
    )
    assert answer["HX-Redirect"].startswith("/login?next=%2Fdashboard%2Fpoints%2Ftransactions")


def test_a_statement_is_what_the_api_says_of_the_month(client, sign_in, programme, member, award):
    award(member, 30, description="=SUM(A1)")
    client.force_login(member)
    month = client.get("/dashboard/points/transactions").context["months"][0].strftime("%Y-%m")
    asked = {"month": month}
    file = client.get("/dashboard/points/statement", asked | {"format": "json"})
    by_api = sign_in(member).get("/api/points/statement", asked).json()["data"]
    assert file.json() == by_api
    assert file["Content-Disposition"] == f'attachment; filename="points-{month}.json"'
    table = client.get("/dashboard/points/statement", asked | {"format": "csv"})
    api_table = sign_in(member).get("/api/points/statement", asked | {"format": "csv"})
    assert table.content == api_table.content
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert [row["type"] for row in rows] == ["opening_balance", "earn", "closing_balance"]


@pytest.mark.parametrize("month", ["", "soon", "2999-01", "2026-13", "0001-01"])
def test_no_statement_of_a_month_that_is_none(client, member, month):
    client.force_login(member)
    answer = client.get("/dashboard/points/statement", {"month": month, "format": "csv"})
    assert answer.status_code == 404


def test_expiring_points_stand_by_day(client, programme, member, now, award):
    award(member, 10)
    reports = [
        ActivityReport(
            event_id=f"e{days}",
            user_id="mia",
            action="ATTEND_EVENT",
            occurred_at=now,
            expires_at=now + timedelta(days=days),
        )
        for days in (3, 200)
    ]
    record_activities(reports=reports, now=now)
    client.force_login(member)
    page = client.get("/dashboard/points/expiring").text
    assert "<strong>10</strong> of your points lapse within 30 days." in page
    assert page.count(">Soon<") == 1
    dashboard = client.get("/dashboard").text
    assert "<strong>10</strong> lapse within 30 days" in dashboard


@pytest.mark.parametrize(
    ("zone", "shown"),
    [("", "22 Nov 2027"), ("America/Los_Angeles", "22 Nov 2027, 16:00")],
)
def test_points_are_good_until_the_end_of_the_day_before_they_lapse(
    client, programme, make_member, now, zone, shown
):
    mia = make_member("mia", time_zone=zone)
    report = ActivityReport(
        event_id="e1",
        user_id="mia",
        action="ATTEND_EVENT",
        occurred_at=now,
        expires_at=datetime.fromisoformat("2027-11-23T00:00:00+00:00"),
    )
    record_activities(reports=[report], now=now)
    client.force_login(mia)
    assert f"Use by {shown}<" in client.get("/dashboard").text
    assert f">{shown}</time>" in client.get("/dashboard/points/expiring").text


def test_times_are_those_of_the_member_s_zone(client, programme, make_member, award):
    member = make_member("kai", time_zone="Pacific/Auckland")
    award(member, 10, at=datetime.fromisoformat("2026-01-31T23:30:00+00:00"))
    client.force_login(member)
    assert "1 Feb 2026, 12:30" in client.get("/dashboard/points/transactions").text


def test_levels_show_the_way(client, programme, make_member):
    client.force_login(make_member("top", points=6_000))
    page = client.get("/dashboard/points/levels").text
    assert "You have reached the highest level." in page
    assert page.count(">Reached<") == 3
