"""Import a file of rewards."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from rewards.serializers.catalogue_file import CatalogueCsv, RewardResource, UnreadableFile


class Command(BaseCommand):
    """Imports the catalogue from a CSV file, whole or not at all."""

    help = (
        "Import rewards from a CSV file as the console exports it. A line with an id changes that "
        "reward, one without adds a new one; a missing column leaves what is, a blank cell clears "
        "it. Bad lines are named by number (the header is line 1), and then nothing is imported "
        "and the command ends with status 1."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument("file", type=Path, help="the CSV file, in UTF-8")
        parser.add_argument(
            "--dry-run", action="store_true", help="check the file and change nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, and fail when a line is bad."""
        path: Path = options["file"]
        try:
            dataset = CatalogueCsv().create_dataset(path.read_bytes())
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}") from None
        except UnreadableFile as error:
            raise CommandError(str(error)) from None
        result = RewardResource().import_data(
            dataset, dry_run=options["dry_run"], rollback_on_validation_errors=True
        )
        if faults := result.list_faults():
            for fault in faults:
                self.stderr.write(f"  {fault}")
            raise CommandError("Nothing was imported.")
        new, changed, same = (result.totals[kind] for kind in ("new", "update", "skip"))
        done = "would be" if options["dry_run"] else "are"
        self.stdout.write(f"{new:,} {done} new, {changed:,} changed, {same:,} as before.")
