"""What referrals tell the apps above.

Both are sent inside the transaction that did the work and after the points were posted, so a
receiver that fails undoes everything, and one that writes commits or vanishes with it.
"""

from django.dispatch import Signal

referral_converted = Signal()
"""A member registered with somebody's code. Carries `referral`: the `referrals.models.Referral`,
its `referrer`, `referred` and `code` at hand. Sent once per referred member."""

referral_activated = Signal()
"""A referred member completed a first purchase. Carries `referral`, as above. Sent once per
referred member."""
