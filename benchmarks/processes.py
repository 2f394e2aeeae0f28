"""Running a command of the project as people do, and watching its time and memory."""

import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)
PAUSE_SECONDS = 0.02


@dataclass(frozen=True)
class CommandRun:
    """How a command went; `peak_megabytes` is the most memory the process had at once."""

    seconds: float
    peak_megabytes: float


def run_command(*arguments: str) -> CommandRun:
    """Run `manage.py` in a process of its own; raise RuntimeError when it fails.

    The system keeps the peak (Linux does), so looking now and then misses only the last moment.
    """
    with tempfile.TemporaryFile("w+") as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        kilobytes = 0
        while process.poll() is None:
            kilobytes = max(kilobytes, read_peak(process.pid))
            time.sleep(PAUSE_SECONDS)
        seconds = time.perf_counter() - started
        if process.returncode:
            output.seek(0)
            raise RuntimeError(f"{arguments[0]} failed: {output.read()[-2_000:]}")
    return CommandRun(seconds=seconds, peak_megabytes=kilobytes / 1024)


def read_peak(process_id: int) -> int:
    """Return the most kilobytes a process ever had in memory; 0 when it has ended."""
    try:
        found = PEAK.search(Path(f"/proc/{process_id}/status").read_text(encoding="ascii"))
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(found[1]) if found else 0
