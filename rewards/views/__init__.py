"""The catalogue, the redemptions and the purchases over HTTP."""

from .catalogue import CategoryListView, RewardDetailView, RewardListView
from .purchases import PurchaseView, RedeemPointsView
from .redemptions import (
    RedeemView,
    RedemptionCancelView,
    RedemptionDetailView,
    RedemptionListView,
)

__all__ = [
    "CategoryListView",
    "PurchaseView",
    "RedeemPointsView",
    "RedeemView",
    "RedemptionCancelView",
    "RedemptionDetailView",
    "RedemptionListView",
    "RewardDetailView",
    "RewardListView",
]
