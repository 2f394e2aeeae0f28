"""The page on which a person watches live events arrive."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie

from points.selectors import list_actions
from rewards.selectors.options import list_options

from ..forms import SignInForm
from ..programme_texts import translate_programme_text
from .base import SitePage
from .home import list_demo_people

REPORT_PERMISSION = "points.report_activities"
STAFF_ROOM_PERMISSION = "rewards.decide_redemption"

# What the staff room hears and no member does.
STAFF_EVENTS = ("redemption-requested", "redemption-decided")

# What the page says of each event: name for the filter, sentence, icon. `{name}` is a field of the
# event's data, `{name|lastUse}`, `{name|signed}` and `{name|status}` one written in a way.
EVENTS: dict[str, tuple[Any, Any, str]] = {
    "pointsUpdated": (
        _("Points"),
        _("{change|signed} points: {description}. The balance is {balance}."),
        "coin",
    ),
    "level-up": (_("Level reached"), _("Level {level.name} reached."), "star"),
    "points-expiring": (
        _("Points lapse soon"),
        _("Points to use by {expiresAt|lastUse}: {points}."),
        "clock",
    ),
    "badge-earned": (_("Badge earned"), _("Badge earned: {badge.name}."), "badge"),
    "rewardRedeemed": (_("Redeemed"), _("{title} redeemed for {points} points."), "gift"),
    "redemption-updated": (
        _("Redemption decided"),
        _("The redemption of {title} is {status|status}."),
        "check",
    ),
    "reward-available": (
        _("Reward available again"),
        _("{title} is available again, for {pointsRequired} points."),
        "bell",
    ),
    "referral-signup": (
        _("Referral signed up"),
        _("{referred.name} registered with the referral code."),
        "people",
    ),
    "referral-reward": (
        _("Referral completed"),
        _("{referred.name} completed a first purchase."),
        "people",
    ),
    "redemption-requested": (
        _("Staff: redemption waits"),
        _("{name} asks for {title}, {points} points."),
        "ticket",
    ),
    "redemption-decided": (
        _("Staff: redemption decided"),
        _("The redemption of {title} by {name} is {status|status}."),
        "check",
    ),
}
TEXTS: dict[str, Any] = {
    "events": {
        name: {"label": label, "sentence": sentence, "icon": icon}
        for name, (label, sentence, icon) in EVENTS.items()
    },
    "statuses": {
        "PENDING": _("pending"),
        "APPROVED": _("approved"),
        "REJECTED": _("rejected"),
        "CANCELLED": _("cancelled"),
        "COMPLETED": _("completed"),
    },
    "states": {
        "idle": _("Not connected"),
        "connecting": _("Connecting…"),
        "open": _("Live as {userId}"),
        "closed": _("Connection lost. Next try in {seconds} s"),
        "refused": _("Refused"),
    },
    "meanings": {
        "1006": _("The server cannot be reached."),
        "1012": _("The server restarts."),
        "1013": _("The server cannot serve just now."),
        "4401": _("The token is not good, or no longer: sign in again."),
        "4403": _("This is another member's room."),
        "4429": _("Too many connections of this member are open."),
    },
    "pause": _("Pause"),
    "resume": _("Resume ({count})"),
    "shown": _("{count} shown"),
    "gone": _("Events {fromSeq} to {toSeq} are kept no longer."),
    "listening": _("Nothing yet. What happens to {userId} appears here at once."),
    "arrived": _("The first event was here after {milliseconds} ms."),
    "failed": _("The site did not answer. Try again."),
}


@method_decorator([never_cache, ensure_csrf_cookie], name="dispatch")
class LivePage(SitePage):
    """`/live`, where a person watches events arrive. Who is not signed in can do so there.

    Forms that call the API stand on it in the demo, elsewhere for who may report activities.
    """

    template_name = "site/live.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the page; a script does the rest."""
        reports = request.user.has_perm(REPORT_PERMISSION)
        acts = reports or settings.LOYALTY_MODE == "demo"
        programme = list_words_of_programme(viewer=request.user) if acts else {}
        context = {
            "texts": {**TEXTS, "programme": programme},
            "filters": list_filters(request.user),
            "reports": reports,
            "acts": acts,
        }
        if not request.user.is_authenticated:
            form = SignInForm()
            # The page is for looking; the cursor need not be in the form.
            del form.fields["email"].widget.attrs["autofocus"]
            context |= {"form": form, **list_demo_people()}
        return self.show(context)


def list_words_of_programme(*, viewer: Any) -> dict[str, str]:
    """Return what the forms' choices, which come from the API, are called; {} in English."""
    if get_language() == settings.LANGUAGE_CODE:
        return {}
    words = {option.name for option in list_options(viewer=viewer)}
    for action in list_actions():
        words |= {action.category, action.description}
    return {text: translate_programme_text(text) for text in words}


def list_filters(person: Any) -> dict[str, Any]:
    """Return what each event that a person may hear of is called, by its name."""
    hears_staff = person.is_staff and person.has_perm(STAFF_ROOM_PERMISSION)
    return {
        name: label
        for name, (label, _sentence, _icon) in EVENTS.items()
        if hears_staff or name not in STAFF_EVENTS
    }
