"""The ledger against a model of it in plain Python, in orders nobody would think of.

After every step the database must hold exactly what the model holds. `--long` runs much longer.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from loyalty_site.accounts.models import User
from points.errors import InsufficientPoints, NotReversible, SourceConflict
from points.models import PointTransaction
from points.services.accounts import open_account
from points.services.activities import record_activities
from points.services.expiry import expire_due_lots
from points.tests.books import (
    account_of,
    earn,
    find_faults,
    lasting,
    make_action,
    make_levels,
    penalise,
    report,
    reverse,
    spend,
)

# Clocks go forward here on 29 March, four days into every run.
ZONE = ZoneInfo("Europe/Berlin")
START = datetime(2026, 3, 25, 9, 0, tzinfo=UTC)
DAYS = (0, 1, 2, 5)
DAYS_BY_DEFAULT = 3
DAYS_OF_GRACE = 2
LEVELS = {"bronze": 0, "silver": 60, "gold": 150}
# What the actions earn and how often a day, None for as often as one likes.
ACTIONS = {"WAVE": (10, None), "NOD": (3, 1), "NOTHING": (0, None), "SPAM": (-8, None)}

people = st.integers(0, 1)
amounts = st.one_of(st.integers(1, 40), st.just(1_000))


@dataclass
class Lot:
    """Points earned together."""

    remaining: int
    end: datetime | None


@dataclass
class Entry:
    """One transaction: what it moved, and how much of which lot."""

    kind: str
    amount: int
    shortfall: int = 0
    uses: list[tuple[Lot, int]] = field(default_factory=list)
    is_reversed: bool = False
    posting: Any = None


@dataclass
class Account:
    """What the ledger should know about a member."""

    lots: list[Lot] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    waves: list[tuple[str, date]] = field(default_factory=list)

    @property
    def balance(self) -> int:
        return sum(lot.remaining for lot in self.lots)

    @property
    def lifetime(self) -> int:
        return sum(entry.amount for entry in self.entries if entry.kind == "earn")

    @property
    def level(self) -> str:
        return [name for name, points in LEVELS.items() if points <= self.lifetime][-1]

    def earn(self, amount: int, end: datetime | None) -> Entry:
        self.lots.append(Lot(amount, end))
        self.entries.append(Entry("earn", amount))
        return self.entries[-1]

    def lapse(self, now: datetime) -> None:
        due = [lot for lot in self.lots if lot.remaining and lot.end and lot.end <= now]
        if due:
            points = sum(lot.remaining for lot in due)
            uses = [(lot, lot.remaining) for lot in due]
            self.entries.append(Entry("expire", -points, uses=uses))
        for lot in due:
            lot.remaining = 0

    def spendable(self, now: datetime) -> int:
        return sum(lot.remaining for lot in self.lots if not lot.end or lot.end > now)

    def take(self, kind: str, amount: int, shortfall: int = 0) -> Entry:
        entry = Entry(kind, -amount, shortfall)
        never = datetime.max.replace(tzinfo=UTC)
        for lot in sorted(self.lots, key=lambda lot: lot.end or never):
            taken = min(lot.remaining, amount)
            if taken:
                lot.remaining -= taken
                amount -= taken
                entry.uses.append((lot, taken))
        self.entries.append(entry)
        return entry

    def penalise(self, amount: int, now: datetime) -> Entry:
        self.lapse(now)
        taken = min(amount, self.balance)
        return self.take("penalty", taken, amount - taken)

    def give_back(self, entry: Entry, now: datetime) -> Entry:
        self.lapse(now)
        for lot, taken in entry.uses:
            lot.remaining += taken
            if lot.end and lot.end <= now:
                lot.end = find_end(now, DAYS_OF_GRACE)
        entry.is_reversed = True
        self.entries.append(Entry("reversal", -entry.amount))
        return self.entries[-1]

    def record(self, action: str, now: datetime) -> tuple[str, int]:
        """Return the status and the points of an activity that is not known yet."""
        points, times_per_day_max = ACTIONS[action]
        wave = (action, now.astimezone(ZONE).date())
        if times_per_day_max is not None and self.waves.count(wave) >= times_per_day_max:
            return "capped", 0
        self.waves.append(wave)
        if points > 0:
            self.earn(points, find_end(now, DAYS_BY_DEFAULT))
        elif points < 0:
            points = self.penalise(-points, now).amount
        return "posted", points


def find_end(now: datetime, days: int) -> datetime | None:
    """Return the midnight that ends the last of `days` whole days after today; 0 is never."""
    if not days:
        return None
    midnight = datetime.combine(
        now.astimezone(ZONE).date() + timedelta(days=days + 1), time.min, tzinfo=ZONE
    )
    return midnight.astimezone(UTC)


class LedgerMachine(RuleBasedStateMachine):
    """Two members, one clock, and everything that can happen to points."""

    @initialize()
    def open_accounts(self) -> None:
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.now = START
        make_levels(**LEVELS)
        for action, (points, times_per_day_max) in ACTIONS.items():
            make_action(action, points, times_per_day_max=times_per_day_max)
        for days in DAYS:
            lasting(days)
        self.members = [
            User.objects.create(public_id=public_id, email=None) for public_id in ("mia", "noa")
        ]
        for member in self.members:
            open_account(member=member, now=START)
        self.account_ids = [account_of(member).pk for member in self.members]
        self.accounts = [Account(), Account()]
        self.events: set[str] = set()
        # Each cause that was posted, with the call that would post it again.
        self.causes: list[tuple[Any, str, int]] = []
        for who in (0, 1):
            for days in (5, 1, 0, 2):
                self.earn(who, 10, days)

    def teardown(self) -> None:
        if hasattr(self, "savepoint"):
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)

    def note(self, entry: Entry, posting: Any, call: Any, source_id: str) -> None:
        assert (posting.type, posting.amount) == (entry.kind, entry.amount)
        assert (posting.shortfall, posting.replayed) == (entry.shortfall, False)
        entry.posting = posting
        if call:
            self.causes.append((call, source_id, posting.transaction_id))

    @property
    def next_source(self) -> str:
        return f"source-{len(self.causes)}"

    @rule(who=people, amount=amounts, days=st.sampled_from([None, *DAYS]))
    def earn(self, who: int, amount: int, days: int | None) -> None:
        source_id = self.next_source
        posting = earn(self.members[who], amount, now=self.now, days=days, source_id=source_id)
        end = find_end(self.now, DAYS_BY_DEFAULT if days is None else days)
        self.note(self.accounts[who].earn(amount, end), posting, earn, source_id)

    @rule(who=people, amount=amounts)
    def spend(self, who: int, amount: int) -> None:
        account, source_id = self.accounts[who], self.next_source
        spendable = account.spendable(self.now)
        if amount > spendable:
            with pytest.raises(InsufficientPoints) as refusal:
                spend(self.members[who], amount, now=self.now, source_id=source_id)
            assert refusal.value.details["available"] == spendable
            return
        posting = spend(self.members[who], amount, now=self.now, source_id=source_id)
        account.lapse(self.now)
        self.note(account.take("spend", amount), posting, spend, source_id)

    @rule(who=people)
    def spend_everything(self, who: int) -> None:
        if self.accounts[who].spendable(self.now):
            self.spend(who, self.accounts[who].spendable(self.now))

    @rule(who=people, amount=amounts)
    def penalise(self, who: int, amount: int) -> None:
        source_id = self.next_source
        posting = penalise(self.members[who], amount, now=self.now, source_id=source_id)
        entry = self.accounts[who].penalise(amount, self.now)
        self.note(entry, posting, penalise, source_id)

    @rule(who=people, pick=st.integers(0))
    def reverse(self, who: int, pick: int) -> None:
        entries = [entry for entry in self.accounts[who].entries if entry.posting]
        taken = [entry for entry in entries if entry.uses]
        chosen = taken if taken and pick % 4 else entries
        entry = chosen[pick % len(chosen)]
        if entry.kind not in {"spend", "penalty"} or not entry.amount:
            with pytest.raises(NotReversible):
                reverse(entry.posting, now=self.now)
            return
        posting = reverse(entry.posting, now=self.now)
        assert posting.replayed == entry.is_reversed
        assert posting.amount == -entry.amount
        if not entry.is_reversed:
            self.note(self.accounts[who].give_back(entry, self.now), posting, None, "")

    @precondition(lambda self: self.causes)
    @rule(who=people, amount=amounts, pick=st.integers(0))
    def post_a_source_again(self, who: int, amount: int, pick: int) -> None:
        call, source_id, transaction_id = self.causes[pick % len(self.causes)]
        known = PointTransaction.objects.get(pk=transaction_id)
        asked = self.account_ids.index(known.account_id), abs(known.amount - known.shortfall)
        if pick % 2 and (who, amount) != asked:
            with pytest.raises(SourceConflict):
                call(self.members[who], amount, now=self.now, source_id=source_id)
            return
        who, amount = asked
        posting = call(self.members[who], amount, now=self.now, source_id=source_id)
        assert (posting.transaction_id, posting.replayed) == (transaction_id, True)

    @rule(
        items=st.lists(
            st.tuples(people, st.sampled_from([*ACTIONS, "UNKNOWN"]), st.integers(0, 25)),
            min_size=1,
            max_size=6,
        )
    )
    def report(self, items: list[tuple[int, str, int]]) -> None:
        outcomes = record_activities(
            reports=[
                report(f"event-{event}", self.members[who], action, occurred_at=self.now)
                for who, action, event in items
            ],
            now=self.now,
        )
        answers = [(outcome.status, outcome.points) for outcome in outcomes]
        assert answers == self.expect_answers(items)

    def expect_answers(self, items: list[tuple[int, str, int]]) -> list[tuple[str, int]]:
        """Record a report in the model: member by member, each in the order of the report."""
        answers: dict[int, tuple[str, int]] = {}
        for n, (who, action, event) in sorted(
            enumerate(items), key=lambda item: (self.account_ids[item[1][0]], item[0])
        ):
            if f"event-{event}" in self.events:
                answers[n] = ("duplicate", 0)
            elif action == "UNKNOWN":
                answers[n] = ("unknown_action", 0)
            else:
                self.events.add(f"event-{event}")
                answers[n] = self.accounts[who].record(action, self.now)
        return [answers[n] for n in range(len(items))]

    @rule(hours=st.integers(1, 60))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(who=people, before=st.sampled_from([timedelta(), timedelta(microseconds=1)]))
    def wait_for_the_next_end(self, who: int, before: timedelta) -> None:
        ends = [lot.end - before for lot in self.accounts[who].lots if lot.end and lot.remaining]
        self.now = min((end for end in ends if end > self.now), default=self.now)

    @rule(batch_size=st.integers(1, 3))
    def expire(self, batch_size: int) -> None:
        for _ in expire_due_lots(now=self.now, batch_size=batch_size):
            pass
        for account in self.accounts:
            account.lapse(self.now)

    @invariant()
    def the_ledger_is_as_the_model(self) -> None:
        for account_id, account in zip(self.account_ids, self.accounts, strict=True):
            assert fetch(ACCOUNT_SQL, account_id) == [
                (account.balance, account.lifetime, len(account.entries), account.level)
            ]
            assert fetch(LOTS_SQL, account_id) == [(lot.remaining, lot.end) for lot in account.lots]
            assert fetch(ENTRIES_SQL, account_id) == [
                (entry.kind, entry.amount, entry.shortfall) for entry in account.entries
            ]
            reached = [name for name, points in LEVELS.items() if 0 < points <= account.lifetime]
            assert fetch(REACHED_SQL, account_id) == [(name,) for name in reached]
        assert find_faults() == []


ACCOUNT_SQL = """
    SELECT balance, lifetime_points, version, level.name
    FROM points_pointaccount account JOIN points_levelconfig level ON level.id = level_id
    WHERE account.id = %s
