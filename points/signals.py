"""What the ledger tells the apps above it.

All but the last are sent inside the transaction that did the work, so a receiver that fails undoes
it, and one that writes commits or vanishes with it. Those of postings cost: while nobody listens, a
posting is one statement that commits by itself. What can be said by a trigger on the ledger's
tables is said there, and `ledger_changed` is for those who only want to know that there is news.
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

points_expiring = Signal()
"""Members' points will lapse soon. Carries `reminders`: a list of
`points.services.reminders.Reminder`, one per member and lapse date, each sent once for ever."""

ledger_changed = Signal()
"""Something was posted or recorded, and has committed. Carries nothing and is only a hint: what a
receiver wakes also looks by itself now and then, and a receiver that fails is logged."""
