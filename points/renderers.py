"""Answers in other forms than the envelope."""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from rest_framework.renderers import BaseRenderer

PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
# A spreadsheet takes a cell that begins like this for a formula and runs it.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class CsvRenderer(BaseRenderer):
    """A list as comma-separated values, for a view that allows `format=csv`.

    The view's `csv_columns` are the header and the keys of the rows, which its `list_name` names
    within `data`; with a method `list_csv_rows(data)` it says itself what the rows are.
    """

    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the header and one line for each row."""
        view = (renderer_context or {})["view"]
        rows = view.list_csv_rows(data) if hasattr(view, "list_csv_rows") else data[view.list_name]
        return write_csv(view.csv_columns, rows).encode()


def write_csv(columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows as CSV under a header, safe to open in a spreadsheet."""
    columns = list(columns)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([write_cell(row.get(column)) for column in columns] for row in rows)
    return text.getvalue()


def write_cell(value: Any) -> str:
    """Return a value as the text of a cell; a text that would be run as a formula gets a quote."""
    if value is None:
        return ""
    text = json.dumps(value) if isinstance(value, dict | list | bool) else str(value)
    if text.startswith(FORMULA_STARTS) and not PLAIN_NUMBER.fullmatch(text):
        return f"'{text}"
    return text
