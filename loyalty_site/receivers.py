"""What one app's doings mean to another that it does not know.

Each runs inside the transaction that did the work, so both happen or neither does.
"""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from referrals.services import activate_referral
from rewards.models import Purchase
from rewards.signals import purchase_completed


@receiver(purchase_completed, dispatch_uid="site.activate_referral")
def on_purchase_completed(purchase: Purchase, now: datetime, **_: Any) -> None:
    """Reward whoever brought the member: with the first completed purchase, once."""
    activate_referral(referred=purchase.member, now=now)
