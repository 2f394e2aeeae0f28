"""What the ledger tells the apps above it.

All are sent inside the transaction that did the work, so a receiver that fails undoes it, and a
receiver that writes (an event row, a projection's queue) commits or vanishes with it.
"""

from django.dispatch import Signal

points_posted = Signal()
"""Points moved. Carries `postings`: a list of `points.services.postings.Posting`, in the order
of the ledger."""

level_reached = Signal()
"""Members reached levels. Carries `reached`: a list of `points.services.postings.LevelReached`,
one per member and level, each sent once for ever."""

activities_recorded = Signal()
"""Activities entered the log. Carries `outcomes`: a list of
`points.services.activities.ActivityOutcome` with a recorded status, in the order reported."""
