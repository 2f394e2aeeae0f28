"""What referrals refuse."""

from points.errors import Conflict, Invalid


class UnknownReferralCode(Invalid):
    """No member has this code now: it never existed or has been replaced."""

    code = "referral_code_unknown"
    message = "This referral code is not valid."


class SelfReferral(Invalid):
    """The code belongs to the person who wants to use it."""

    code = "referral_of_oneself"
    message = "You cannot use your own referral code."


class AlreadyReferred(Conflict):
    """Somebody has been credited with this member; that happens once for ever."""

    code = "already_referred"
    message = "This member was already referred."
