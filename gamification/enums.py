"""The closed vocabularies of measuring."""

from django.db import models


class MetricKind(models.TextChoices):
    """How the rows of a log become one number."""

    COUNT = "count", "How often"
    SUM = "sum", "How much in total"
    DISTINCT = "distinct", "How many different"
    STREAK = "streak", "How many in a row"
    GAUGE = "gauge", "As last reported"


class MetricLog(models.TextChoices):
    """Where the rows come from; a gauge is set from outside and reads no log."""

    ACTIVITIES = "activities", "What members did"
    EARNINGS = "earnings", "What members earned"
    BADGES = "badges", "Badges members hold"


class StreakUnit(models.TextChoices):
    """What must follow each other without a gap."""

    DAY = "day", "Days"
    WEEK = "week", "Weeks"
