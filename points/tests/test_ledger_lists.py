"""GET /rewards/transactions/<userId>, /rewards/admin/transactions, and lists as CSV."""

import csv
import io
from datetime import timedelta

import pytest

from points.models import PointTransaction
from points.services.grants import grant_points
from points.services.postings import award_points
from points.tests.books import NOW, account_of, earn, make_cause, spend

MINE = "/api/points/transactions"
MEMBERS = "/rewards/transactions/mia"
EVERYBODYS = "/rewards/admin/transactions"


@pytest.fixture
def auditor(make_staff, sign_in):
    return sign_in(make_staff("ann", "auditor"))


def get(api, path, **query):
    response = api.get(path, query)
    assert response.status_code == 200, response.json()
    return response.json()["data"]


def points(api, path, **query):
    return [row["points"] for row in get(api, path, **query)["transactions"]]


def read_csv(response):
    assert response.status_code == 200
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(response.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text)))


def refused(response):
    return response.status_code, response.json()["code"]


def test_a_members_transactions_come_in_pages(member, sign_in):
    for n in range(3):
        earn(member, n + 1, days=0, now=NOW + timedelta(minutes=n))
    api = sign_in(member)

    data = get(api, MEMBERS, limit=2)

    assert [row["points"] for row in data["transactions"]] == [3, 2]
    assert data["pagination"] == {
        "page": 1, "limit": 2, "total": 3, "totalPages": 2, "hasMore": True,
    }  # fmt: skip
    assert points(api, MEMBERS, limit=2, page=2) == [1]
    assert points(api, MEMBERS, sortBy="amount", sortOrder="asc") == [1, 2, 3]


def test_a_row_has_points_category_and_amount(member, make_staff, sign_in):
    shop = make_staff("shop", "host")
    body = {"points": 500, "category": "shopping", "amount": 100}
    sign_in(shop).post("/rewards/add-points/mia", body)

    [row] = get(sign_in(member), MEMBERS)["transactions"]

    assert (row["points"], row["category"], row["metadata"]) == (500, "shopping", {"amount": 100})
    assert (row["userId"], row["type"], row["balanceAfter"]) == ("mia", "earn", 500)


def test_a_member_sees_nobody_elses(member, make_member, auditor, sign_in):
    noa = sign_in(make_member("noa"))
    earn(member, 1)

    assert points(auditor, MEMBERS) == [1]
    assert refused(noa.get(MEMBERS)) == (404, "member_not_found")
    assert refused(noa.get(MINE, {"userId": "mia"})) == (404, "member_not_found")
    assert refused(auditor.get("/rewards/transactions/nobody")) == (404, "member_not_found")
    assert refused(sign_in().get(MEMBERS)) == (401, "not_authenticated")


def test_staff_narrow_the_transactions_to_a_member(member, auditor):
    earn(member, 1)

    assert [row["amount"] for row in get(auditor, MINE, userId="mia")["transactions"]] == [1]
    assert get(auditor, MINE)["transactions"] == []


def test_everybodys_transactions_are_for_staff(member, make_member, make_staff, sign_in):
    for path in (EVERYBODYS, f"{EVERYBODYS}?userId=nobody"):
        assert refused(sign_in(member).get(path)) == (403, "permission_denied")
        assert refused(sign_in(make_staff(f"h{len(path)}", "host")).get(path)) == (
            403,
            "permission_denied",
        )
        assert refused(sign_in().get(path)) == (401, "not_authenticated")


def test_everybodys_transactions_say_whose_they_are_and_who_did_it(
    member, make_member, make_staff, auditor
):
    earn(make_member("noa"), 7, days=0)
    sue = make_staff("sue", "support")
    grant_points(
        user_id="mia", amount=5, actor=sue, reason="Sorry", metadata={"ticket": 1}, now=NOW
    )

    granted, earned = get(auditor, EVERYBODYS)["transactions"]

    assert (granted["userId"], granted["name"], granted["actorId"]) == ("mia", "Mia", "sue")
    assert granted["metadata"] == {"ticket": 1}
    assert (earned["userId"], earned["actorId"]) == ("noa", None)


