"""What the catalogue tells the site above it.

All are sent inside the transaction that did the work: a receiver that writes commits or vanishes
with it, one that fails undoes it. The member's account is locked, except when staff approve and
when a purchase completes.
"""

from django.dispatch import Signal

reward_redeemed = Signal()
"""A member redeemed a reward and waits. Carries `redemption`, with `member` and `reward` loaded."""

redemption_decided = Signal()
"""A redemption left its status: approved, completed, rejected or cancelled. Carries `redemption`,
with `member` and `reward` loaded, and `actor`: the staff user, or the member who cancelled."""

discount_claimed = Signal()
"""A member redeemed points against a purchase in progress. Carries `purchase`, with `member`
loaded and the claim on it."""

purchase_completed = Signal()
"""A purchase is completed; sent once for each. Carries `purchase`, with `member` loaded, and `now`.
Sent under the lock of the purchase and before its own points post, so that a receiver which posts
to other members as well can lock all their accounts in order."""

option_redeemed = Signal()
"""A member redeemed points by type. Carries `redemption`, an OptionRedemption with `member` and
`option` loaded; its code, when it has one, is handed out after this."""

reward_available = Signal()
"""There is one again of a reward that was sold out. Carries `reward`, `watches`: those who are told
now, each with `member` loaded and once for ever, and `turn_ends_at`: when the next in line are told
if these have not redeemed it. No account is locked."""

stock_returned = Signal()
"""Staff changed a reward, or one came back to its shelf, and may not be committed yet. Carries
nothing and is only a hint: a receiver hands it to `on_commit`, and what it wakes also looks by
itself from time to time."""
