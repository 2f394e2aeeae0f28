"""What tests of the catalogue share."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from rewards.models import Reward
from rewards.services.catalogue import create_reward


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
