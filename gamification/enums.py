"""The closed vocabularies of measuring and of badges."""

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


class PeriodKind(models.IntegerChoices):
    """How long a score runs. Calendar periods; weeks are ISO weeks and begin on Monday."""

    ALL = 0, "All time"
    YEAR = 1, "Year"
    MONTH = 2, "Month"
    WEEK = 3, "Week"


class BacklogLog(models.IntegerChoices):
    """Which table a row that waits to be projected stands in."""

    ACTIVITIES = 1, "Activity"
    EARNINGS = 2, "Transaction"
    BADGES = 3, "Change of a member's badges"
    GAUGES = 4, "Reading of a gauge"


class BadgeState(models.TextChoices):
    """Whether the rule may award a badge."""

    DRAFT = "draft", "Draft, not shown to members"
    CHANGED = "changed", "Changed, awarded again once it is published"
    PUBLISHED = "published", "Published"


class AwardOrigin(models.TextChoices):
    """Who gave a badge."""

    RULE = "rule", "The rule"
    STAFF = "staff", "Staff"
