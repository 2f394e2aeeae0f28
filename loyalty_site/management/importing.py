"""What the commands that import a file have in common."""

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, ClassVar, TextIO, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress

from loyalty_site.imports import ImportProgress, UnreadableFile, open_file

Importer = Callable[..., Generator[ImportProgress]]


class ImportCommand(BaseCommand):
    """Imports a file with a progress bar and lists the bad lines at the end.

    Subclasses name what the lines are (`noun`, plural) and the function that imports them.
    """

    noun: ClassVar[str]
    importer: ClassVar[Importer]

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument("file", type=Path, help="the CSV file, in UTF-8; .gz is unpacked")
        parser.add_argument(
            "--dry-run", action="store_true", help="check the file and change nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, and fail when lines were left out."""
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
        run = type(self).importer
        with Progress(console=console) as bar:
            task = bar.add_task(self.noun.capitalize(), total=count_lines(path) - 1)
            for totals in run(path, now=timezone.now(), dry_run=dry_run):
                bar.update(task, completed=totals.lines)
        return totals

    def report(self, totals: ImportProgress, *, dry_run: bool) -> None:
        """Print what became of the lines."""
        for fault in totals.faults:
            self.stderr.write(f"  {fault}")
        if dry_run:
            self.stdout.write(
                f"{totals.imported:,} of {totals.lines:,} {self.noun} can be imported."
            )
            return
        self.stdout.write(
            f"{totals.imported:,} {self.noun} imported for {totals.points:,} points, "
            f"{totals.already_there:,} were there already."
        )


def count_lines(path: Path) -> int:
    """Return how many lines a file has. Raises UnreadableFile."""
    try:
        with open_file(path) as file:
            return sum(1 for _ in file)
    except (OSError, EOFError) as error:
        raise UnreadableFile(f"{path} cannot be read: {error}") from None
