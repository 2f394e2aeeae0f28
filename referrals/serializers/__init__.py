"""The shapes of codes, referrals and the member's summary."""

from .codes import (
    GenerateCodeSerializer,
    GeneratedCodeSerializer,
    NextLevelSerializer,
    PointsSummarySerializer,
    ReferralLinkSerializer,
)
from .referrals import (
    BoardPlaceSerializer,
    BoardQuerySerializer,
    BoardSerializer,
    ConversionSerializer,
    ConvertedSerializer,
    OwnPlaceSerializer,
    ReferralFiguresSerializer,
    ReferralSerializer,
    shorten_name,
)

__all__ = [
    "BoardPlaceSerializer",
    "BoardQuerySerializer",
    "BoardSerializer",
    "ConversionSerializer",
    "ConvertedSerializer",
    "GenerateCodeSerializer",
    "GeneratedCodeSerializer",
    "NextLevelSerializer",
    "OwnPlaceSerializer",
    "PointsSummarySerializer",
    "ReferralFiguresSerializer",
    "ReferralLinkSerializer",
    "ReferralSerializer",
    "shorten_name",
]
