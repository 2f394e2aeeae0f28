"""Recording what members did: one honest answer each, whatever the others are like."""

from datetime import UTC, datetime, timedelta

import pytest

from points.enums import ActivityStatus
from points.models import Activity, PointLot, PointTransaction
from points.services.activities import REPORT_SIZE_MAX, record_activities
from points.tests.books import (
    NOW,
    account_of,
    close_account,
    earn,
    ends_of,
    entries_of,
    make_action,
    make_levels,
    remaining_of,
    report,
)

POSTED, CAPPED, COOLDOWN, DUPLICATE, UNKNOWN_ACTION, UNKNOWN_MEMBER, INVALID = (
    ActivityStatus.POSTED,
    ActivityStatus.CAPPED,
    ActivityStatus.COOLDOWN,
    ActivityStatus.DUPLICATE,
    ActivityStatus.UNKNOWN_ACTION,
    ActivityStatus.UNKNOWN_MEMBER,
    ActivityStatus.INVALID,
)


@pytest.fixture(autouse=True)
def wave(db):
    return make_action("WAVE", 10)


def record(*reports, now=NOW):
    return record_activities(reports=reports, now=now)


def statuses(outcomes):
    return [outcome.status for outcome in outcomes]


def logged():
    return list(Activity.objects.order_by("event_id").values_list("event_id", "status", "points"))


def test_an_activity_posts_what_its_action_earns(member):
    wanted = report("e1", member)

    [outcome] = record(wanted)

    assert outcome.report is wanted
    assert (outcome.status, outcome.reason) == (POSTED, "")
    assert (outcome.points, outcome.balance) == (10, 10)
    assert (outcome.posting.type, outcome.posting.amount) == ("earn", 10)
    assert outcome.posting.member_id == member.pk
    assert entries_of(member) == [("earn", 10, 10)]


def test_the_log_keeps_what_was_reported_and_what_it_earned(member, wave):
    happened = datetime(2026, 3, 9, 23, 5, tzinfo=UTC)
    record(report("e1", member, occurred_at=happened, subject_id="noa", metadata={"mood": "good"}))

    activity = Activity.objects.get()
    assert (activity.event_id, activity.action, activity.subject_id) == ("e1", wave, "noa")
    assert activity.account == account_of(member)
    assert activity.metadata == {"mood": "good"}
    assert (activity.status, activity.reason, activity.points) == ("posted", "", 10)
    assert (activity.occurred_at, activity.created_at) == (happened, NOW)


def test_the_transaction_leads_back_to_the_activity(member, wave):
    happened = datetime(2026, 3, 9, 23, 5, tzinfo=UTC)
    record(report("e1", member, occurred_at=happened, metadata={"mood": "good"}))

    entry = PointTransaction.objects.get()
    assert (entry.source_type, entry.source_id, entry.rule) == ("activity", "e1", "WAVE")
    assert (entry.action, entry.category) == (wave, "Social")
    assert entry.description == "Wave at somebody"
    assert (entry.metadata, entry.actor) == ({"mood": "good"}, None)
    assert (entry.occurred_at, entry.created_at) == (happened, NOW)


def test_a_description_in_the_metadata_comes_before_the_actions_and_is_cut_to_fit(member):
    record(report("e1", member, metadata={"description": "x" * 300}))

    assert PointTransaction.objects.get().description == "x" * 255


def test_an_event_that_is_known_changes_nothing_and_says_so(member):
    record(report("e1", member))

    [outcome] = record(report("e1", member))

    assert (outcome.status, outcome.points, outcome.balance) == (DUPLICATE, 0, 10)
    assert outcome.reason == "This eventId was recorded before."
    assert outcome.posting is None
    assert logged() == [("e1", "posted", 10)]


def test_an_event_twice_in_one_report_counts_once(member):
    outcomes = record(report("e1", member), report("e1", member))

    assert statuses(outcomes) == [POSTED, DUPLICATE]
    assert [outcome.balance for outcome in outcomes] == [10, 10]
    assert account_of(member).balance == 10


def test_an_event_id_belongs_to_whom_it_was_first_reported_for(member, make_member):
    noa = make_member("noa")

    outcomes = record(report("e1", member), report("e1", noa))
    [again] = record(report("e1", noa))

    assert sorted(statuses(outcomes)) == [DUPLICATE, POSTED]
    assert again.status == DUPLICATE
    assert account_of(member).balance + account_of(noa).balance == 10


def test_an_event_that_earned_nothing_is_known_all_the_same(member):
    make_action("ONCE", 10, once_per_member=True)
    record(report("e1", member, "ONCE"), report("e2", member, "ONCE"))

    [outcome] = record(report("e2", member, "ONCE"))

    assert outcome.status == DUPLICATE


@pytest.mark.parametrize("retired", [True, False])
def test_an_action_that_does_not_exist_or_is_inactive_is_unknown(member, wave, retired):
    wave.is_active = not retired
    wave.save()

    [outcome] = record(report("e1", member, "WAVE" if retired else "DANCE"))

    assert (outcome.status, outcome.points, outcome.balance) == (UNKNOWN_ACTION, 0, 0)
    assert outcome.reason == "No active action has this code."
    assert logged() == []


