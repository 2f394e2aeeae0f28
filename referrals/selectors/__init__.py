"""Reading codes and referrals. Each query starts from whose eyes look."""

from .boards import Board, BoardPlace, find_board
from .codes import PointsSummary, find_code_in_use, find_current_code, find_points_summary
from .invitations import (
    count_invited,
    find_invitation_for,
    find_invitation_of,
    list_invitations_of,
    list_invited_newcomers,
)
from .referrals import (
    ReferralFigures,
    count_converted,
    find_referral_to,
    get_figures,
    list_referrals_of,
)

__all__ = [
    "Board",
    "BoardPlace",
    "PointsSummary",
    "ReferralFigures",
    "count_converted",
    "count_invited",
    "find_board",
    "find_code_in_use",
    "find_current_code",
    "find_invitation_for",
    "find_invitation_of",
    "find_points_summary",
    "find_referral_to",
    "get_figures",
    "list_invitations_of",
    "list_invited_newcomers",
    "list_referrals_of",
]
