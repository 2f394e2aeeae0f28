"""Codes, referrals and the queue of those in review, on the console."""

from .codes import ReferralCodeAdmin
from .referrals import ReferralAdmin

__all__ = ["ReferralAdmin", "ReferralCodeAdmin"]
