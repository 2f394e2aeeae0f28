"""What the commands say to the person who started them."""

import contextlib
import sys
import time
from pathlib import Path
from typing import TextIO


class CommandError(Exception):
    """Ends a command. Its text says, in sentences, what is wrong and what to do about it."""


class _Voice:
    """Where the lines go, and whether routine is worth a line."""

    stream: TextIO = sys.stderr
    quiet: bool = False
    began: float = time.monotonic()


def speak_on(stream: TextIO) -> None:
    """Send everything that is said from now on to this stream."""
    _Voice.stream = stream


def only_the_unusual() -> None:
    """Say nothing about routine steps from now on."""
    _Voice.quiet = True


def say(text: str) -> None:
    """Say one thing that the person should know."""
    seconds = time.monotonic() - _Voice.began
    _write(f"{seconds:6.1f} s  {text}")


def step(text: str) -> None:
    """Say what is being done, unless the command keeps quiet about routine."""
    if not _Voice.quiet:
        say(text)


def block(text: str) -> None:
    """Show several lines as they are."""
    _write(text)


def fail(text: str) -> None:
    """Say what ended the command, on standard error wherever the rest went."""
    speak_on(sys.stderr)
    _write(f"\n{text}\n")


def _write(text: str) -> None:
    # Perhaps nobody reads any more, for example after `bin/run | head`.
    with contextlib.suppress(BrokenPipeError, ValueError):
        print(text, file=_Voice.stream, flush=True)


def tail(path: Path, lines: int = 20) -> str:
    """Return the last lines of a log, indented to be shown under a sentence."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "    (no log)"
    return indent(text, lines)


def indent(text: str, lines: int = 20) -> str:
    """Return the last lines of a text, indented."""
    last = text.strip().splitlines()[-lines:]
    return "\n".join(f"    {line}" for line in last) or "    (empty)"
