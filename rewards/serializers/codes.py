"""How a voucher code is shown, and to whom."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


@extend_schema_field({"type": "string", "nullable": True, "example": "SPRING-7F3K"})
class CodeField(serializers.Field):
    """The code of a redemption: whole to its member, masked to staff who may view codes.

    Null when there is none, or none for these eyes.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(source="*", read_only=True, **kwargs)

    def to_representation(self, value: Any) -> str | None:
        """Return the code as the caller may see it."""
        code = getattr(value, "voucher_code", None)
        if code is None:
            return None
        viewer = self.context["request"].user
        if viewer.pk == value.member_id:
            return str(code.code)
        return str(code.masked) if viewer.has_perm("rewards.view_vouchercode") else None
