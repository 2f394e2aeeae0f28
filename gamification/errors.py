"""What gamification refuses."""

from points.errors import Conflict, NotFound


class BadgeNotFound(NotFound):
    """No active badge has this id or type."""

    code = "badge_not_found"
    message = "Badge not found"


class MeasureMissing(Conflict):
    """No active metric takes what was reported."""

    code = "measure_missing"
    message = "This measure is not kept here."
