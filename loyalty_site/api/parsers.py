"""Reads JSON bodies, strictly: whatever passes can be stored and means one thing."""

import json
import math
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from .body_limit import API_BODY_BYTES_MAX
from .errors import PayloadTooLarge

DEPTH_MAX = 32
INTEGER_MAX = 2**63 - 1
INTEGER_DIGITS_MAX = 20


class InvalidJSON(ParseError):
    """The body is not JSON, or not the JSON that is accepted here."""

    default_code = "invalid_json"
    default_detail = "The body is not valid JSON."


class SafeJSONParser(JSONParser):
    """JSON in UTF-8, up to 1 MiB and 32 levels deep.

    Integers lie within ±2⁶³, numbers are finite, no text (keys included) holds a zero character
    or half a surrogate pair, and no object names a key twice. The charset is checked before, by
    the middleware.
    """

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Any = None,
    ) -> Any:
        """Return the parsed body, or raise InvalidJSON or PayloadTooLarge."""
        body = stream.read(API_BODY_BYTES_MAX + 1)
        if len(body) > API_BODY_BYTES_MAX:
            raise PayloadTooLarge
        try:
            value = json.loads(
                body.decode(),
                object_pairs_hook=unique_pairs,
                parse_int=bounded_integer,
                parse_float=finite_number,
                parse_constant=finite_number,
            )
        except RecursionError:
            raise InvalidJSON(too_deep()) from None
        except ValueError as error:
            raise InvalidJSON from error
        check_depth_and_text(value)
        return value


def unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object's pairs as a dict, or refuse a key that stands there twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise InvalidJSON("An object names the same key twice.")
    return found


def bounded_integer(text: str) -> int:
    """Return an integer within ±2⁶³."""
    if len(text) > INTEGER_DIGITS_MAX or not -INTEGER_MAX - 1 <= int(text) <= INTEGER_MAX:
        raise InvalidJSON("A number is larger than can be stored.")
    return int(text)


def finite_number(text: str) -> float:
    """Return a number, or refuse NaN, Infinity and what overflows to it."""
    number = float(text)
    if not math.isfinite(number):
        raise InvalidJSON("A number is not finite.")
    return number


def check_depth_and_text(value: Any) -> None:
    """Refuse deep nesting and text that PostgreSQL cannot hold, level by level."""
    level, depth = [value], 0
    while level:
        depth += any(isinstance(item, dict | list) for item in level)
        if depth > DEPTH_MAX:
            raise InvalidJSON(too_deep())
        below: list[Any] = []
        for item in level:
            if isinstance(item, str):
                check_text(item)
            elif isinstance(item, dict):
                below += [*item.keys(), *item.values()]
            elif isinstance(item, list):
                below += item
        level = below


def check_text(text: str) -> None:
    """Refuse a zero character and half a surrogate pair."""
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidJSON("A text holds a character that cannot be stored.")


def too_deep() -> str:
    """Return the sentence for deep nesting."""
    return f"The body is nested more than {DEPTH_MAX} levels deep."
