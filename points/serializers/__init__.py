"""The building blocks of every request and response, and the ledger's own shapes."""

from .activities import ActivityOutcomeSerializer, ActivityReportSerializer
from .balances import (
    EXPIRY_DAYS_MAX,
    BalanceQuerySerializer,
    BalanceSerializer,
    ExpiringSerializer,
    ExpiryQuerySerializer,
    ExpirySerializer,
    StatementQuerySerializer,
    StatementSerializer,
    TotalsSerializer,
)
from .fields import (
    AwareDateTimeField,
    DayOrInstantField,
    ListedChoiceField,
    MetadataField,
    MonthField,
    PointsField,
    StrictBooleanField,
    StrictCharField,
    StrictIntegerField,
    StrictSerializer,
)
from .programme import ActionListSerializer, ActionSerializer, LevelListSerializer, LevelSerializer
from .transactions import TransactionFilterSerializer, TransactionSerializer

__all__ = [
    "EXPIRY_DAYS_MAX",
    "ActionListSerializer",
    "ActionSerializer",
    "ActivityOutcomeSerializer",
    "ActivityReportSerializer",
    "AwareDateTimeField",
    "BalanceQuerySerializer",
    "BalanceSerializer",
    "DayOrInstantField",
    "ExpiringSerializer",
    "ExpiryQuerySerializer",
    "ExpirySerializer",
    "LevelListSerializer",
    "LevelSerializer",
    "ListedChoiceField",
    "MetadataField",
    "MonthField",
    "PointsField",
    "StatementQuerySerializer",
    "StatementSerializer",
    "StrictBooleanField",
    "StrictCharField",
    "StrictIntegerField",
    "StrictSerializer",
    "TotalsSerializer",
    "TransactionFilterSerializer",
    "TransactionSerializer",
]
