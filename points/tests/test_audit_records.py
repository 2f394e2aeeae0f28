"""What came of an audit is kept, so that a failed one is known."""

import io
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from points.models import AuditRun
from points.services.audit import PassResult, list_passes, record_audit
from points.services.audit.recording import EXAMPLES_MAX
from points.tasks import audit_every_night
from points.tests.books import account_of, earn
from points.tests.test_audit_command import drift, run_audit


@pytest.mark.django_db(transaction=True)
def test_a_clean_audit_is_on_record(member):
    earn(member, 50)
    began = timezone.now()

    assert run_audit()[0] == 0

    run = AuditRun.objects.get()
    assert (run.verdict, run.findings, run.examples) == ("OK", 0, [])
    assert began <= run.started_at <= run.ended_at
    assert [each["name"] for each in run.passes] == [each.name for each in list_passes()]
    assert run.rows == sum(each["rows"] for each in run.passes) > 0


@pytest.mark.django_db(transaction=True)
def test_the_nightly_one_keeps_what_it_found(member, caplog):
    earn(member, 50)
    with drift("points_pointaccount", "balance", 1):
        audit_every_night()

    run = AuditRun.objects.get()
    assert (run.verdict, run.findings) == ("DRIFT", 1)
    [found] = run.examples
    assert found["pass"] == "points.balances"
    assert found["subject"] == f"account {account_of(member).pk}"
    assert "DRIFT" in caplog.text


@pytest.mark.parametrize("options", [["--member=mia"], ["--no-record"]])
@pytest.mark.django_db(transaction=True)
def test_a_look_at_one_member_or_one_without_trace_leaves_no_record(member, options):
    assert run_audit(*options)[0] == 0
    assert not AuditRun.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_server_that_only_reads_audits_without_a_record(member):
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    try:
        out, err = io.StringIO(), io.StringIO()
        call_command("audit_ledger", stdout=out, stderr=err)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = off")

    assert out.getvalue().splitlines()[-1].startswith("OK")
    assert "The console will not show this audit" in err.getvalue()
    assert not AuditRun.objects.exists()


def test_a_record_stays_small(db, now):
    results = [PassResult(name="a", promise="", rows=3, findings=900)]
    examples = [{"pass": "a", "subject": str(n), "problem": "p"} for n in range(900)]

    run = record_audit(results=results, examples=examples, started_at=now)

    assert (run.verdict, run.findings, len(run.examples)) == ("DRIFT", 900, EXAMPLES_MAX)


def test_a_pass_that_could_not_finish_says_nothing_is_well(db, now):
    results = [PassResult(name="a", promise="", error="timeout")]

    assert record_audit(results=results, examples=[], started_at=now).verdict == "INCOMPLETE"


def test_a_record_may_begin_on_a_clock_that_is_ahead(db, now):
    ahead = now + timedelta(hours=1)

    run = record_audit(results=[PassResult(name="a", promise="")], examples=[], started_at=ahead)

    run.refresh_from_db()
    assert run.ended_at == ahead


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"verdict": "OK", "findings": 1}, "points_audit_run_verdict_fits_findings"),
        ({"verdict": "DRIFT", "findings": 0}, "points_audit_run_verdict_fits_findings"),
        ({"verdict": "FINE", "findings": 0}, "points_audit_run_verdict_fits_findings"),
        (
            {"verdict": "OK", "findings": 0, "hours": -1},
            "points_audit_run_ends_after_start",
        ),
    ],
)
def test_the_database_refuses_a_record_that_contradicts_itself(db, now, fields, constraint):
    ended_at = now + timedelta(hours=fields.pop("hours", 1))

    with pytest.raises(DatabaseError, match=constraint), transaction.atomic():
        AuditRun.objects.create(
            rows=0, passes=[], examples=[], started_at=now, ended_at=ended_at, **fields
        )


def test_staff_read_what_an_audit_found(db, client, make_staff, now):
    results = [PassResult(name="points.chain", promise="", rows=3, findings=1)]
    examples = [{"pass": "points.chain", "subject": "account 7", "problem": "a gap after 2"}]
    run = record_audit(results=results, examples=examples, started_at=now)
    client.force_login(make_staff("ada", "auditor"))

    assert "Drift" in client.get("/admin/points/auditrun/").text
    page = client.get(f"/admin/points/auditrun/{run.pk}/change/").text
    assert "account 7: a gap after 2" in page
    assert 'name="_save"' not in page
