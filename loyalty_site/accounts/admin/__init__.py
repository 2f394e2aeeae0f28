"""People and API keys on the console."""

from .api_keys import ApiKeyAdmin
from .people import PersonAdmin

__all__ = ["ApiKeyAdmin", "PersonAdmin"]
