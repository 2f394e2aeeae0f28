"""Import a file of attended events."""

from loyalty_site.imports import ACTIVITY_COLUMNS, import_activities
from loyalty_site.management.importing import ImportCommand


class Command(ImportCommand):
    """Import attended events: members appear, points post, scores and streaks follow."""

    help = (
        f"Import attended events from a CSV file with the columns {','.join(ACTIVITY_COLUMNS)}. "
        "Each line becomes an ATTEND_EVENT activity of its member; the instant's own offset from "
        "UTC tells the local day, which is what streaks go by. location_id and event_type may be "
        "blank. Stop it and start it again as you like: an event counts once. A bad line is named "
        "by its number (the header is line 1), is left out, and makes the command end with "
        "status 1."
    )
    noun = "events"
    importer = import_activities
