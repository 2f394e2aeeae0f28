"""What tests of the catalogue share."""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from points.models import PointAction
from points.tests.books import make_action
from rewards.enums import PurchaseStatus
from rewards.models import CodePool, Reward, RewardOption
from rewards.services.catalogue import create_reward
from rewards.services.codes import add_codes
from rewards.services.purchases import ReportedPurchase, report_purchase


@pytest.fixture
def make_reward(db: Any, now: datetime) -> Callable[..., Reward]:
    """Return a function that puts a reward on offer: `make_reward("Tea", points_required=50)`."""

    def make(title: str = "Tea", **fields: Any) -> Reward:
        fields = {"title": title, "category": "Food & Drinks", "points_required": 50} | fields
        return create_reward(fields=fields, now=now)

    return make


@pytest.fixture
def reward(make_reward: Callable[..., Reward]) -> Reward:
    """Return a reward of 50 points of which ten are left."""
    return make_reward(quantity=10)


@pytest.fixture
def approver(make_staff: Callable[..., Any]) -> Any:
    """Return a staff user who may decide."""
    return make_staff("ann")


@pytest.fixture
def purchase_action(db: Any) -> PointAction:
    """Install PURCHASE as the programme has it, without the rest of the programme."""
    return make_action("PURCHASE", 1, unit_field="amount")


@pytest.fixture
def report(db: Any, now: datetime) -> Callable[..., ReportedPurchase]:
    """Return a function that reports a purchase of mia's: `report("P1", COMPLETED)`."""

    def send(
        purchase_id: str, status: PurchaseStatus = PurchaseStatus.IN_PROGRESS, **facts: Any
    ) -> ReportedPurchase:
        wanted: dict[str, Any] = {"user_id": "mia", "currency": "USD", "now": now, **facts}
        amount = Decimal(wanted.pop("amount", "49.99"))
        return report_purchase(purchase_id=purchase_id, status=status, amount=amount, **wanted)

    return send


@pytest.fixture
def make_option(db: Any) -> Callable[..., RewardOption]:
    """Return a function that adds an option: `make_option("cashback", minimum_points=500)`."""

    def make(type: str = "voucher", **fields: Any) -> RewardOption:  # noqa: A002 -- its own word
        fields = {"name": type.title(), "minimum_points": 100} | fields
        return RewardOption.objects.create(type=type, **fields)

    return make


@pytest.fixture
def make_pool(db: Any, now: datetime) -> Callable[..., CodePool]:
    """Return a function that makes a pool of codes: `make_pool(codes=["AAAA", "BBBB"])`."""

    def make(name: str = "Vouchers", *, codes: Sequence[str] = (), **fields: Any) -> CodePool:
        pool = CodePool.objects.create(name=name, **fields)
        add_codes(pool=pool, codes=codes, actor=None, now=now)
        return pool

    return make
