"""What gamification refuses."""

from points.errors import Conflict, Invalid, NotFound


class BadgeNotFound(NotFound):
    """No active badge has this id or type."""

    code = "badge_not_found"
    message = "Badge not found"


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
