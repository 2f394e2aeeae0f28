"""Import a file of purchases."""

from pathlib import Path
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress

from loyalty_site.imports import PURCHASE_COLUMNS, ImportProgress, UnreadableFile, import_purchases


class Command(BaseCommand):
    """Import purchases: members appear, points post, levels rise."""

    help = (
        f"Import purchases from a CSV file with the columns {','.join(PURCHASE_COLUMNS)}. "
        "Each customer becomes a member, each purchase earns by the PURCHASE action. Stop it and "
        "start it again as you like: a purchase counts once. A bad line is named by its number "
        "(the header is line 1), is left out, and makes the command end with status 1."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument("file", type=Path, help="the CSV file, in UTF-8")
        parser.add_argument(
            "--dry-run", action="store_true", help="check the file and change nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Import with a progress bar; list the bad lines at the end."""
        path: Path = options["file"]
        try:
            totals = self.import_file(
                path, dry_run=options["dry_run"], verbosity=options["verbosity"]
            )
        except UnreadableFile as error:
            raise CommandError(str(error)) from None
        if options["verbosity"] or totals.faults:
            self.report(totals, dry_run=options["dry_run"])
        if totals.faults:
            raise CommandError(f"{len(totals.faults):,} lines were left out.")

    def import_file(self, path: Path, *, dry_run: bool, verbosity: int) -> ImportProgress:
        """Run the import and move the bar with the lines."""
        totals = ImportProgress()
        console = Console(file=cast("TextIO", self.stderr), quiet=not verbosity)
        with Progress(console=console) as bar:
            task = bar.add_task("Purchases", total=count_lines(path) - 1)
            for totals in import_purchases(path, now=timezone.now(), dry_run=dry_run):
                bar.update(task, completed=totals.lines)
        return totals

    def report(self, totals: ImportProgress, *, dry_run: bool) -> None:
        """Print what became of the lines."""
        for fault in totals.faults:
            self.stderr.write(f"  {fault}")
        if dry_run:
            self.stdout.write(f"{totals.imported:,} of {totals.lines:,} purchases can be imported.")
            return
        self.stdout.write(
            f"{totals.imported:,} purchases imported for {totals.points:,} points, "
            f"{totals.already_there:,} were there already."
        )


def count_lines(path: Path) -> int:
    """Return how many lines a file has. Raises UnreadableFile."""
    try:
        with path.open("rb") as file:
            return sum(1 for _ in file)
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read: {error}") from None
