"""Purchases and the ledger together, against the ledger's model with the purchases beside it.

After every step points, statuses and claims must be what the model says. `--long` runs much longer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import Phase
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from points.errors import InsufficientPoints, LoyaltyError
from points.tests.books import make_action
from points.tests.test_ledger_machine import (
    DAYS_BY_DEFAULT,
    Account,
    Entry,
    LedgerMachine,
    find_end,
    programme_of_the_machine,
    run_machine,
)
from rewards.enums import PURCHASE_STEPS, PurchaseStatus
from rewards.errors import (
    AlreadyClaimed,
    CreditAboveAmount,
    PurchaseNotFound,
    PurchaseNotInProgress,
    PurchaseStepRefused,
)
from rewards.models import Purchase
from rewards.services.purchases import claim_discount, report_purchase

# The ledger's machine needs its programme, here as there.
__all__ = ["programme_of_the_machine"]

# So few that steps meet each other; whose they are, and what they cost.
PURCHASES = {"P0": (0, "0.20"), "P1": (0, "12.99"), "P2": (1, "30.00"), "P3": (1, "0.30")}


@dataclass
class Bought:
    """One purchase as it should be, and the model's entry that paid for its claim."""

    status: PurchaseStatus = PurchaseStatus.IN_PROGRESS
    claim: Entry | None = None


class PurchaseMachine(LedgerMachine):
    """Everything that can happen to points, and four purchases."""

    @initialize()
    def open_accounts(self) -> None:
        super().open_accounts()
        self.bought: dict[str, Bought] = {}
        make_action("PURCHASE", 1, unit_field="amount")

    @rule(purchase_id=st.sampled_from([*PURCHASES]), status=st.sampled_from(PurchaseStatus))
    def advance(self, purchase_id: str, status: PurchaseStatus) -> None:
        who, amount = PURCHASES[purchase_id]

        def call() -> None:
            report_purchase(
                purchase_id=purchase_id,
                user_id=self.members[who].public_id,
                amount=Decimal(amount),
                currency="USD",
                status=status,
                now=self.now,
            )

        known = self.bought.get(purchase_id, Bought())
        if status != known.status and status not in PURCHASE_STEPS.get(known.status, ()):
            refused(PurchaseStepRefused, call)
            return
        call()
        if status != known.status:
            take_step(known, status, self.accounts[who], int(Decimal(amount)), self.now)
        self.bought[purchase_id] = known

    @rule(
        purchase_id=st.sampled_from([*PURCHASES]),
        by_owner=st.sampled_from([True, True, True, False]),
        points=st.integers(1, 25),
    )
    def claim(self, purchase_id: str, by_owner: bool, points: int) -> None:
        who, amount = PURCHASES[purchase_id]
        account, known = self.accounts[who], self.bought.get(purchase_id)

        def call() -> None:
            member = self.members[who if by_owner else 1 - who]
            claim_discount(member=member, purchase_id=purchase_id, points=points, now=self.now)

        if known is None or not by_owner:
            refused(PurchaseNotFound, call)
        elif known.claim:
            refused(AlreadyClaimed, call)
        elif known.status != PurchaseStatus.IN_PROGRESS:
            refused(PurchaseNotInProgress, call)
        elif points > Decimal(amount) * 100:
            refused(CreditAboveAmount, call)
        elif points > account.spendable(self.now):
            refused(InsufficientPoints, call)
        else:
            call()
            account.lapse(self.now)
            # Without its posting, since only a cancellation may give a claim's points back.
            known.claim = account.take("spend", points)

    @invariant()
    def the_purchases_are_as_the_model(self) -> None:
        rows = Purchase.objects.values_list("pk", "status", "points_used")
        assert {pk: (status, used) for pk, status, used in rows} == {
            pk: (known.status, -known.claim.amount if known.claim else None)
            for pk, known in self.bought.items()
        }


def take_step(
    known: Bought, status: PurchaseStatus, account: Account, units: int, now: datetime
) -> None:
    """Take a purchase of the model to a status, with what it earns or gives back."""
    known.status = status
    if status == PurchaseStatus.COMPLETED and units:
        account.earn(units, find_end(now, DAYS_BY_DEFAULT))
    if status == PurchaseStatus.CANCELLED and known.claim:
        account.give_back(known.claim, now)


def refused(kind: type[LoyaltyError], call: Callable[[], None]) -> None:
    """See a call refused."""
    with pytest.raises(kind):
        call()


def test_purchases_do_what_their_model_does():
    # Making a failure small takes minutes; the long run does.
    run_machine(PurchaseMachine, examples=10, steps=60, phases=[Phase.generate])


@pytest.mark.long
def test_purchases_do_what_their_model_does_for_long():
    run_machine(PurchaseMachine, examples=300, steps=50)
