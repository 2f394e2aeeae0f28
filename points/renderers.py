"""Answers in other forms than the envelope."""

import csv
import io
import json
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest, StreamingHttpResponse
from rest_framework.renderers import BaseRenderer

PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
# A spreadsheet takes a cell that begins like this for a formula and runs it.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
ROWS_PER_CHUNK = 500


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


def write_csv(
    columns: Iterable[str], rows: Iterable[Mapping[str, Any]], *, header: bool = True
) -> str:
    """Return rows as CSV, under a header unless it is left out, safe to open in a spreadsheet."""
    columns = list(columns)
    text = io.StringIO()
    writer = csv.writer(text)
    if header:
        writer.writerow(columns)
    writer.writerows([write_cell(row.get(column)) for column in columns] for row in rows)
    return text.getvalue()


def stream_csv(
    request: HttpRequest, *, columns: Iterable[str], rows: Iterable[Mapping[str, Any]], name: str
) -> StreamingHttpResponse:
    """Return rows as a CSV file to save, written as it is read: as long as the list may be."""
    chunks = _write_chunks(list(columns), iter(rows))
    # A server that speaks ASGI would read a plain iterator to its end before it sends a byte.
    content = _in_a_thread(chunks) if hasattr(request, "scope") else chunks
    response = StreamingHttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _write_chunks(columns: list[str], rows: Iterator[Mapping[str, Any]]) -> Iterator[str]:
    yield write_csv(columns, [])
    while chunk := list(islice(rows, ROWS_PER_CHUNK)):
        yield write_csv(columns, chunk, header=False)


async def _in_a_thread(chunks: Iterator[str]) -> AsyncIterator[str]:
    """Yield what an iterator that reads the database yields, each time in the request's thread."""
    following = sync_to_async(lambda: next(chunks, None))
    while (chunk := await following()) is not None:
        yield chunk


def write_cell(value: Any) -> str:
    """Return a value as the text of a cell; a text that would be run as a formula gets a quote."""
    if value is None:
        return ""
    text = json.dumps(value) if isinstance(value, dict | list | bool) else str(value)
    if text.startswith(FORMULA_STARTS) and not PLAIN_NUMBER.fullmatch(text):
        return f"'{text}"
    return text
