"""The badges a member holds, and how far the others are."""

from django.http import HttpRequest, HttpResponse

from gamification.selectors.awards import get_badge_standing

from .base import MemberPage

# The badges `templates/static/site/badges.svg` has a picture of; others show a medal.
SYMBOLS = frozenset(
    (
        "FIRST_FACE",
        "CAFE_FRIEND",
        "SUKAN_SQUAD_MVP",
        "SOUL_NOURISHER",
        "HELPERS_HAND",
        "CONNECTOR",
        "TOP_FRIEND",
        "ICEBREAKER",
        "CERTIFIED_HOST",
        "STREAK_CHAMP",
        "LOCAL_GUIDE",
        "KIND_SOUL",
        "KNOWLEDGE_SHARER",
        "ALL_ROUNDER",
    )
)


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
            "symbols": SYMBOLS,
        }
        return self.show(context)
