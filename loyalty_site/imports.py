"""Bringing history in from files: each line is one event, checked, recorded and counted by itself.

Importing is repeatable: a line's own id is its activity's `event_id`, so a line that is there
already changes nothing, and an import that was stopped is resumed by starting it again.
"""

import csv
import gzip
import re
import sqlite3
import zlib
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from itertools import islice
from pathlib import Path
from typing import IO, Protocol
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from loyalty_site.accounts.models import PUBLIC_ID_LENGTH_MAX, PUBLIC_ID_PATTERN
from loyalty_site.accounts.services import ensure_members
from points.enums import ActivityStatus
from points.services.activities import ActivityReport, record_activities
from rewards.enums import IMPORTED_EVENT_PREFIX, PURCHASE_ID_LENGTH_MAX
from rewards.models import PURCHASE_ID_PATTERN
from rewards.services.purchases import describe_purchase, find_registered

PURCHASE_COLUMNS = ("purchase_id", "customer", "date", "items", "usd")
ACTIVITY_COLUMNS = ("event_id", "member", "occurred_at", "location_id", "event_type")
LINES_PER_BATCH = 1_000

PURCHASE_ID = re.compile(PURCHASE_ID_PATTERN)
CUSTOMER = re.compile(PUBLIC_ID_PATTERN)
ITEMS = re.compile(r"[1-9][0-9]{0,5}")
EVENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
LABEL = re.compile(r"[^\x00-\x1f\x7f]{0,100}")
USD = re.compile(r"[0-9]{1,8}(\.[0-9]{1,2})?")


class UnreadableFile(Exception):
    """The file as a whole cannot be imported; the message says why."""


class BadLine(ValueError):
    """One line cannot be imported; the message says why."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with a line; `number` counts from 1, which is the header."""

    number: int
    message: str

    def __str__(self) -> str:
        return f"line {self.number}: {self.message}"


@dataclass
class ImportProgress:
    """What has become of the lines so far; `points` is what the new ones posted."""

    lines: int = 0
    points: int = 0
    statuses: Counter[ActivityStatus] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)

    @property
    def imported(self) -> int:
        """How many lines entered the log."""
        return self.lines - self.already_there - len(self.faults)

    @property
    def already_there(self) -> int:
        """How many lines had been imported before."""
        return self.statuses[ActivityStatus.DUPLICATE]


# A line's number and its cells, and the report it stands for.
Line = tuple[int, list[str]]
NumberedReport = tuple[int, ActivityReport]


class ReadLine(Protocol):
    """Makes a report of a line's cells. Raises BadLine."""

    def __call__(self, cells: list[str], *, now: datetime) -> ActivityReport:
        """Read one line."""


LeaveOut = Callable[[Iterable[NumberedReport], ImportProgress], Iterator[NumberedReport]]


class SeenIds:
    """The ids of a file and their lines, on disk, so that a long file takes no more memory."""

    def __init__(self) -> None:
        # Without a name it is a temporary file, which SQLite deletes when it is closed.
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute(
            "CREATE TABLE seen (id TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID"
        )
        self._database.execute("BEGIN")

    def add(self, event_id: str, number: int) -> None:
        """Remember an id's line. Raises BadLine when an earlier line has it."""
        sql = "INSERT INTO seen VALUES (?, ?) ON CONFLICT DO NOTHING"
        if self._database.execute(sql, [event_id, number]).rowcount == 0:
            sql = "SELECT line FROM seen WHERE id = ?"
            [earlier] = self._database.execute(sql, [event_id]).fetchone()
            raise BadLine(f"this id stands on line {earlier} already")

    def close(self) -> None:
        """Forget them."""
        self._database.close()


def import_purchases(
    path: Path, *, now: datetime, dry_run: bool = False
) -> Generator[ImportProgress]:
    """Import a file of purchases and yield the running totals after every batch.

    Customers become members under their own id; each purchase is a PURCHASE activity of its day. A
    purchase that the host registered earns when it completes, so its line is a fault.
    A batch is one transaction; a bad line is a fault and leaves nothing behind.
    With `dry_run` the lines are only checked. Raises UnreadableFile.
    """
    lines = read_lines(path, PURCHASE_COLUMNS)
    return import_lines(lines, read_purchase, leave_out_registered, now=now, dry_run=dry_run)


