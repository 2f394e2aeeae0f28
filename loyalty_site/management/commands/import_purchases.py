"""Import a file of purchases."""

from loyalty_site.imports import PURCHASE_COLUMNS, import_purchases
from loyalty_site.management.importing import ImportCommand


class Command(ImportCommand):
    """Import purchases: members appear, points post, levels rise."""

    help = (
        f"Import purchases from a CSV file with the columns {','.join(PURCHASE_COLUMNS)}. "
        "Each customer becomes a member, each purchase earns by the PURCHASE action. Stop it and "
        "start it again as you like: a purchase counts once. A bad line is named by its number "
        "(the header is line 1), is left out, and makes the command end with status 1."
    )
    noun = "purchases"
    importer = import_purchases
