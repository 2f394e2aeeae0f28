"""Members bring members: codes, referrals and what both sides earn by them."""

from django.apps import AppConfig


class ReferralsConfig(AppConfig):
    """The referral programme's app."""

    name = "referrals"
    verbose_name = "Referrals"
