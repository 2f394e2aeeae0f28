"""A calendar month of a member's ledger."""

from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings

from ..selectors import Statement, find_account_id, get_statement
from .calendar import get_month_stretch


@dataclass(frozen=True, kw_only=True)
class MonthStatement:
    """A member's statement of a month of the programme; `ends_at` is the first instant after it."""

    user_id: str
    month: date
    time_zone: str
    starts_at: datetime
    ends_at: datetime
    statement: Statement


def get_month_statement(*, member_id: int, user_id: str, month: date) -> MonthStatement:
    """Return a member's (primary and public key) month, given by its first day: four queries."""
    starts_at, ends_at = get_month_stretch(month)
    return MonthStatement(
        user_id=user_id,
        month=month,
        time_zone=settings.LOYALTY_TIME_ZONE,
        starts_at=starts_at,
        ends_at=ends_at,
        statement=get_statement(
            account_id=find_account_id(member_id), starts_at=starts_at, ends_at=ends_at
        ),
    )
