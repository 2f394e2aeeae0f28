"""What an answer must look like, written as plain Python.

A shape is a type (`str`, `int`, `bool`, `NUMBER`), a value that must be equal, a pattern, a tuple
of shapes of which one must fit, a list with the shape of every row (of which there must be one) or
with nothing for no rows, or an object whose keys must be there with their shapes. Further keys are
welcome everywhere.
"""

import re
from dataclasses import dataclass
from typing import Any

NUMBER = (int, float)
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
CODE = re.compile(r"[0-9A-Z]{8}")
TEXT = re.compile(r".*\S.*", re.DOTALL)
ANYTHING = object()


@dataclass(frozen=True)
class Rows:
    """A list of any length whose rows all have a shape."""

    shape: Any


def faults(value: Any, shape: Any, where: str = "data") -> list[str]:
    """Return what is wrong with a value, each with where it stands."""
    if isinstance(shape, tuple):
        tried = [faults(value, one, where) for one in shape]
        return [] if [] in tried else min(tried, key=len)
    if isinstance(shape, dict):
        return faults_of_object(value, shape, where)
    if isinstance(shape, list | Rows):
        return faults_of_list(value, shape, where)
    return [] if fits(value, shape) else [f"{where} is {value!r}, not {shape}"]


def fits(value: Any, shape: Any) -> bool:
    """Say whether a plain value is of a type, matches a pattern or equals a value."""
    if shape is ANYTHING:
        return True
    if isinstance(shape, re.Pattern):
        return isinstance(value, str) and shape.fullmatch(value) is not None
    if isinstance(shape, type):
        # True is an int to Python, and no number to anybody else.
        return isinstance(value, shape) and (shape is bool or not isinstance(value, bool))
    return bool(type(value) is type(shape) and value == shape)


def faults_of_object(value: Any, shape: dict[str, Any], where: str) -> list[str]:
    """Return what is wrong with an object."""
    if not isinstance(value, dict):
        return [f"{where} is {value!r}, not an object"]
    missing = [f"{where}.{key} is missing" for key in shape if key not in value]
    wrong = [
        fault
        for key, inner in shape.items()
        if key in value
        for fault in faults(value[key], inner, f"{where}.{key}")
    ]
    return missing + wrong


def faults_of_list(value: Any, shape: list[Any] | Rows, where: str) -> list[str]:
    """Return what is wrong with a list."""
    if not isinstance(value, list):
        return [f"{where} is {value!r}, not a list"]
    if isinstance(shape, list) and bool(value) is not bool(shape):
        return [f"{where} has {len(value)} rows"]
    row_shape = shape.shape if isinstance(shape, Rows) else next(iter(shape), None)
    return [
        fault
        for number, row in enumerate(value)
        for fault in faults(row, row_shape, f"{where}[{number}]")
    ]
