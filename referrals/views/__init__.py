"""Codes and referrals over HTTP."""

from .codes import GenerateCodeView, MyPointsView, ReferralLinkView, ShortLinkView
from .referrals import BoardView, ConvertView, ReferralListView, ReferralStatsView

__all__ = [
    "BoardView",
    "ConvertView",
    "GenerateCodeView",
    "MyPointsView",
    "ReferralLinkView",
    "ReferralListView",
    "ReferralStatsView",
    "ShortLinkView",
]
