"""Redemptions and the ledger together, against the ledger's model with a shelf beside it.

After every step points, stock and statuses must be what the model says. `--long` runs much longer.
"""

from dataclasses import dataclass

import pytest
from hypothesis import Phase
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from loyalty_site.accounts.models import User
from points.errors import InsufficientPoints
from points.tests.test_ledger_machine import (
    Entry,
    LedgerMachine,
    people,
    programme_of_the_machine,
    run_machine,
)
from rewards.enums import TRANSITIONS, RedemptionStatus
from rewards.errors import InvalidTransition, OwnRedemption, RewardOutOfStock
from rewards.models import Redemption, Reward
from rewards.services.redemptions import cancel_redemption, decide_redemption, redeem_reward

# The ledger's machine needs its programme, here as there.
__all__ = ["programme_of_the_machine"]

STOCK = 3
PRICE = 15
GIVEN_BACK = {RedemptionStatus.REJECTED, RedemptionStatus.CANCELLED}


@dataclass
class Request:
    """One redemption as it should be, and the model's entry that paid for it."""

    who: int
    redemption: Redemption
    paid: Entry
    status: RedemptionStatus = RedemptionStatus.PENDING


class RedemptionMachine(LedgerMachine):
    """Everything that can happen to points, and a reward of which there are three."""

    @initialize()
    def open_accounts(self) -> None:
        super().open_accounts()
        self.stock = STOCK
        self.requests: list[Request] = []
        self.reward = Reward.objects.create(
            title="Tea", category="Food & Drinks", points_required=PRICE, quantity=STOCK
        )
        self.approver = User.objects.create(public_id="approver", email=None)

    def redeem_once(self, who: int) -> Redemption:
        return redeem_reward(member=self.members[who], reward_id=self.reward.pk, now=self.now)

    @rule(who=people)
    def redeem(self, who: int) -> None:
        account = self.accounts[who]
        if not self.stock:
            with pytest.raises(RewardOutOfStock):
                self.redeem_once(who)
        elif account.spendable(self.now) < PRICE:
            with pytest.raises(InsufficientPoints):
                self.redeem_once(who)
        else:
            redemption = self.redeem_once(who)
            account.lapse(self.now)
            # Without its posting, since only the catalogue may give a redemption's points back.
            self.requests.append(Request(who, redemption, account.take("spend", PRICE)))
            self.stock -= 1

    @precondition(lambda self: self.requests)
    @rule(pick=st.integers(0), status=st.sampled_from(RedemptionStatus))
    def decide(self, pick: int, status: RedemptionStatus) -> None:
        request = self.requests[pick % len(self.requests)]

        def call() -> None:
            decide_redemption(
                redemption_id=request.redemption.pk,
                status=status,
                actor=self.approver,
                notes="Because",
                now=self.now,
            )

        self.step(request, status, call)

    @precondition(lambda self: self.requests)
    @rule(pick=st.integers(0))
    def cancel(self, pick: int) -> None:
        request = self.requests[pick % len(self.requests)]

        def call() -> None:
            member = self.members[request.who]
            cancel_redemption(member=member, redemption_id=request.redemption.pk, now=self.now)

        if request.status == RedemptionStatus.PENDING:
            self.step(request, RedemptionStatus.CANCELLED, call)
        else:
            with pytest.raises(InvalidTransition):
                call()

    @precondition(lambda self: self.requests)
    @rule(pick=st.integers(0))
    def decide_their_own(self, pick: int) -> None:
        request = self.requests[pick % len(self.requests)]
        with pytest.raises(OwnRedemption):
            decide_redemption(
                redemption_id=request.redemption.pk,
                status=RedemptionStatus.APPROVED,
                actor=self.members[request.who],
                now=self.now,
            )

    def step(self, request: Request, status: RedemptionStatus, call) -> None:
        """Take a redemption to a status, or see it refused, in the database and in the model."""
        if status not in TRANSITIONS.get(request.status, ()):
            with pytest.raises(InvalidTransition):
                call()
            return
        call()
        request.status = status
        if status in GIVEN_BACK:
            self.accounts[request.who].give_back(request.paid, self.now)
            self.stock += 1

    @invariant()
    def the_shelf_is_as_the_model(self) -> None:
        self.reward.refresh_from_db()
        assert self.reward.quantity == self.stock
        statuses = dict(Redemption.objects.values_list("pk", "status"))
        assert statuses == {request.redemption.pk: request.status for request in self.requests}


def test_redemptions_do_what_their_model_does():
    # Making a failure small takes minutes; the long run does.
    run_machine(RedemptionMachine, examples=8, steps=60, phases=[Phase.generate])


@pytest.mark.long
def test_redemptions_do_what_their_model_does_for_long():
    run_machine(RedemptionMachine, examples=300, steps=50)
