"""The page a newcomer sees first."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from .base import SitePage

# What bin/run prints as well: the demo's accounts, whose password is public.
DEMO_PASSWORD = "loyalty-demo"  # noqa: S105
DEMO_PEOPLE = (
    ("admin@example.com", _("Superuser: everything in the console")),
    ("approver@example.com", _("Approver: decides redemptions")),
    ("mia@example.com", _("Member with points and a waiting redemption")),
    ("leo@example.com", _("Member with a longer history")),
)


class HomePage(SitePage):
    """Says what this is and where everything stands. Who is signed in goes to the dashboard."""

    template_name = "home.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Welcome a stranger."""
        if request.user.is_authenticated:
            return redirect("site:dashboard")
        scheme = "wss" if request.is_secure() else "ws"
        return self.show(
            {"socket_address": f"{scheme}://{request.get_host()}/ws/", **list_demo_people()}
        )


def list_demo_people() -> dict[str, Any]:
    """Return the accounts that are public: those of the demo."""
    if settings.LOYALTY_MODE != "demo":
        return {}
    return {"demo_people": DEMO_PEOPLE, "demo_password": DEMO_PASSWORD}
