"""Voucher codes: taking them in, and handing each out once.

A code is trimmed and, unless its pool keeps case, put into upper case. It has 4 to 64 letters,
digits and `-_.:/+#=`, and no code stands in two pools.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from rewards.errors import CodesExhausted
from rewards.models import (
    CODE_LENGTH_MAX,
    CODE_LENGTH_MIN,
    CODE_PATTERN,
    CodePool,
    OptionRedemption,
    Redemption,
    VoucherCode,
)
from rewards.selectors.codes import map_pools_of_codes

CODES_PER_UPLOAD_MAX = 100_000
SEPARATORS = re.compile(r"[,;\t]")
HEADERS = ("code", "codes", "voucher", "voucher code")
WELL_FORMED = re.compile(CODE_PATTERN, re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A line that gives no code, and why. The first line is 1."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class CheckedCodes:
    """What an upload would do: the codes it adds, in order, and the lines it leaves out."""

    codes: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def check_codes(*, pool: CodePool, text: str) -> CheckedCodes:
    """Read codes, one a line or the first column of a CSV, and return what adding them would do.

    Blank lines and a header are passed over. A code that came before in the text or that a pool
    holds already is a fault that names where. Writes nothing; one query.
    """
    checked = CheckedCodes()
    lines: dict[str, int] = {}
    for line, cell in _read_first_cells(text):
        code = cell if pool.keeps_case else cell.upper()
        reason = _find_fault(code, lines)
        if reason:
            checked.faults.append(Fault(line=line, text=cell, reason=reason))
        else:
            lines[code] = line
    known = map_pools_of_codes(lines)
    for code, line in lines.items():
        if code in known:
            reason = f"is in the pool “{known[code]}” already"
            checked.faults.append(Fault(line=line, text=code, reason=reason))
        else:
            checked.codes.append(code)
    checked.faults.sort(key=lambda fault: fault.line)
    return checked


def add_codes(*, pool: CodePool, codes: Sequence[str], actor: Any, now: datetime) -> int:
    """Add checked codes to a pool in one statement and return how many are new.

    One that somebody added since it was checked is left where it is.
    """
    table = VoucherCode._meta.db_table  # noqa: SLF001 -- Django's documented Options
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (pool_id, code, added_at, added_by_id) "  # noqa: S608
            "SELECT %s, code, %s, %s "
            "FROM unnest(%s::text[]) WITH ORDINALITY AS upload(code, position) "
            "ORDER BY position ON CONFLICT (code) DO NOTHING",
            [pool.pk, now, actor.pk if actor else None, list(codes)],
        )
        return int(cursor.rowcount)


def hand_out_code(
    *,
    pool: CodePool,
    option_redemption: OptionRedemption | None = None,
    redemption: Redemption | None = None,
    now: datetime,
) -> VoucherCode:
    """Give the pool's oldest code to one redemption and return it. Raises CodesExhausted.

    Call it inside the transaction that redeems or approves: they stand or fall together.
    """
    left = VoucherCode.objects.filter(pool=pool, assigned_at__isnull=True).order_by("id")
    # Nobody waits while there is another code. When all that are left are being handed out, wait
    # and see: whoever holds one may yet fail, and then it is free again.
    code = (
        left.select_for_update(skip_locked=True, no_key=True).first()
        or left.select_for_update(no_key=True).first()
    )
    if code is None:
        raise CodesExhausted(pool=pool.name)
    code.assigned_at = now
    code.option_redemption = option_redemption
    code.redemption = redemption
    code.save(update_fields=["assigned_at", "option_redemption", "redemption"])
    return code


def _read_first_cells(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line's number and first cell, trimmed, without blank ones and the header.

    No code holds a separator or a quote, so a line is read by itself: a stray quote spoils only its
    own.
    """
    is_first = True
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate(lines, start=1):
        cell = SEPARATORS.split(line.strip(), maxsplit=1)[0].strip().strip('"').strip()
        if cell and not (is_first and cell.lower() in HEADERS):
            yield number, cell
        is_first = is_first and not cell


def _find_fault(code: str, lines: dict[str, int]) -> str:
    if not CODE_LENGTH_MIN <= len(code) <= CODE_LENGTH_MAX:
        return f"must have {CODE_LENGTH_MIN} to {CODE_LENGTH_MAX} characters"
    if not WELL_FORMED.fullmatch(code):
        return "may hold letters, digits and - _ . : / + # = only"
    if code in lines:
        return f"stands in line {lines[code]} already"
    return ""
