"""What measuring tells the rest of its app and the site."""

from django.dispatch import Signal

scores_changed = Signal()
"""Scores were written. Sent inside the transaction that wrote them, so what a receiver writes
commits or vanishes with them. Carries `metric_ids` and `member_ids`: two lists of primary keys of
the same length, one pair for each metric and member whose scores may have changed; no pair comes
twice, and the members' scores are locked until the commit."""

stats_reported = Signal()
"""A gauge was reported to have changed, and that may not be committed yet. Carries nothing and is
only a hint, like `points.signals.ledger_changed`."""
