"""What gamification refuses."""

from points.errors import NotFound


class BadgeNotFound(NotFound):
    """No active badge has this id or type."""

    code = "badge_not_found"
    message = "Badge not found"