def test_everybodys_transactions_are_narrowed(member, make_member, auditor):
    noa = make_member("noa")
    earn(member, 1, days=0)
    earn(noa, 2, days=0, now=NOW + timedelta(days=1))
    spend(noa, 1, now=NOW + timedelta(days=2))
    cause = make_cause(category="shopping", at=NOW)
    award_points(account_id=account_of(member).pk, amount=4, cause=cause, now=NOW)

    assert points(auditor, EVERYBODYS) == [-1, 2, 4, 1]
    assert points(auditor, EVERYBODYS, sortOrder="asc") == [1, 4, 2, -1]
    assert points(auditor, EVERYBODYS, userId="noa") == [-1, 2]
    assert points(auditor, EVERYBODYS, type="spend") == [-1]
    assert points(auditor, EVERYBODYS, action="LASTS_0") == [2, 1]
    assert points(auditor, EVERYBODYS, category="shopping") == [4]
    assert points(auditor, EVERYBODYS, startDate="2026-03-11", endDate="2026-03-11") == [2]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"type": "refund"}, "type"),
        ({"action": "NOWHERE"}, "action"),
        ({"startDate": "soon"}, "startDate"),
        ({"sortBy": "name"}, "sortBy"),
        ({"format": "xml"}, "format"),
    ],
)
def test_a_query_that_is_not_understood_names_the_field(auditor, query, field):
    response = auditor.get(EVERYBODYS, query)

    assert refused(response) == (400, "validation_failed")
    assert [detail["field"] for detail in response.json()["details"]] == [field]


@pytest.mark.parametrize("path", [MINE, MEMBERS, EVERYBODYS])
def test_a_csv_is_the_whole_list(member, auditor, path):
    whose = {"userId": "mia"}
    for n in range(25):
        earn(member, n + 1, days=0, now=NOW + timedelta(minutes=n))

    response = auditor.get(path, whose | {"format": "csv", "limit": 5})
    rows = read_csv(response)

    assert [int(row["amount"]) for row in rows] == list(range(25, 0, -1))
    assert 'attachment; filename="' in response["Content-Disposition"]
    [as_json] = get(auditor, path, limit=1, **whose)["transactions"]
    assert list(rows[0]) == list(as_json)
    assert rows[0]["id"] == str(PointTransaction.objects.latest("version").pk)


def test_a_csv_is_narrowed_and_sorted_like_the_list(member, auditor):
    earn(member, 5)
    spend(member, 2)
    earn(member, 1)

    response = auditor.get(EVERYBODYS, {"format": "csv", "type": "earn", "sortOrder": "asc"})

    assert [row["amount"] for row in read_csv(response)] == ["5", "1"]


def test_a_text_that_a_spreadsheet_would_run_is_neutralised(member, auditor):
    cause = make_cause(description="=HYPERLINK(1)", category="+cat", at=NOW)
    award_points(account_id=account_of(member).pk, amount=4, cause=cause, now=NOW)
    spend(member, 1)

    spent, row = read_csv(auditor.get(EVERYBODYS, {"format": "csv"}))

    assert (row["description"], row["category"]) == ("'=HYPERLINK(1)", "'+cat")
    assert spent["amount"] == "-1"


def test_an_empty_csv_is_a_header(auditor):
    assert read_csv(auditor.get(EVERYBODYS, {"format": "csv"})) == []


def test_members_take_no_lists_away(member, sign_in):
    for path in (MINE, MEMBERS):
        assert refused(sign_in(member).get(path, {"format": "csv"})) == (403, "forbidden")


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    # The token, the permissions of the person and the groups, the member, the count, the page.
    ("path", "query", "queries"),
    [(MINE, {"userId": "mia"}, 6), (MEMBERS, {}, 6), (EVERYBODYS, {}, 5)],
)
def test_the_number_of_queries_does_not_grow_with_the_rows(
    member, make_staff, auditor, django_assert_num_queries, rows, path, query, queries
):
    sue = make_staff("sue", "support")
    for _ in range(rows):
        grant_points(user_id="mia", amount=5, actor=sue, reason="Sorry", now=NOW)

    with django_assert_num_queries(queries):
        auditor.get(path, query)
    with django_assert_num_queries(queries - 1):
        read_csv(auditor.get(path, {"format": "csv"} | query))
