"""What the API is measured against: views that run the same SQL, and nothing else of the API.

Who calls stands in the query, so no token is read; DRF, checks and the envelope are left out. The
site's middleware, which counts requests, is in front of them as well.
"""

import json
from typing import Any

from django.db import connection
from django.forms.models import model_to_dict
from django.http import HttpRequest, JsonResponse
from django.urls import include, path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from psycopg.types.json import Jsonb

from loyalty_site.accounts.models import User
from referrals.selectors import find_points_summary

FIND_ACCOUNT = """
SELECT account.id FROM points_pointaccount account
JOIN accounts_user person ON person.id = account.member_id WHERE person.public_id = %s
"""
RECORD = """
SELECT n, status, reason, points, balance, (posting).*
FROM points_record_activities(%s, 365, 'UTC', %s)
"""


def run(sql: str, *params: Any) -> tuple[Any, ...]:
    """Run a statement that returns one row."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        row: tuple[Any, ...] = cursor.fetchone()
        return row


def find_caller(request: HttpRequest) -> User:
    """Return who calls, by the query that signs everybody in."""
    caller = User.objects.find_by_public_id(request.GET["caller"])
    assert caller is not None  # noqa: S101 -- the benchmark names one that it made
    return caller


@csrf_exempt
def report(request: HttpRequest) -> JsonResponse:
    """Record one activity, after the queries for what the caller may do."""
    if not find_caller(request).has_perm("points.report_activities"):
        return JsonResponse({}, status=403)
    body, now = json.loads(request.body), timezone.now()
    [account_id] = run(FIND_ACCOUNT, body["userId"])
    item = {
        "n": 0,
        "event_id": body["eventId"],
        "account_id": account_id,
        "action": body["action"],
        "subject_id": "",
        "metadata": {},
        "occurred_at": now.isoformat(),
        "local_date": now.date().isoformat(),
    }
    row = run(RECORD, Jsonb([item]), now)
    return JsonResponse({"status": row[1], "points": row[3], "balance": row[4]}, status=201)


def show(request: HttpRequest) -> JsonResponse:
    """Show a member's points, level and code, by the API's own query."""
    summary = find_points_summary(find_caller(request), now=timezone.now())
    assert summary is not None  # noqa: S101 -- the benchmark's members have accounts
    level = model_to_dict(summary.level) if summary.level else None
    following = model_to_dict(summary.next_level) if summary.next_level else None
    return JsonResponse(
        {
            "balance": summary.balance,
            "lifetimePoints": summary.lifetime_points,
            "level": level,
            "nextLevel": following,
            "referralCode": summary.referral_code,
            "referralsCount": summary.referrals_count,
        }
    )


urlpatterns = [
    path("api/plain/report", report),
    path("api/plain/points", show),
    path("", include("loyalty_site.urls")),
]
