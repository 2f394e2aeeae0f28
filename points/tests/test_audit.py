"""The audit finds nothing in an honest history, whatever happened in it."""

from datetime import timedelta

import pytest
from django.db import connection

from points.models import PointAction, PointTransaction
from points.services.activities import record_activities
from points.services.audit import (
    AuditListener,
    AuditPass,
    Finding,
    PassResult,
    Scope,
    Verdict,
    check_sql,
    judge,
    list_passes,
    run_passes,
)
from points.services.expiry import expire_due_lots
from points.tests.audits import audit, run_sql, tampering
from points.tests.books import NOW, account_of, earn, make_action, make_levels, report, spend
from points.tests.histories import make_everything, make_random


def test_an_empty_ledger_is_sound(db):
    assert audit() == []


def test_a_history_with_something_of_everything_is_sound(make_member):
    make_everything(make_member)

    assert audit() == []
    types = set(PointTransaction.objects.values_list("type", flat=True))
    assert types == {
        "earn",
        "spend",
        "expire",
        "admin_grant",
        "admin_deduct",
        "penalty",
        "reversal",
    }


@pytest.mark.parametrize("seed", range(5))
def test_a_random_history_is_sound(make_member, seed):
    make_random(make_member, seed=seed, steps=150)

    assert audit() == []
    assert PointTransaction.objects.count() > 100


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 130))
def test_many_random_histories_are_sound(make_member, seed):
    make_random(make_member, seed=seed, steps=600)

    assert audit() == []


def test_a_batch_of_one_members_activities_is_chained_within_one_statement(member):
    make_levels(bronze=0, silver=500)
    make_action("WAVE", 10)
    make_action("NAP", 0)
    actions = ["WAVE", "NAP"] * 50
    reports = [report(f"e{n}", member, action) for n, action in enumerate(actions)]

    record_activities(reports=reports, now=NOW)

    assert audit() == []
    account = account_of(member)
    assert (account.version, account.activity_count, account.level_count) == (50, 100, 2)
    digests = PointTransaction.objects.values_list("digest", flat=True)
    assert len({bytes(digest) for digest in digests}) == 50
    assert {len(digest) for digest in digests} == {32}


def test_digests_do_not_depend_on_a_sessions_settings(make_member):
    account = account_of(make_everything(make_member)["new"])
    settings = {
        "TimeZone": "Asia/Kathmandu",
        "DateStyle": "SQL, DMY",
        "bytea_output": "escape",
        "client_encoding": "LATIN1",
    }
    for name, value in settings.items():
        run_sql(f"SET LOCAL {name} = '{value}'")
    run_sql(
        "SELECT count(*) FROM points_award(%s, 'earn', 5, ROW(NULL, '', 'Café', 'test', 'x', 'x', "
        "'{}', NULL, now())::points_cause, 5, 'UTC', now())",
        [account.pk],
    )

    assert audit() == []
    for name in settings:
        run_sql(f"SET LOCAL {name} TO DEFAULT")
    assert audit() == []
    assert account_of(account.member).version == 1


def test_lots_too_large_to_lapse_at_once_are_sound(member):
    for _ in range(3):
        earn(member, 600_000_000, days=1)
    list(expire_due_lots(now=NOW + timedelta(days=3)))

    assert PointTransaction.objects.filter(type="expire").count() == 3
    assert audit() == []


def test_what_staff_may_change_is_no_drift(make_member):
    members = make_everything(make_member)
    levels = account_of(members["mia"]).level
    levels.min_points, levels.name = 700, "argent"
    levels.save()
    PointAction.objects.filter(code="WAVE").update(code="GREET", points=99)

    assert audit() == []


def test_an_audit_of_one_member_looks_at_nobody_else(make_member):
    members = make_everything(make_member)
    mia, noa = account_of(members["mia"]), account_of(members["noa"])

    with tampering():
        run_sql("UPDATE points_pointlot SET remaining = 1 WHERE account_id = %s", [mia.pk])
        run_sql("UPDATE points_activity SET reason = 'x' WHERE account_id = %s", [mia.pk])

        assert audit(Scope(account_id=mia.pk, member_id=mia.member_id)) != []
        assert audit(Scope(account_id=noa.pk, member_id=noa.member_id)) == []


def test_a_finding_says_what_differs(member):
    earned = earn(member, 50)

    with tampering():
        run_sql("UPDATE points_pointaccount SET balance = 51")

        [finding] = audit()
        assert finding == (
            f"points.balances: account {account_of(member).pk}: its balance is 51, "
            "its transactions add up to 50; its balance is 51, its lots hold 50"
        )
    with tampering():
        run_sql("UPDATE points_pointlot SET remaining = 49")

        assert f"points.lots: lot {earned.transaction_id}: 49 remain, 0 of 50 were taken" in audit()


