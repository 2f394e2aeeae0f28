"""What happens to codes and referrals.

codes        issued, replaced and put into links
invitations  an e-mail is invited, and meets the account made with it
conversions  a new member is credited to a referrer, counts or is held, and completes a purchase
reviews      staff decide what was held
boards       who brought the most
audit        what the referrals' part of the audit looks at
"""

from .audit import AUDIT_PASSES
from .boards import get_board
from .codes import (
    get_or_issue_code,
    get_points_summary,
    make_code,
    make_login_link,
    make_short_link,
    make_sign_up_link,
    rotate_code,
)
from .conversions import activate_referral, attach_referral
from .invitations import keep_invitation, settle_invitation, settle_invitations
from .reviews import DecisionOutcome, decide_referral, decide_referrals

__all__ = [
    "AUDIT_PASSES",
    "DecisionOutcome",
    "activate_referral",
    "attach_referral",
    "decide_referral",
    "decide_referrals",
    "get_board",
    "get_or_issue_code",
    "get_points_summary",
    "keep_invitation",
    "make_code",
    "make_login_link",
    "make_short_link",
    "make_sign_up_link",
    "rotate_code",
    "settle_invitation",
    "settle_invitations",
]
