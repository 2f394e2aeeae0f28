"""The page a newcomer sees first."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from loyalty_site.demo.people import PASSWORD, PEOPLE

from .base import SitePage


class HomePage(SitePage):
    """Says what this is and where everything stands. Who is signed in goes to the dashboard."""

    template_name = "home.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Welcome a stranger."""
        if request.user.is_authenticated:
            return redirect("site:dashboard")
        return self.show(list_demo_people())


def list_demo_people() -> dict[str, Any]:
    """Return the accounts that are public: those of the demo."""
    if settings.LOYALTY_MODE != "demo":
        return {}
    people = [(person.email, _(person.what)) for person in PEOPLE]
    return {"demo_people": people, "demo_password": PASSWORD}
