"""The catalogue, the approval queue and the purchases on the console."""

from .catalogue import RewardAdmin
from .purchases import PurchaseAdmin
from .redemptions import RedemptionAdmin

__all__ = ["PurchaseAdmin", "RedemptionAdmin", "RewardAdmin"]
