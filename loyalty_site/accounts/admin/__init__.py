"""People and API keys on the console."""

from .api_keys import ApiKeyAdmin
from .changes import StaffChangeAdmin
from .people import PersonAdmin

__all__ = ["ApiKeyAdmin", "PersonAdmin", "StaffChangeAdmin"]
