"""What measuring tells the rest of its app and the site."""

from django.dispatch import Signal

scores_changed = Signal()
"""Scores were written. Sent inside the transaction that wrote them, so what a receiver writes
commits or vanishes with them. Carries `metric_ids` and `member_ids`: two lists of primary keys of
the same length, one pair for each metric and member whose scores may have changed; no pair comes
twice, and the members' scores are locked until the commit. `now` is the instant of what they bring
about, None when that is the present."""

stats_reported = Signal()
"""A gauge was reported to have changed, and that may not be committed yet. Carries nothing and is
only a hint: a receiver hands it to `on_commit`."""

badges_awarded = Signal()
"""Members were awarded badges for the first time, and not so long after they had earned them that
nobody wants to hear of it. Sent inside the transaction. Carries `awards`: a list of
`gamification.services.awards.NewAward`, each member and badge once for ever."""

badges_changed = Signal()
"""The badges that somebody holds changed, and that may not be committed yet. Carries nothing and is
only a hint, as the next one is."""

badge_published = Signal()
"""A badge was published, and a backfill waits."""
