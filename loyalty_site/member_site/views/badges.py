"""The badges a member holds, and how far the others are."""

import re
from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from gamification.selectors.awards import get_badge_standing

from .base import MemberPage

SPRITE = settings.BASE_DIR / "templates/static/site/badges.svg"


class BadgesPage(MemberPage):
    """The badges held, the latest first, and those on the way, the nearest first."""

    template_name = "site/badges.html"
    part_template_name = "site/parts/badges.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show them."""
        standing = get_badge_standing(member=self.member, now=self.now)
        on_the_way = [progress for progress in standing.progress if not progress.is_earned]
        on_the_way.sort(key=lambda progress: -progress.percentage)
        context = {
            "held": standing.held,
            "on_the_way": on_the_way,
            "total": len(standing.held) + len(on_the_way),
            "symbols": list_symbols(),
        }
        return self.show(context)


@cache
def list_symbols() -> frozenset[str]:
    """Return the badges that have a picture of their own; others show a medal."""
    return frozenset(re.findall(r'<symbol id="(\w+)"', SPRITE.read_text()))