def test_an_event_of_an_unknown_action_may_be_reported_again_once_it_exists(member):
    record(report("e1", member, "DANCE"))
    make_action("DANCE", 5)

    [outcome] = record(report("e1", member, "DANCE"))

    assert (outcome.status, outcome.points) == (POSTED, 5)


def test_nobody_is_an_unknown_member(db):
    [outcome] = record(report("e1", "nobody"))

    assert (outcome.status, outcome.points, outcome.balance) == (UNKNOWN_MEMBER, 0, None)
    assert outcome.reason == "No member has this userId."
    assert logged() == []


def test_a_closed_account_records_nothing(member):
    earn(member, 5)
    close_account(member)

    [outcome] = record(report("e1", member))

    assert (outcome.status, outcome.points, outcome.balance) == (UNKNOWN_MEMBER, 0, 5)
    assert "closed" in outcome.reason
    assert logged() == []


def test_outcomes_come_in_the_order_reported_and_balances_grow_in_it(member, make_member):
    noa = make_member("noa")
    order = [noa, member, noa, member, member, noa]

    outcomes = record(*(report(f"e{n}", person) for n, person in enumerate(order)))

    assert [outcome.report.event_id for outcome in outcomes] == [f"e{n}" for n in range(6)]
    assert [outcome.balance for outcome in outcomes] == [10, 10, 20, 20, 30, 30]
    assert [outcome.posting.member_id for outcome in outcomes] == [who.pk for who in order]
    for person in (member, noa):
        entries = PointTransaction.objects.filter(account__member=person).order_by("version")
        events = [f"e{n}" for n, who in enumerate(order) if who == person]
        assert list(entries.values_list("source_id", flat=True)) == events


@pytest.mark.parametrize("company", ["one of each kind", "nobody else"])
def test_one_bad_item_spoils_nothing(member, make_member, company):
    noa, gone = make_member("noa"), make_member("gone")
    close_account(gone)
    make_action("ONCE", 7, once_per_member=True)
    make_action("REST", 3, cooldown_seconds=60)
    make_action("BUY", 1, unit_field="amount")
    record(report("known", noa))
    others = [
        report("b1", noa, "DANCE"),
        report("b2", "nobody"),
        report("b3", gone),
        report("b4", noa, "BUY", metadata={"amount": "ten"}),
        report("known", noa),
        report("b5", noa, "ONCE"),
        report("b6", noa, "ONCE"),
        report("b7", noa, "REST"),
        report("b8", noa, "REST"),
    ]

    outcomes = record(
        report("g1", member), *(others if company != "nobody else" else []), report("g2", member)
    )

    assert (outcomes[0].status, outcomes[0].balance) == (POSTED, 10)
    assert (outcomes[-1].status, outcomes[-1].balance) == (POSTED, 20)
    if company != "nobody else":
        assert statuses(outcomes[1:-1]) == [
            UNKNOWN_ACTION,
            UNKNOWN_MEMBER,
            UNKNOWN_MEMBER,
            INVALID,
            DUPLICATE,
            POSTED,
            CAPPED,
            POSTED,
            COOLDOWN,
        ]
        assert account_of(noa).balance == 20


def test_a_bad_item_spoils_nothing_of_the_same_member(member):
    outcomes = record(
        report("e1", member),
        report("e2", member, "DANCE"),
        report("e3", member),
        report("e1", member),
        report("e4", member),
    )

    assert statuses(outcomes) == [POSTED, UNKNOWN_ACTION, POSTED, DUPLICATE, POSTED]
    assert [outcome.balance for outcome in outcomes] == [10, 10, 20, 20, 30]


def test_a_known_event_is_found_out_among_new_ones(member):
    record(report("e1", member))

    outcomes = record(report("e2", member), report("e1", member), report("e3", member))

    assert statuses(outcomes) == [POSTED, DUPLICATE, POSTED]
    assert [outcome.balance for outcome in outcomes] == [20, 20, 30]


def test_a_retired_action_is_unknown_among_others_too(member):
    make_action("DANCE", 5, is_active=False)

    outcomes = record(report("e1", member), report("e2", member, "DANCE"), report("e3", member))

    assert statuses(outcomes) == [POSTED, UNKNOWN_ACTION, POSTED]
    assert account_of(member).balance == 20


def test_an_empty_report_is_answered_with_nothing(db):
    assert record() == []


def test_a_report_beyond_the_limit_is_a_fault_of_the_caller(db):
    with pytest.raises(AssertionError):
        record(*[report("e1", "nobody")] * (REPORT_SIZE_MAX + 1))


def test_points_may_have_a_life_of_their_own(member):
    end = datetime(2026, 6, 1, 8, tzinfo=UTC)

    record(report("e1", member, expires_at=end), report("e2", member))

    assert ends_of(member) == [end, datetime(2027, 3, 11, tzinfo=UTC)]
    entries = PointTransaction.objects.order_by("version").values_list("expires_at", flat=True)
    assert list(entries) == ends_of(member)


