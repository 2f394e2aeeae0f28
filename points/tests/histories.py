"""Histories to audit: one that has something of everything, and ones drawn at random."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from points.enums import TransactionType
from points.errors import LoyaltyError
from points.services.activities import record_activities
from points.services.expiry import expire_due_lots
from points.services.postings import Posting
from points.tests.books import (
    NOW,
    close_account,
    earn,
    make_action,
    make_levels,
    penalise,
    report,
    reverse,
    spend,
)

MakeMember = Callable[..., Any]


def make_everything(make_member: MakeMember) -> dict[str, Any]:
    """Make two members whose histories hold every kind of row, a closed account and an empty one.

    Returns the members by name.
    """
    make_levels(bronze=0, silver=100, gold=1_000)
    make_action("WAVE", 10, times_per_day_max=2)
    make_action("NAP", 0)
    make_action("LITTER", -30)
    members = {name: make_member(name) for name in ("mia", "noa", "old", "new")}
    mia, noa = members["mia"], members["noa"]
    moments = [NOW + timedelta(hours=hour) for hour in range(12)]
    for number, member in enumerate((mia, noa), 1):
        events = [
            report(f"e{number}-{n}", member, action, metadata={"n": n}, subject_id="them")
            for n, action in enumerate(["WAVE", "WAVE", "WAVE", "NAP"])
        ]
        record_activities(reports=events, now=moments[0])
        record_activities(reports=[report(f"e{number}-litter", member, "LITTER")], now=moments[1])
    earn(mia, 60, now=moments[2], days=1)
    earn(mia, 80, now=moments[3], days=0, type=TransactionType.ADMIN_GRANT)
    earn(mia, 50, now=moments[4], days=30)
    bought = spend(mia, 70, now=moments[5])
    spend(mia, 5, now=moments[6], type=TransactionType.ADMIN_DEDUCT)
    reverse(penalise(mia, 12, now=moments[7]), now=moments[8])
    # The first lot has lapsed by now, so what comes back to it lives on.
    later = NOW + timedelta(days=4)
    reverse(bought, now=later)
    spend(mia, 20, now=later)
    earn(noa, 1_500, now=later, days=1)
    list(expire_due_lots(now=NOW + timedelta(days=60)))
    penalise(noa, 5, now=NOW + timedelta(days=60))
    earn(members["old"], 1, now=later)
    close_account(members["old"])
    return members


def make_random(make_member: MakeMember, *, seed: int, steps: int) -> None:
    """Let four members earn, spend, lapse and get back at random; time only goes on."""
    draw = random.Random(seed)
    make_levels(bronze=0, silver=200, gold=2_000)
    make_action("WAVE", 7, times_per_day_max=3)
    make_action("NOD", 11, expires_after_days=3)
    make_action("NAP", 0)
    make_action("LITTER", -40, cooldown_seconds=600)
    members = [make_member(f"member-{number}") for number in range(4)]
    taken: list[Posting] = []
    now = NOW
    for step in range(steps):
        now += timedelta(minutes=draw.choice([0, 1, 90, 1_440, 2_880]))
        try:
            _take_step(draw, members, taken, now, step)
        except LoyaltyError:
            # More than there was, or given back before: refusals belong to a history.
            continue


def _take_step(
    draw: random.Random, members: list[Any], taken: list[Posting], now: datetime, step: int
) -> None:
    member = draw.choice(members)
    amount = draw.randint(1, 120)
    match draw.randrange(8):
        case 0 | 1:
            kind = draw.choice([TransactionType.EARN, TransactionType.ADMIN_GRANT])
            earn(member, amount, now=now, days=draw.choice([0, 1, 2, 10, None]), type=kind)
        case 2 | 3:
            kind = draw.choice([TransactionType.SPEND, TransactionType.ADMIN_DEDUCT])
            taken.append(spend(member, amount, now=now, type=kind))
        case 4:
            taken.append(penalise(member, amount, now=now))
        case 5 if taken:
            reverse(draw.choice(taken), now=now)
        case 6:
            list(expire_due_lots(now=now))
        case _:
            actions = draw.choices(["WAVE", "NOD", "NAP", "LITTER"], k=draw.randint(1, 12))
            events = [
                report(f"s{step}-{n}", draw.choice(members), action, occurred_at=now)
                for n, action in enumerate(actions)
            ]
            record_activities(reports=events, now=now)
