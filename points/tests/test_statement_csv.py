"""The statement as CSV, safe to open in a spreadsheet."""

import csv
import io

import pytest

from points.models import PointAction
from points.renderers import write_cell, write_csv
from points.services.postings import award_points
from points.tests.books import NOW, account_of, earn, make_cause, spend

PATH = "/api/points/statement"


def fetch(api, **query):
    return api.get(PATH, {"month": "2026-03", "format": "csv"} | query)


def rows_of(response):
    return list(csv.reader(io.StringIO(response.content.decode("utf-8"), newline="")))


def award(member, description, action=None):
    return award_points(
        account_id=account_of(member).pk,
        amount=10,
        cause=make_cause(description=description, action=action),
        now=NOW,
    )


def test_the_lines_stand_between_the_two_balances(member, sign_in):
    wave = PointAction.objects.create(code="WAVE", category="Social", description="", points=1)
    first = award(member, "Grüße, 喵", wave)
    second = spend(member, 4)

    response = fetch(sign_in(member))

    assert response.status_code == 200
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="points-2026-03.csv"'
    noon = "2026-03-10T12:00:00Z"
    assert rows_of(response) == [
        ["createdAt", "type", "action", "category", "description", "amount", "balanceAfter", "id"],
        ["", "opening_balance", "", "", "", "", "0", ""],
        [noon, "earn", "WAVE", "Social", "Grüße, 喵", "10", "10", str(first.transaction_id)],
        [noon, "spend", "", "", "", "-4", "6", str(second.transaction_id)],
        ["", "closing_balance", "", "", "", "", "6", ""],
    ]


def test_the_accept_header_asks_for_it_as_well(member, sign_in):
    response = sign_in(member).get(PATH, {"month": "2026-03"}, headers={"Accept": "text/csv"})

    assert response["Content-Type"] == "text/csv; charset=utf-8"


def test_json_needs_no_format(member, sign_in):
    response = sign_in(member).get(PATH, {"month": "2026-03"})

    assert response["Content-Type"] == "application/json"
    assert "Content-Disposition" not in response


def test_an_empty_month_has_its_balances(member, sign_in):
    assert [row[1] for row in rows_of(fetch(sign_in(member)))] == [
        "type",
        "opening_balance",
        "closing_balance",
    ]


def test_a_refusal_is_json_all_the_same(member, sign_in):
    response = fetch(sign_in(member), month="2026-13")

    assert response.status_code == 400
    assert response["Content-Type"] == "application/json"
    assert response.json()["code"] == "validation_failed"
    assert "Content-Disposition" not in response


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("x")', "-", "+-5", "-5e3"],
)
def test_a_text_that_a_spreadsheet_would_run_gets_a_quote(member, sign_in, text):
    award(member, text)

    [_, _, line, _] = rows_of(fetch(sign_in(member)))

    assert line[4] == f"'{text}"


@pytest.mark.parametrize("text", ["-5", "+5", "-5.25", "5", "a=b", "1-1", "mia@example.com", " =1"])
def test_a_plain_number_and_an_innocent_text_stay(text):
    assert write_cell(text) == text


@pytest.mark.parametrize(
    ("value", "cell"),
    [(None, ""), (0, "0"), (-7, "-7"), (True, "true"), ([1], "[1]"), ({"a": "b"}, '{"a": "b"}')],
)
def test_values_that_are_no_text(value, cell):
    assert write_cell(value) == cell


def test_commas_quotes_and_line_breaks_survive():
    text = 'a, "b"\r\nc'

    written = write_csv(["x", "y"], [{"x": text, "y": 1}])

    assert list(csv.reader(io.StringIO(written, newline=""))) == [["x", "y"], [text, "1"]]


def test_only_the_named_columns_are_written():
    assert write_csv(["x", "y"], [{"x": 1, "secret": 2}, {}]) == "x,y\r\n1,\r\n,\r\n"


def test_staff_may_fetch_any_members(member, make_staff, sign_in):
    earn(member, 10)

    rows = rows_of(fetch(sign_in(make_staff("ann", "support")), userId="mia"))

    assert [row[6] for row in rows[1:]] == ["0", "10", "10"]
