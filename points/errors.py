"""Every refusal of the platform is one of these classes; they know nothing of HTTP.

The site maps the four kinds to 400, 403, 404 and 409. `code` is the stable word clients test
for, the message is the sentence people read, `details` says what a front end needs to explain it.
"""

from typing import Any


class LoyaltyError(Exception):
    """Base of all refusals. Subclasses set `code` and a default `message`."""

    code = "error"
    message = "The request was refused."

    def __init__(self, message: str | None = None, *, details: Any = None) -> None:
        self.message = message or self.message
        self.details = details
        super().__init__(self.message)


class Invalid(LoyaltyError):
    """The request makes no sense as it stands."""

    code = "validation_failed"
    message = "Validation failed"


class Forbidden(LoyaltyError):
    """The caller may not do this."""

    code = "forbidden"
    message = "Insufficient permissions"


class NotFound(LoyaltyError):
    """There is no such thing, or it is not the caller's to see."""

    code = "not_found"
    message = "Not found"


class Conflict(LoyaltyError):
    """The request is fine, the state of things forbids it."""

    code = "conflict"
    message = "The current state does not allow this."


class InsufficientPoints(Conflict):
    """A spend or a staff deduction is larger than the spendable balance."""

    code = "insufficient_points"
    message = "Insufficient points balance"

    def __init__(self, *, required: int, available: int) -> None:
        super().__init__(
            details={"required": required, "available": available, "current": available}
        )


class SourceConflict(Conflict):
    """What caused a posting caused another one before: other points, or another member's."""

    code = "source_conflict"
    message = "This was posted before, for another member or with other points."


class AccountClosed(Conflict):
    """The member's account takes no more postings."""

    code = "account_closed"
    message = "This member's account is closed."


class MemberNotFound(NotFound):
    """No member has this public id."""

    code = "member_not_found"
    message = "Member not found"


class OwnPoints(Forbidden):
    """Nobody moves their own points by hand."""

    code = "own_points"
    message = "Nobody gives or takes their own points."


class GrantLimitReached(Conflict):
    """A grant would take what this person gave today over the limit."""

    code = "grant_limit_reached"
    message = "This is more than one person may grant in a day."

    def __init__(self, *, limit: int, granted: int, requested: int) -> None:
        super().__init__(details={"limit": limit, "granted": granted, "requested": requested})


class NotReversible(Conflict):
    """Only a transaction that took points out can be reversed."""

    code = "not_reversible"
    message = "This transaction cannot be reversed."
