"""Reading catalogue, redemptions and purchases. Each query starts from whose eyes look."""

from .catalogue import (
    get_points_to_spend,
    get_reward,
    list_categories,
    list_rewards,
    list_rewards_with_wrong_stock,
    parse_reward_id,
)
from .purchases import get_claiming_transaction, get_purchase, list_purchases_of
from .redemptions import count_redeemed, get_redemption, list_redemptions_of, parse_redemption_id

__all__ = [
    "count_redeemed",
    "get_claiming_transaction",
    "get_points_to_spend",
    "get_purchase",
    "get_redemption",
    "get_reward",
    "list_categories",
    "list_purchases_of",
    "list_redemptions_of",
    "list_rewards",
    "list_rewards_with_wrong_stock",
    "parse_redemption_id",
    "parse_reward_id",
]
