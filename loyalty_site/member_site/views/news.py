"""The words of live events, for pages that are not in English."""

import json
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from ..news import translate_events
from .base import MemberPage

EVENTS_MAX = 100


class NewsWords(MemberPage):
    """What a page's script asks for before it shows events."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Take `{"events": [{"event": …, "data": {…}}]}`; return the data with its words told."""
        try:
            events = read_events(json.loads(request.body))
        except ValueError:
            return JsonResponse({}, status=HTTPStatus.BAD_REQUEST)
        return JsonResponse({"data": translate_events(events, member=self.member)})


def read_events(body: Any) -> list[dict[str, Any]]:
    """Return the events of a request. Raises ValueError."""
    events: Any = body.get("events") if isinstance(body, dict) else None
    is_list = isinstance(events, list) and len(events) <= EVENTS_MAX
    if not is_list or not all(map(is_event, events)):
        raise ValueError("no list of events, or too long a one")
    return list(events)


def is_event(found: Any) -> bool:
    """Answer whether something looks like an event: a name, and data."""
    return (
        isinstance(found, dict)
        and isinstance(found.get("event"), str)
        and isinstance(found.get("data"), dict)
    )