"""
LOTS_SQL = """
    SELECT remaining, expires_at FROM points_pointlot WHERE account_id = %s ORDER BY transaction_id
"""
ENTRIES_SQL = """
    SELECT type, amount, shortfall FROM points_pointtransaction
    WHERE account_id = %s ORDER BY version
"""
REACHED_SQL = """
    SELECT name FROM points_reachedlevel reached JOIN points_levelconfig level
    ON level.id = reached.level_id WHERE account_id = %s ORDER BY tier
"""


def fetch(sql: str, account_id: int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [account_id])
        return list(cursor.fetchall())


def run_machine(
    machine: type[RuleBasedStateMachine],
    examples: int,
    steps: int,
    *,
    phases: Collection[Phase] = tuple(Phase),
) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            phases=phases,
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.fixture(autouse=True)
def programme_of_the_machine(db, settings):
    settings.LOYALTY_TIME_ZONE = ZONE.key
    settings.LOYALTY_POINTS_EXPIRE_AFTER_DAYS = DAYS_BY_DEFAULT
    settings.LOYALTY_RETURNED_POINTS_GRACE_DAYS = DAYS_OF_GRACE


def test_the_ledger_does_what_its_model_does():
    # Making a failure small takes minutes; the long run does.
    run_machine(LedgerMachine, examples=15, steps=60, phases=[Phase.generate])


@pytest.mark.long
def test_the_ledger_does_what_its_model_does_for_long():
    run_machine(LedgerMachine, examples=1_000, steps=50)
