"""Referrals as the member who made them reads them."""

from io import BytesIO
from typing import Any
from urllib.parse import quote, urlencode

import segno
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from referrals.enums import ReferralStatus
from referrals.serializers import shorten_name

LETTERS_SHOWN = 2
# Of a QR code: pixels per module, and modules of white around it that cameras need.
SCALE, QUIET_ZONE = 8, 4
STAGES: dict[str, Promise] = {
    ReferralStatus.PENDING: _("Invited"),
    ReferralStatus.IN_REVIEW: _("Being looked at"),
    ReferralStatus.CONVERTED: _("Signed up"),
    ReferralStatus.ACTIVATED: _("Active"),
    ReferralStatus.REFUSED: _("Does not count"),
}
# How each is coloured: a class of site.css.
PILLS: dict[str, str] = {
    ReferralStatus.PENDING: "wait",
    ReferralStatus.IN_REVIEW: "wait",
    ReferralStatus.CONVERTED: "info",
    ReferralStatus.ACTIVATED: "good",
    ReferralStatus.REFUSED: "bad",
}


def describe_referral(referral: Any) -> dict[str, Any]:
    """Return a row of the list; the name is a first name and an initial."""
    return {
        "name": shorten_name(referral.referred.display_name),
        "pill": PILLS[referral.status],
        "stage": STAGES[referral.status],
        "joined_at": referral.referred.joined_at,
        "points": referral.points_earned,
    }


def mask_email(email: str) -> str:
    """Return enough of an address to know it again: `be…@example.com`.

    A code's owner is not told addresses that others gave with it.
    """
    name, _at, domain = email.rpartition("@")
    return f"{name[:LETTERS_SHOWN]}…@{domain}"


def make_mail_link(link: str, *, to: str = "") -> str:
    """Return what opens the member's own mail program, with the words written already."""
    words = {
        "subject": gettext("Come and join me"),
        "body": gettext("Join with my link and we both earn points: %(link)s") % {"link": link},
    }
    return f"mailto:{quote(to)}?{urlencode(words, quote_via=quote)}"


def draw_qr_code(link: str) -> bytes:
    """Return a QR code as an SVG: black on white, as cameras need it, whatever the page's colours.

    It stays readable with a seventh of it worn off.
    """
    picture = BytesIO()
    segno.make_qr(link, error="m").save(
        picture,
        kind="svg",
        scale=SCALE,
        border=QUIET_ZONE,
        light="#fff",
        dark="#000",
        xmldecl=False,
    )
    return picture.getvalue()