def test_a_late_report_counts_its_life_from_the_posting(member, wave):
    wave.expires_after_days = 1
    wave.save()

    record(report("e1", member, occurred_at=NOW - timedelta(days=900)))

    assert ends_of(member) == [datetime(2026, 3, 12, tzinfo=UTC)]


def test_points_live_to_the_end_of_a_day_in_the_programmes_zone(member, wave, settings):
    settings.LOYALTY_TIME_ZONE = "Asia/Kuala_Lumpur"
    make_action("KEEP", 1, expires_after_days=0)

    record(report("e1", member), report("e2", member, "KEEP"))

    assert ends_of(member) == [datetime(2027, 3, 10, 16, tzinfo=UTC), None]


def test_a_penalty_takes_points_from_the_lots(member):
    make_action("SPAM", -30)
    earn(member, 50)

    [outcome] = record(report("e1", member, "SPAM"))

    assert (outcome.status, outcome.points, outcome.balance) == (POSTED, -30, 20)
    assert (outcome.posting.type, outcome.posting.shortfall) == ("penalty", 0)
    assert remaining_of(member) == [20]
    assert account_of(member).lifetime_points == 50


def test_a_penalty_beyond_the_balance_says_what_it_could_not_take(member):
    make_action("SPAM", -30)
    earn(member, 12)

    [outcome] = record(report("e1", member, "SPAM"))

    assert (outcome.status, outcome.points, outcome.balance) == (POSTED, -12, 0)
    assert outcome.reason == "18 points more were due than the balance held."
    assert outcome.posting.shortfall == 18
    assert logged() == [("e1", "posted", -12)]


def test_a_penalty_on_an_empty_balance_is_on_record(member):
    make_action("SPAM", -30)

    [outcome] = record(report("e1", member, "SPAM"))

    assert (outcome.status, outcome.points, outcome.balance) == (POSTED, 0, 0)
    assert (outcome.posting.amount, outcome.posting.shortfall) == (0, 30)


def test_what_is_due_lapses_before_a_penalty_and_does_not_pay_it(member):
    make_action("SPAM", -30)
    earn(member, 40, days=1)
    earn(member, 5, days=90)

    [outcome] = record(report("e1", member, "SPAM"), now=NOW + timedelta(days=5))

    assert (outcome.points, outcome.balance) == (-5, 0)
    assert entries_of(member)[2:] == [("expire", -40, 5), ("penalty", -5, 0)]


def test_earnings_and_penalties_of_one_report_happen_in_its_order(member):
    make_action("SPAM", -30)

    outcomes = record(
        report("e1", member),
        report("e2", member, "SPAM"),
        report("e3", member),
        report("e4", member, "SPAM"),
    )

    assert [outcome.points for outcome in outcomes] == [10, -10, 10, -10]
    assert [outcome.balance for outcome in outcomes] == [10, 0, 10, 0]


def test_the_outcome_carries_the_levels_an_activity_reached(make_member):
    levels = make_levels(bronze=0, silver=25, gold=35)
    member = make_member("mia")

    outcomes = record(*(report(f"e{n}", member) for n in range(5)))

    reached = [outcome.posting.reached_level_ids for outcome in outcomes]
    assert reached == [(), (), (levels["silver"].pk,), (levels["gold"].pk,), ()]
    assert account_of(member).level == levels["gold"]


def test_one_activity_may_reach_several_levels_and_each_is_told_once(make_member):
    levels = make_levels(bronze=0, silver=5, gold=10)
    member, noa = make_member("mia"), make_member("noa")

    outcomes = record(report("e1", member), report("e2", noa), report("e3", member))

    both = (levels["silver"].pk, levels["gold"].pk)
    assert [outcome.posting.reached_level_ids for outcome in outcomes] == [both, both, ()]


def test_a_large_report_of_many_members_adds_up(make_member):
    people = [make_member() for _ in range(20)]

    outcomes = record(*(report(f"e{n}", people[n * 7 % 20]) for n in range(400)))

    assert {outcome.status for outcome in outcomes} == {POSTED}
    assert {account_of(person).balance for person in people} == {200}
    assert PointLot.objects.count() == 400


@pytest.mark.parametrize("other", ["member", "action", "metadata"])
def test_an_event_id_used_for_something_else_is_told_apart(member, make_member, other):
    make_action("OTHER", 3)
    noa = make_member("noa")
    record_activities(reports=[report("e1", member)], now=NOW)
    again = {
        "member": report("e1", noa),
        "action": report("e1", member, "OTHER"),
        "metadata": report("e1", member, metadata={"table": 4}),
    }

    [outcome] = record_activities(reports=[again[other]], now=NOW)

    assert outcome.status == ActivityStatus.DUPLICATE
    assert outcome.reason == "This eventId was recorded before, for something else."
