"""The catalogue, the redemptions and the purchases over HTTP."""

from .catalogue import CategoryListView, RewardDetailView, RewardListView
from .options import (
    AllRedemptionsView,
    OptionListView,
    OptionRedemptionListView,
    RedeemByTypeView,
)
from .purchases import PurchaseView, RedeemPointsView
from .redemptions import (
    RedeemView,
    RedemptionCancelView,
    RedemptionDetailView,
    RedemptionListView,
)
from .watches import RewardWatchView

__all__ = [
    "AllRedemptionsView",
    "CategoryListView",
    "OptionListView",
    "OptionRedemptionListView",
    "PurchaseView",
    "RedeemByTypeView",
    "RedeemPointsView",
    "RedeemView",
    "RedemptionCancelView",
    "RedemptionDetailView",
    "RedemptionListView",
    "RewardDetailView",
    "RewardListView",
    "RewardWatchView",
]