def test_taking_from_the_wrong_lot_is_found_although_everything_adds_up(member):
    soon, late = earn(member, 10, days=5), earn(member, 10, days=9)
    spent = spend(member, 4)

    with tampering():
        run_sql("UPDATE points_lotuse SET lot_id = %s", [late.transaction_id])
        run_sql("UPDATE points_pointlot SET remaining = 16 - remaining")
        digest = "UPDATE points_lotuse SET digest = sha256(convert_to(ROW(id, transaction_id, "
        run_sql(digest + "lot_id, amount, extract(epoch FROM lot_extended_to))::text, 'UTF8'))")

        [finding] = audit()
        assert finding == (
            f"points.lot_order: transaction {spent.transaction_id}: took 4 of lot "
            f"{late.transaction_id} where the order says 4 of lot {soon.transaction_id}; what "
            f"follows in account {account_of(member).pk} was not judged"
        )


def test_a_spend_of_lapsed_points_is_found(member):
    earn(member, 10, days=1)
    spent = spend(member, 4)

    with tampering():
        run_sql(
            "UPDATE points_pointtransaction SET created_at = %s WHERE id = %s",
            [NOW + timedelta(days=5), spent.transaction_id],
        )

        assert any("had lapsed and still held points" in finding for finding in audit())


def test_a_guard_that_is_off_or_gone_is_found(member):
    with tampering():
        run_sql("ALTER TABLE points_lotuse DISABLE TRIGGER USER")

        assert "points.guards: trigger points_lot_use_refuse_change: it is switched off" in audit()
    with tampering():
        name = "pgtrigger_points_lot_use_refuse_change_82fbb"
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT tgname FROM pg_trigger "
                "WHERE tgname LIKE 'pgtrigger_points_lot_use_refuse_change%'"
            )
            [name] = cursor.fetchone()
        run_sql(f"DROP TRIGGER {name} ON points_lotuse")

        assert "points.guards: trigger points_lot_use_refuse_change: it is missing" in audit()


def test_an_account_that_vanished_before_it_was_used_is_missed(member):
    account = account_of(member)

    with tampering():
        run_sql("DELETE FROM points_pointaccount")

        assert audit() == [f"points.accounts: account {account.pk}: it was opened and is missing"]


def make_pass(name: str, *queries: str) -> AuditPass:
    return AuditPass(name=name, promise="", count_sql="SELECT 3", check=check_sql(*queries))


def test_a_pass_that_fails_leaves_the_others_running_and_the_audit_incomplete(db):
    broken = make_pass("broken", "SELECT 'a', 'b'", "SELECT 1 / 0, ''")
    sound = make_pass("sound", "SELECT '', '' WHERE false")

    results = run_passes(scope=Scope(), listener=AuditListener(), passes=[broken, sound])

    assert [(result.name, result.findings) for result in results] == [("broken", 1), ("sound", 0)]
    assert results[0].error == "DataError: division by zero"
    assert (results[1].error, results[1].rows) == ("", 3)
    assert judge(results) is Verdict.INCOMPLETE


def test_a_statement_that_takes_too_long_is_incomplete(db):
    slow = make_pass("slow", "SELECT pg_sleep(5)::text, ''")
    run_sql("SET LOCAL statement_timeout = '50ms'")

    [result] = run_passes(scope=Scope(), listener=AuditListener(), passes=[slow])

    assert "statement timeout" in result.error
    assert judge([result]) is Verdict.INCOMPLETE


def test_an_interrupt_ends_all_that_follows(db):
    def interrupt(scope, saw):
        yield Finding(subject="", problem="")
        raise KeyboardInterrupt

    passes = [
        make_pass("first", "SELECT '', '' WHERE false"),
        AuditPass(name="second", promise="", count_sql="SELECT 1", check=interrupt),
        make_pass("third", "SELECT 'a', 'b'"),
    ]

    results = run_passes(scope=Scope(), listener=AuditListener(), passes=passes)

    assert [result.error for result in results] == ["", "interrupted", "interrupted"]
    assert judge(results) is Verdict.INCOMPLETE


@pytest.mark.parametrize(
    ("results", "verdict"),
    [
        ([], Verdict.INCOMPLETE),
        ([PassResult(name="a", promise="")], Verdict.OK),
        ([PassResult(name="a", promise="", findings=1)], Verdict.DRIFT),
        (
            [
                PassResult(name="a", promise="", findings=1),
                PassResult(name="b", promise="", error="stopped"),
            ],
            Verdict.INCOMPLETE,
        ),
    ],
)
def test_ok_is_said_only_when_everything_ran_and_nothing_was_found(results, verdict):
    assert judge(results) is verdict


def test_every_pass_has_a_name_of_its_own_and_a_promise():
    passes = list_passes()

    assert len({each.name for each in passes}) == len(passes) >= 12
    assert all(each.promise.endswith(".") for each in passes)
