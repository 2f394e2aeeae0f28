"""The page a newcomer sees first."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

# What bin/run prints as well: the demo's accounts, whose password is public.
DEMO_PASSWORD = "loyalty-demo"  # noqa: S105
DEMO_PEOPLE = (
    ("admin@example.com", "Superuser: everything in the console"),
    ("approver@example.com", "Approver: decides redemptions"),
    ("mia@example.com", "Member with points and a waiting redemption"),
    ("leo@example.com", "Member with a longer history"),
)


def home(request: HttpRequest) -> HttpResponse:
    """Say what this is and where everything stands; accounts only where they are public."""
    scheme = "wss" if request.is_secure() else "ws"
    context: dict[str, Any] = {"socket_address": f"{scheme}://{request.get_host()}/ws/"}
    if settings.LOYALTY_MODE == "demo":
        context |= {"demo_people": DEMO_PEOPLE, "demo_password": DEMO_PASSWORD}
    return render(request, "home.html", context)
