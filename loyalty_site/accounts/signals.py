"""What people tell the rest of the site."""

from django.dispatch import Signal

sessions_ended = Signal()
"""Tokens that were given out are good no longer. Carries `member_ids`: a list of primary keys. Sent
inside the transaction, and only a hint: who keeps a connection open also looks by itself."""
