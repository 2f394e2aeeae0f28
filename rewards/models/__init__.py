"""The catalogue's tables.

reward      something points buy. `quantity` is what is left of it, none is without limit.
redemption  one member's purchase of one reward: its price for ever, and where it stands.
option      a type of reward any number of points buys: voucher, cashback. A rate and a minimum.
option redemption  what a member got by type, done at once and never changed.
code pool   a stock of voucher codes, which options and rewards hand out from.
voucher code  one code, handed out once: to one redemption, for ever.
purchase    one thing bought on the host platform, what it earned and the discount points paid for.
catalogue upload  a file of the catalogue that waits for a yes.

A redemption's way is PENDING to APPROVED, REJECTED or CANCELLED, and from APPROVED to COMPLETED or
REJECTED. The database refuses every other step.
"""

from .catalogue import LOW_STOCK_AT, QUANTITY_MAX, TITLE_LENGTH_MAX, Reward
from .codes import CODE_LENGTH_MAX, CODE_LENGTH_MIN, CODE_PATTERN, CodePool, VoucherCode
from .options import CENTS_PER_UNIT, OptionRedemption, RewardOption
from .purchases import PURCHASE_ID_PATTERN, Purchase
from .redemptions import Redemption
from .uploads import UPLOAD_NAME_LENGTH, CatalogueUpload
from .watches import RewardWatch

__all__ = [
    "CENTS_PER_UNIT",
    "CODE_LENGTH_MAX",
    "CODE_LENGTH_MIN",
    "CODE_PATTERN",
    "LOW_STOCK_AT",
    "PURCHASE_ID_PATTERN",
    "QUANTITY_MAX",
    "TITLE_LENGTH_MAX",
    "UPLOAD_NAME_LENGTH",
    "CatalogueUpload",
    "CodePool",
    "OptionRedemption",
    "Purchase",
    "Redemption",
    "Reward",
    "RewardOption",
    "RewardWatch",
    "VoucherCode",
]
