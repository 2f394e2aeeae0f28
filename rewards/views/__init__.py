"""The catalogue and the redemptions over HTTP."""

from .catalogue import CategoryListView, RewardDetailView, RewardListView
from .redemptions import (
    RedeemView,
    RedemptionCancelView,
    RedemptionDetailView,
    RedemptionListView,
)

__all__ = [
    "CategoryListView",
    "RedeemView",
    "RedemptionCancelView",
    "RedemptionDetailView",
    "RedemptionListView",
    "RewardDetailView",
    "RewardListView",
]
