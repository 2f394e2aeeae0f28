"""Words that many pages share, and what the site calls things the apps know by their codes."""

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from gamification.selectors import FORMER_NAME, HIDDEN_NAME, BadgeProgress
from points.enums import ActivityStatus, TransactionType
from points.models import Activity
from points.templatetags.numbers import grouped

from .programme_texts import translate_programme_text

TRANSACTION_TYPES = {
    TransactionType.EARN: _("Earned"),
    TransactionType.SPEND: _("Spent"),
    TransactionType.EXPIRE: _("Lapsed"),
    TransactionType.ADMIN_GRANT: _("Given by staff"),
    TransactionType.ADMIN_DEDUCT: _("Taken by staff"),
    TransactionType.PENALTY: _("Penalty"),
    TransactionType.REVERSAL: _("Returned"),
}


def format_points(points: int) -> str:
    """Return `1 point` or `1,250 points` in the reader's language."""
    return ngettext("%(shown)s point", "%(shown)s points", points) % {"shown": grouped(points)}


def explain_no_points(activity: Activity) -> str:
    """Return why something a member did earned nothing."""
    action = activity.action
    if activity.status == ActivityStatus.COOLDOWN:
        return str(_("Too soon after the last time."))
    if action.once_per_member:
        return str(_("This earns points once."))
    if action.times_per_day_max is not None:
        sentence = ngettext(
            "This earns points once a day.",
            "This earns points %(count)d times a day.",
            action.times_per_day_max,
        )
        return sentence % {"count": action.times_per_day_max}
    if action.times_per_week_max is not None:
        sentence = ngettext(
            "This earns points once a week.",
            "This earns points %(count)d times a week.",
            action.times_per_week_max,
        )
        return sentence % {"count": action.times_per_week_max}
    return str(_("The most that this can earn was reached."))


def name_on_board(name: str) -> str:
    """Return the name on a board; what stands for somebody's in the reader's language."""
    names = {HIDDEN_NAME: gettext("Hidden member"), FORMER_NAME: gettext("Former member")}
    return names.get(name, name)


def explain_milestone(progress: BadgeProgress) -> str:
    """Return what a member has yet to do for a badge they do not hold."""
    badge = progress.badge
    missing = progress.required - progress.current
    if missing <= 0:
        return gettext("You have done it: this badge is on its way")
    count = grouped(round(missing, badge.metric.decimals))
    if missing == 1 and badge.milestone_one:
        return translate_programme_text(badge.milestone_one)
    if missing != 1 and badge.milestone_many:
        return translate_programme_text(badge.milestone_many).replace("{count}", count)
    metric = translate_programme_text(badge.metric.name)
    return gettext("%(count)s more to go: %(metric)s") % {"count": count, "metric": metric}
