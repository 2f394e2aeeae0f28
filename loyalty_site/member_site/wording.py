"""Words that many pages share."""

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import ngettext


def format_points(points: int) -> str:
    """Return `1 point` or `1,250 points` in the reader's language."""
    return ngettext("%(shown)s point", "%(shown)s points", points) % {"shown": intcomma(points)}
