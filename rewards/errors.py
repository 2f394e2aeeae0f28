"""What the catalogue refuses."""

from points.errors import Conflict, Forbidden, NotFound


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
