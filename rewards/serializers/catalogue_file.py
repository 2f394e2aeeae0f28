"""The catalogue as a CSV file: its columns, its lines, and what a line does.

A line with an `id` changes that reward, one without makes a new one. A column that is missing
leaves what is; a blank cell clears, but for `low_stock_at` and `is_active`. `quantity` is what is
left, or, beside `quantity_seen`, a difference to it, so that what members redeemed since the export
is not put back on the shelf.
"""

import csv
import io
from dataclasses import dataclass
from typing import Any, cast

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import connection
from django.utils import timezone
from import_export import fields, resources, results
from import_export.formats.base_formats import CSV
from tablib import Dataset

from points.errors import Invalid, LoyaltyError
from points.models import LevelConfig
from rewards.models import CodePool, Reward
from rewards.selectors import parse_reward_id
from rewards.services.catalogue import create_reward, update_reward

from .catalogue_cells import (
    HttpsCell,
    InstantCell,
    NamedCell,
    TextCell,
    WholeNumberCell,
    YesNoCell,
)

LINES_MAX = 2_000
IMPORT_LOCK = "rewards.import_catalogue"
COLUMNS = (
    "id",
    "title",
    "description",
    "category",
    "points_required",
    "partner",
    "quantity",
    "quantity_seen",
    "low_stock_at",
    "image_url",
    "is_active",
    "valid_from",
    "valid_until",
    "per_member_max",
    "minimum_level",
    "code_pool",
)
# Where the number of a row's line travels; no column of a file may be called so.
LINE = "line number"


class UnreadableFile(Exception):
    """The file is no catalogue at all. Its text says why, with the line where there is one."""


class CatalogueCsv(CSV):
    """CSV in UTF-8 that knows the line each row begins on. The header is line 1."""

    def create_dataset(self, in_stream: Any, **kwargs: Any) -> Dataset:
        """Read a file. Raises UnreadableFile."""
        if in_stream is None:
            raise UnreadableFile("The file is not kept any more. Upload it again.")
        if isinstance(in_stream, bytes):
            try:
                in_stream = in_stream.decode("utf-8-sig")
            except UnicodeDecodeError as error:
                raise UnreadableFile("The file is not in UTF-8.") from error
        reader = csv.reader(io.StringIO(in_stream, newline=""), strict=True)
        try:
            return self._read(reader)
        except csv.Error as error:
            raise UnreadableFile(f"Line {reader.line_num}: {error}.") from error

    def _read(self, reader: Any) -> Dataset:
        header = [name.strip() for name in next(reader, [])]
        _check_header(header)
        dataset = Dataset(headers=[*header, LINE])
        line = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                if len(cells) != len(header):
                    raise UnreadableFile(
                        f"Line {line} has {len(cells)} cells, the header has {len(header)}."
                    )
                dataset.append([*cells, line])
            line = reader.line_num + 1
        if len(dataset) > LINES_MAX:
            raise UnreadableFile(f"The file has more than {LINES_MAX:,} rewards.")
        if not len(dataset):
            raise UnreadableFile("The file holds no reward.")
        return dataset


