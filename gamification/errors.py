"""What gamification refuses."""

from datetime import UTC, datetime

from points.errors import Conflict, Forbidden, Invalid, NotFound


class BadgeNotFound(NotFound):
    """No active badge has this id or type."""

    code = "badge_not_found"
    message = "Badge not found"


class BadgeAlreadyEarned(Conflict):
    """The member holds this badge."""

    code = "badge_already_earned"
    message = "Badge already earned"

    def __init__(self, *, badge_type: str, earned_at: datetime) -> None:
        instant = earned_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
        super().__init__(details={"badgeType": badge_type, "earnedAt": instant})


class BadgeNotHeld(NotFound):
    """The member does not hold this badge."""

    code = "badge_not_held"
    message = "This member does not hold this badge."


class OwnBadges(Forbidden):
    """Nobody awards themselves a badge or revokes their own."""

    code = "own_badges"
    message = "Nobody awards themselves a badge or revokes their own."


class BadgeNotPublishable(Conflict):
    """The badge, or the metric it stands on, is switched off."""

    code = "badge_not_publishable"
    message = "Only an active badge on an active metric can be published."


class MeasureMissing(Conflict):
    """No active metric takes what was reported."""

    code = "measure_missing"
    message = "This measure is not kept here."


class LeaderboardNotFound(NotFound):
    """No active leaderboard has this slug."""

    code = "leaderboard_not_found"
    message = "Leaderboard not found"


class AliasNotAllowed(Invalid):
    """An alias holds what no name holds, or is what members without a name are called."""

    code = "alias_not_allowed"
    message = "An alias has up to 30 letters, digits, blanks and . _ - ' and is no name of ours."


class AliasTaken(Conflict):
    """Another member shows this alias."""

    code = "alias_taken"
    message = "Another member has this alias."