def import_activities(
    path: Path, *, now: datetime, dry_run: bool = False
) -> Generator[ImportProgress]:
    """Import a file of attended events and yield the running totals after every batch.

    Each line is an ATTEND_EVENT activity; its instant's own offset tells the local day. Otherwise
    as `import_purchases`.
    """
    lines = read_lines(path, ACTIVITY_COLUMNS)
    return import_lines(lines, read_activity, keep_all, now=now, dry_run=dry_run)


def import_lines(
    lines: Iterator[Line], read_line: ReadLine, leave_out: LeaveOut, *, now: datetime, dry_run: bool
) -> Generator[ImportProgress]:
    """Import lines, a batch at a time, as what `read_line` makes of them."""
    progress = ImportProgress()
    with closing(SeenIds()) as seen:
        while batch := list(islice(lines, LINES_PER_BATCH)):
            reports = []
            for number, cells in batch:
                try:
                    report = read_line(cells, now=now)
                    seen.add(report.event_id, number)
                    reports.append((number, report))
                except BadLine as fault:
                    progress.faults.append(Fault(number, str(fault)))
            progress.lines += len(batch)
            with transaction.atomic():
                numbered = list(leave_out(reports, progress))
                if not dry_run:
                    record_batch(numbered, progress, now=now)
            yield progress


def record_batch(
    numbered: list[NumberedReport], progress: ImportProgress, *, now: datetime
) -> None:
    """Record the reports of (line number, report) and add what became of them to `progress`."""
    ensure_members(public_ids=[report.user_id for _, report in numbered], now=now)
    outcomes = record_activities(reports=[report for _, report in numbered], now=now)
    for (number, _), outcome in zip(numbered, outcomes, strict=True):
        if outcome.status in (ActivityStatus.POSTED, ActivityStatus.DUPLICATE):
            progress.statuses[outcome.status] += 1
            progress.points += outcome.points
        elif outcome.status in (ActivityStatus.CAPPED, ActivityStatus.COOLDOWN):
            progress.statuses[outcome.status] += 1
        else:
            progress.faults.append(Fault(number, outcome.reason))


def keep_all(
    reports: Iterable[NumberedReport], progress: ImportProgress
) -> Iterator[NumberedReport]:
    """Yield all reports."""
    yield from reports


def leave_out_registered(
    reports: Iterable[NumberedReport], progress: ImportProgress
) -> Iterator[NumberedReport]:
    """Yield the reports of purchases that the host has not registered; the others are faults."""
    numbered = list(reports)
    registered = find_registered([report.subject_id for _, report in numbered])
    for number, report in numbered:
        if report.subject_id in registered:
            message = "the host registered this purchase, which earns when it is completed"
            progress.faults.append(Fault(number, message))
        else:
            yield number, report


def open_file(path: Path) -> IO[bytes]:
    """Open a file for reading; one whose name ends with .gz is unpacked on the way."""
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]


def read_lines(path: Path, columns: tuple[str, ...]) -> Iterator[Line]:
    """Yield each line's number and cells, in the order of `columns`; blank lines are passed over.

    Every line is read by itself, so a stray quotation mark spoils its own line only; a line with
    the wrong number of cells comes as it is. Raises UnreadableFile.
    """
    try:
        with open_file(path) as file:
            header = split_cells(file.readline().decode("utf-8-sig"))
            if sorted(header) != sorted(columns):
                raise UnreadableFile(
                    f"The first line must name the columns {','.join(columns)}; "
                    f"it reads {','.join(header)!r}."
                )
            order = [header.index(column) for column in columns]
            for number, line in enumerate(file, start=2):
                text = line.decode("utf-8", errors="replace")
                if not text.strip():
                    continue
                cells = split_cells(text)
                yield number, [cells[i] for i in order] if len(cells) == len(order) else cells
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise UnreadableFile(f"{path} cannot be read: {error}") from None


def split_cells(line: str) -> list[str]:
    """Return the cells of one CSV line, stripped; an unreadable line is one cell."""
    try:
        return [cell.strip() for cell in next(csv.reader([line], strict=True), [])]
    except csv.Error:
        return [line.strip()]


