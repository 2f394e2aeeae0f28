"""What referrals refuse."""

from points.errors import Conflict, Forbidden, Invalid, NotFound


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


class ReferralNotFound(NotFound):
    """There is no such referral."""

    code = "referral_not_found"
    message = "Referral not found"


class ReferralNotInReview(Conflict):
    """Only what waits in review is decided, once. `details` is {status}."""

    code = "referral_not_in_review"
    message = "This referral does not wait for a decision."

    def __init__(self, *, status: str) -> None:
        super().__init__(details={"status": status})


class OwnReferral(Forbidden):
    """Nobody decides a referral they made or were brought by."""

    code = "own_referral"
    message = "You cannot decide a referral of your own."


class ReasonMissing(Invalid):
    """A referral is refused for a reason that goes on record."""

    code = "reason_missing"
    message = "Say why the referral is refused."
