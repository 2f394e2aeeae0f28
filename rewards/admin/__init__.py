"""The catalogue and the approval queue on the console."""

from .catalogue import RewardAdmin
from .redemptions import RedemptionAdmin

__all__ = ["RedemptionAdmin", "RewardAdmin"]
