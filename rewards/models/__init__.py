"""The catalogue's tables.

reward      something points buy. `quantity` is what is left of it, none is without limit.
redemption  one member's purchase of one reward: its price for ever, and where it stands.

A redemption's way is PENDING to APPROVED, REJECTED or CANCELLED, and from APPROVED to COMPLETED or
REJECTED. The database refuses every other step.
"""

from .catalogue import QUANTITY_MAX, TITLE_LENGTH_MAX, Reward
from .redemptions import Redemption

__all__ = ["QUANTITY_MAX", "TITLE_LENGTH_MAX", "Redemption", "Reward"]
