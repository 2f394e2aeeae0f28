"""What the catalogue tells the site above it.

Both are sent inside the transaction that did the work: a receiver that writes commits or vanishes
with it, one that fails undoes it. The member's account is locked, except when staff approve.
"""

from django.dispatch import Signal

reward_redeemed = Signal()
"""A member redeemed a reward and waits. Carries `redemption`, with `member` and `reward` loaded."""

redemption_decided = Signal()
"""A redemption left its status: approved, completed, rejected or cancelled. Carries `redemption`,
with `member` and `reward` loaded, and `actor`: the staff user, or the member who cancelled."""
