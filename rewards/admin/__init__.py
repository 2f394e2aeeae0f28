"""The catalogue, the approval queue, redeeming by type and the purchases on the console."""

from .catalogue import RewardAdmin
from .codes import CodePoolAdmin, VoucherCodeAdmin
from .options import OptionRedemptionAdmin, RewardOptionAdmin
from .purchases import PurchaseAdmin
from .redemptions import RedemptionAdmin
from .watches import RewardWatchAdmin

__all__ = [
    "CodePoolAdmin",
    "OptionRedemptionAdmin",
    "PurchaseAdmin",
    "RedemptionAdmin",
    "RewardAdmin",
    "RewardOptionAdmin",
    "RewardWatchAdmin",
    "VoucherCodeAdmin",
]
