"""Members bring members: codes, referrals and what both sides earn by them."""

from django.apps import AppConfig


class ReferralsConfig(AppConfig):
    """The referral programme's app."""

    name = "referrals"
    verbose_name = "Referrals"

    def ready(self) -> None:
        """Add the referrals' part to the audit."""
        from points.services.audit import register_passes  # noqa: PLC0415 -- app ready

        from .services import AUDIT_PASSES  # noqa: PLC0415 -- app ready

        register_passes(*AUDIT_PASSES)