def read_purchase(cells: list[str], *, now: datetime) -> ActivityReport:
    """Return the activity a line of PURCHASE_COLUMNS stands for. Raises BadLine."""
    if len(cells) != len(PURCHASE_COLUMNS):
        raise BadLine(f"expected {len(PURCHASE_COLUMNS)} cells, found {len(cells)}")
    purchase_id, customer, day, items, usd = cells
    check(
        PURCHASE_ID,
        "purchase_id",
        purchase_id,
        f"letters, digits and . _ -, at most {PURCHASE_ID_LENGTH_MAX}",
    )
    if len(customer) > PUBLIC_ID_LENGTH_MAX:
        raise BadLine(f"customer: at most {PUBLIC_ID_LENGTH_MAX} characters")
    check(CUSTOMER, "customer", customer, "letters, digits and . _ : @ -")
    check(ITEMS, "items", items, "a whole number from 1 to 999999")
    check(USD, "usd", usd, "an amount like 29.33, not negative")
    return ActivityReport(
        event_id=f"{IMPORTED_EVENT_PREFIX}{purchase_id}",
        user_id=customer,
        action="PURCHASE",
        occurred_at=read_day(day, now=now),
        subject_id=purchase_id,
        metadata={
            "amount": float(usd),
            "currency": "USD",
            "items": int(items),
            "description": describe_purchase(purchase_id),
        },
    )


def read_activity(cells: list[str], *, now: datetime) -> ActivityReport:
    """Return the activity a line of ACTIVITY_COLUMNS stands for. Raises BadLine."""
    if len(cells) != len(ACTIVITY_COLUMNS):
        raise BadLine(f"expected {len(ACTIVITY_COLUMNS)} cells, found {len(cells)}")
    event_id, member, occurred_at, location_id, event_type = cells
    check(EVENT_ID, "event_id", event_id, "letters, digits and . _ -, at most 128")
    if len(member) > PUBLIC_ID_LENGTH_MAX:
        raise BadLine(f"member: at most {PUBLIC_ID_LENGTH_MAX} characters")
    check(CUSTOMER, "member", member, "letters, digits and . _ : @ -")
    check(LABEL, "location_id", location_id, "at most 100 characters")
    check(LABEL, "event_type", event_type, "at most 100 characters")
    metadata = {"locationId": location_id, "eventType": event_type}
    return ActivityReport(
        event_id=event_id,
        user_id=member,
        action="ATTEND_EVENT",
        occurred_at=read_instant(occurred_at, now=now),
        subject_id=location_id,
        metadata={key: text for key, text in metadata.items() if text},
        # An offset of +00:00 was written down, too: it is where the member was.
        time_zone="UTC",
    )


def read_instant(text: str, *, now: datetime) -> datetime:
    """Return an ISO instant with the offset it was written with. Raises BadLine."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise BadLine(
            f"occurred_at: {text[:40]!r} is not an instant like 2019-05-17T14:30:00+02:00"
        ) from None
    if instant.utcoffset() is None:
        raise BadLine(f"occurred_at: {text} needs an offset from UTC, for example Z or +02:00")
    if not datetime(1970, 1, 1, tzinfo=UTC) <= instant <= now:
        raise BadLine(f"occurred_at: {text} does not lie between 1970 and now")
    return instant


def read_day(text: str, *, now: datetime) -> datetime:
    """Return the beginning of an ISO date in the programme's zone. Raises BadLine."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadLine(f"date: {text!r} is not a date like 1997-01-31") from None
    zone = ZoneInfo(settings.LOYALTY_TIME_ZONE)
    if not date(1970, 1, 1) <= day <= now.astimezone(zone).date():
        raise BadLine(f"date: {text} does not lie between 1970 and today")
    return datetime.combine(day, time.min, tzinfo=zone)


def check(pattern: re.Pattern[str], column: str, text: str, wanted: str) -> None:
    """Raise BadLine unless the whole text matches."""
    if not pattern.fullmatch(text):
        raise BadLine(f"{column}: {text[:40]!r} is not valid; wanted: {wanted}")
