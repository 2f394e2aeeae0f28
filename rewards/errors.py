"""What the catalogue refuses."""

from collections.abc import Iterable
from typing import Any

from points.errors import Conflict, Forbidden, Invalid, NotFound


class RewardNotFound(NotFound):
    """There is no such reward, it was deleted, or it is not the viewer's to see."""

    code = "reward_not_found"
    message = "Reward not found"


class RewardOutOfStock(Conflict):
    """The last one is gone. `details` is {rewardTitle}."""

    code = "reward_out_of_stock"
    message = "Reward is out of stock"

    def __init__(self, *, reward_title: str) -> None:
        super().__init__(details={"rewardTitle": reward_title})


class RewardNotActive(Conflict):
    """Staff took the reward off the shelf."""

    code = "reward_not_active"
    message = "Reward is not active"


class RewardNotInWindow(Conflict):
    """Too early or too late for the reward. `details` is {validFrom, validUntil}."""

    code = "reward_not_in_window"
    message = "Reward cannot be redeemed at this time"


class RewardPriceChanged(Conflict):
    """The reward costs something else than the member was shown. `details` is {pointsRequired}."""

    code = "reward_price_changed"
    message = "The price has changed"

    def __init__(self, *, price: int) -> None:
        super().__init__(details={"pointsRequired": price})


class RewardInStock(Conflict):
    """There is nothing to wait for: it can be redeemed. `details` is {rewardTitle}."""

    code = "reward_in_stock"
    message = "Reward is in stock"

    def __init__(self, *, reward_title: str) -> None:
        super().__init__(details={"rewardTitle": reward_title})


class LevelTooLow(Conflict):
    """The reward is for a higher level. `details` is {required, current}, names of levels."""

    code = "level_too_low"
    message = "This reward needs a higher level"

    def __init__(self, *, required: str, current: str | None) -> None:
        super().__init__(details={"required": required, "current": current})


class MemberLimitReached(Conflict):
    """The member redeemed this reward as often as one may. `details` is {perMemberMax}."""

    code = "member_limit_reached"
    message = "You have redeemed this reward as often as is allowed"

    def __init__(self, *, per_member_max: int) -> None:
        super().__init__(details={"perMemberMax": per_member_max})


class RedemptionNotFound(NotFound):
    """There is no such redemption, or it is not the viewer's to see."""

    code = "redemption_not_found"
    message = "Redemption not found"


class InvalidTransition(Conflict):
    """A redemption cannot go from where it stands to there. `details` is {from, to}."""

    code = "invalid_transition"

    def __init__(self, message: str, *, from_status: str, to_status: str) -> None:
        super().__init__(message, details={"from": from_status, "to": to_status})


class OwnRedemption(Forbidden):
    """Nobody decides their own redemption, whatever their powers."""

    code = "own_redemption"
    message = "You cannot decide your own redemption"


class PurchaseNotFound(NotFound):
    """There is no such purchase, or it is not the viewer's to see."""

    code = "purchase_not_found"
    message = "Purchase not found"


class PurchaseDiffers(Conflict):
    """The id is that of another purchase. `details` is what is on record of it."""

    code = "purchase_differs"
    message = "This purchase is on record with another member, amount or currency"


class PurchaseImported(Conflict):
    """The purchase came with an imported history and has earned its points."""

    code = "purchase_imported"
    message = "This purchase was imported and has earned its points"


class PurchaseStepRefused(Conflict):
    """A purchase cannot go from where it stands to there. `details` is {from, to, allowed}."""

    code = "invalid_transition"

    def __init__(self, *, from_status: str, to_status: str, allowed: Iterable[str]) -> None:
        steps = [str(status) for status in allowed]
        super().__init__(
            f"A purchase that is {from_status} cannot become {to_status}.",
            details={"from": from_status, "to": to_status, "allowed": steps},
        )


class PurchaseNotInProgress(Conflict):
    """Points are redeemed against a purchase in progress only. `details` is {status}."""

    code = "purchase_not_in_progress"
    message = "This purchase is not in progress"

    def __init__(self, *, status: str) -> None:
        super().__init__(details={"status": status})


class AlreadyClaimed(Conflict):
    """Points were redeemed against this purchase; that happens once. `details` is what was."""

    code = "already_claimed"
    message = "Points were already redeemed against this purchase"


class CurrencyNotRedeemable(Conflict):
    """Points have no rate in the purchase's currency. `details` is {currency, allowed}."""

    code = "currency_not_redeemable"
    message = "Points cannot be redeemed against a purchase in this currency"

    def __init__(self, *, currency: str, allowed: Iterable[str]) -> None:
        super().__init__(details={"currency": currency, "allowed": sorted(allowed)})


class CreditAboveAmount(Invalid):
    """The points are worth more than the purchase. `details` is {pointsMax, amount, currency}."""

    code = "credit_above_amount"
    message = "The points are worth more than the purchase costs"

    def __init__(self, *, points_max: int, amount: Any, currency: str) -> None:
        super().__init__(details={"pointsMax": points_max, "amount": amount, "currency": currency})


class CreditTooSmall(Invalid):
    """The points are worth less than the smallest credit. `details` is {pointsMin, currency}."""

    code = "credit_too_small"
    message = "The points are worth less than 0.01"

    def __init__(self, *, points_min: int, currency: str) -> None:
        super().__init__(details={"pointsMin": points_min, "currency": currency})


class PointsBelowMinimum(Invalid):
    """An option takes more points at once. `details` is {minimum, pointsToRedeem}."""

    code = "points_below_minimum"

    def __init__(self, *, minimum: int, points: int) -> None:
        super().__init__(
            f"At least {minimum:,} points are redeemed at once.",
            details={"minimum": minimum, "pointsToRedeem": points},
        )


class PointsNotWholeCents(Invalid):
    """The points are not worth whole cents. `details` is {multipleOf, pointsToRedeem}."""

    code = "points_not_whole_cents"

    def __init__(self, *, multiple_of: int, points: int) -> None:
        super().__init__(
            f"The points must be a multiple of {multiple_of:,}, which is worth whole cents.",
            details={"multipleOf": multiple_of, "pointsToRedeem": points},
        )


class CodesExhausted(Conflict):
    """The pool has no code left to hand out; nothing was spent or decided. `details` is {pool}."""

    code = "codes_exhausted"
    message = "No codes are left"

    def __init__(self, *, pool: str) -> None:
        super().__init__(details={"pool": pool})