def _check_header(header: list[str]) -> None:
    if unknown := [name for name in header if name not in COLUMNS]:
        raise UnreadableFile(
            f"Line 1: there is no column “{unknown[0][:40]}”. The columns are {', '.join(COLUMNS)}."
        )
    if doubled := [name for name in header if header.count(name) > 1]:
        raise UnreadableFile(f"Line 1: the column “{doubled[0]}” stands there twice.")
    if not {"id", "title"} & set(header):
        raise UnreadableFile("Line 1: a column id or title is missing.")


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a line does to one column."""

    column: str
    before: str
    after: str


class LinedResult(results.Result):
    """A result that names lines of the file, not rows of the table."""

    def append_invalid_row(self, number: int, row: Any, validation_error: ValidationError) -> None:
        """Note what is wrong with a line."""
        super().append_invalid_row(row[LINE], row, validation_error)

    def list_faults(self) -> list[str]:
        """Return every fault as a sentence that begins with its line."""
        faults = [str(error.error) for error in self.base_errors]
        for row in self.rows:
            faults += [f"Line {error.row[LINE]}: {error.error}" for error in row.errors]
        for row in self.invalid_rows:
            for column, sentences in row.error_dict.items():
                where = "" if column == NON_FIELD_ERRORS else f"{column}: "
                faults += [f"Line {row.number}: {where}{sentence}" for sentence in sentences]
        # An address is looked at twice, and told about once.
        return list(dict.fromkeys(faults))


class RewardResource(resources.ModelResource):
    """The columns, and what a line does."""

    id = fields.Field("pk", "id", WholeNumberCell(), readonly=True)
    title = fields.Field("title", "title", TextCell(is_required=True))
    description = fields.Field("description", "description", TextCell())
    category = fields.Field("category", "category", TextCell(is_required=True))
    points_required = fields.Field("points_required", "points_required", WholeNumberCell())
    partner = fields.Field("partner", "partner", TextCell())
    quantity = fields.Field("quantity", "quantity", WholeNumberCell())
    quantity_seen = fields.Field("quantity", "quantity_seen", WholeNumberCell(), readonly=True)
    low_stock_at = fields.Field(
        "low_stock_at", "low_stock_at", WholeNumberCell(), saves_null_values=False
    )
    image_url = fields.Field("image_url", "image_url", HttpsCell())
    is_active = fields.Field("is_active", "is_active", YesNoCell(), saves_null_values=False)
    valid_from = fields.Field("valid_from", "valid_from", InstantCell())
    valid_until = fields.Field("valid_until", "valid_until", InstantCell())
    per_member_max = fields.Field("per_member_max", "per_member_max", WholeNumberCell())
    minimum_level = fields.Field("minimum_level", "minimum_level", NamedCell(LevelConfig))
    code_pool = fields.Field("code_pool", "code_pool", NamedCell(CodePool))

    class Meta:
        model = Reward
        fields = COLUMNS
        import_id_fields = ()
        clean_model_instances = True
        skip_unchanged = True
        report_skipped = True
        use_transactions = True
        skip_html_diff = True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lines_by_key: dict[str, int] = {}

    @classmethod
    def get_result_class(cls) -> type[LinedResult]:
        """Return the class of results."""
        return LinedResult

    def get_queryset(self) -> Any:
        """Return the rewards that are there."""
        rewards = Reward.objects.filter(deleted_at__isnull=True)
        return rewards.select_related("minimum_level", "code_pool")

    def before_import(self, dataset: Dataset, **kwargs: Any) -> None:
        """Let one import write at a time: two with other orders would wait for each other."""
        if not kwargs.get("dry_run"):
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [IMPORT_LOCK])

    def get_or_init_instance(self, instance_loader: Any, row: Any) -> tuple[Reward, bool]:
        """Return the reward a line is about, or a new one."""
        text = str(row.get("id") or "").strip()
        if not text:
            self._check_new(row)
            return Reward(), True
        self._check_once(f"reward {text}", row[LINE])
        try:
            reward = self.get_queryset().filter(pk=parse_reward_id(text)).first()
        except LoyaltyError:
            reward = None
        if reward is None:
            raise ValidationError({"id": f"There is no reward “{text[:40]}”."})
        return cast("Reward", reward), False

    def after_init_instance(self, instance: Reward, new: bool, row: Any, **kwargs: Any) -> None:  # noqa: FBT001 -- the library's signature
        """Remember how the reward was."""
        self.cells_before = {} if new else self._render(instance)
        self.quantity_before = instance.quantity

    def import_instance(self, instance: Reward, row: Any, **kwargs: Any) -> None:
        """Read a line; a quantity beside the one that was seen is a difference."""
        super().import_instance(instance, row, **kwargs)
        try:
            seen = WholeNumberCell().clean(row.get("quantity_seen"))
        except ValueError as error:
            raise ValidationError({"quantity_seen": str(error)}) from error
        wanted, left = instance.quantity, self.quantity_before
        if "quantity" in row and None not in (seen, wanted, left):
            instance.quantity = max(0, cast("int", left) + cast("int", wanted) - cast("int", seen))

    def save_instance(self, instance: Reward, is_create: bool, row: Any, **kwargs: Any) -> None:  # noqa: FBT001 -- the library's signature
        """Write a line through the service that knows the shelf; a preview writes nothing."""
        if kwargs.get("dry_run"):
            return
        changed = {change.column for change in self._compare(instance)}
        values = {name: getattr(instance, name) for name in changed - {"id", "quantity_seen"}}
        try:
            if is_create:
                instance.pk = create_reward(fields=values, now=timezone.now()).pk
            else:
                update_reward(
                    reward_id=instance.pk,
                    fields=values,
                    quantity_seen=self.quantity_before if row.get("quantity_seen") else None,
                    now=timezone.now(),
                )
        except Invalid as error:
            sentences = [fault["message"] for fault in error.details or []]
            raise ValidationError(sentences or [error.message]) from error

    def after_import_row(self, row: Any, row_result: Any, **kwargs: Any) -> None:
        """Note the line and what it changes, for the preview."""
        row_result.line = row[LINE]
        row_result.changes = row["changes"]

    def after_import(self, dataset: Dataset, result: Any, **kwargs: Any) -> None:
        """Leave the sequence of ids alone, which the library would set back under other hands."""

    def skip_row(
        self, instance: Reward, original: Any, row: Any, import_validation_errors: Any = None
    ) -> bool:
        """Answer whether a line changes nothing."""
        row["changes"] = self._compare(instance)
        return not import_validation_errors and bool(self.cells_before) and not row["changes"]

    def _check_new(self, row: Any) -> None:
        title = TextCell().clean(row.get("title"))
        self._check_once(f"title {title}", row[LINE])
        known = self.get_queryset().filter(title=title).first() if title else None
        if known:
            raise ValidationError(
                {"title": f"There is such a reward; its id, {known.pk}, changes it."}
            )

    def _check_once(self, key: str, line: int) -> None:
        first = self.lines_by_key.setdefault(key, line)
        if first != line:
            raise ValidationError(f"The same reward stands in line {first}.")

    def _render(self, instance: Reward) -> dict[str, str]:
        return {
            name: field.export(instance)
            for name, field in self.fields.items()
            if name not in ("id", "quantity_seen")
        }

    def _compare(self, instance: Reward) -> list[Change]:
        before = self.cells_before
        return [
            Change(column=name, before=before.get(name, ""), after=cell)
            for name, cell in self._render(instance).items()
            if cell != before.get(name, "")
        ]
