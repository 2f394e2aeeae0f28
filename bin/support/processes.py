"""The demo's own processes: started together, watched, stopped in order."""

import contextlib
import os
import re
import signal
import subprocess
import threading
from pathlib import Path

from support import talk
from support.servers import die_with_parent

# A log line that begins a message to look at: a time or nothing, then its level.
_SERIOUS = re.compile(rb"[\d\[:., TZ+-]*(ERROR|CRITICAL)\b")
SHOWN_LETTERS = 200


class Child:
    """A process whose output goes to a log, and whose troubles go to the terminal too."""

    def __init__(
        self, name: str, command: list[str], *, settings: dict[str, str], folder: Path, log: Path
    ) -> None:
        self.name = name
        self.log = log
        if log.exists():
            log.replace(log.with_name(f"{log.name}.1"))
        self.stopping = False
        self.file = log.open("ab", buffering=0)
        # Its own session: Ctrl-C reaches only us, and we stop everything in order.
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=self.file,
            stderr=subprocess.PIPE,
            cwd=folder,
            env=settings,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - no threads yet
        )

    def follow(self) -> None:
        """Copy what the process reports to its log, and what is serious to the terminal."""
        threading.Thread(target=self._copy, daemon=True).start()

    def _copy(self) -> None:
        for line in self.process.stderr or ():
            self.file.write(line)
            # The first line says what happened; tracebacks are for the log.
            if not self.stopping and _SERIOUS.match(line):
                shown = line.decode(errors="replace").strip()[:SHOWN_LETTERS]
                talk.block(f"{self.name}: {shown}  (more in {self.log.name})")

    def ended(self) -> bool:
        """Whether the process is gone."""
        return self.process.poll() is not None

    def reason(self) -> str:
        """Return how the ended process ended."""
        code = self.process.returncode
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"

    def stop(self, seconds: float) -> None:
        """Ask the process to stop; after some seconds, end it and all it started."""
        self.stopping = True
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        self.kill()

    def kill(self) -> None:
        """End the process and whatever is left of its session."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
