"""File locks. The kernel releases them however a process ends."""

import fcntl
import os
import time
from pathlib import Path

from support import talk


class Lock:
    """A lock on a file or folder, shared by many or held by one.

    It belongs to whoever has the open file, children included. A lock of the
    process belongs to that process alone, also through exec; the process must
    open the file only once, because closing it anywhere gives the lock up.
    """

    def __init__(self, path: Path, *, of_process: bool = False) -> None:
        self._call = fcntl.lockf if of_process else fcntl.flock
        flags = os.O_RDONLY if path.is_dir() else os.O_RDWR | os.O_CREAT
        self.handle = os.open(path, flags, 0o600)

    def take(self, *, shared: bool = False) -> bool:
        """Take the lock if that is possible at once, and say whether it was."""
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            self._call(self.handle, kind | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            return False
        return True

    def wait(self, *, shared: bool = False, saying: str = "") -> None:
        """Take the lock as soon as it is free; explain a wait that can be felt."""
        began = time.monotonic()
        while not self.take(shared=shared):
            if saying and time.monotonic() - began > 1:
                talk.say(saying)
                saying = ""
            time.sleep(0.05)

    def free(self) -> bool:
        """Whether nobody else holds the lock at this moment."""
        if not self.take():
            return False
        self._call(self.handle, fcntl.LOCK_UN)
        return True

    def keep_through_exec(self) -> None:
        """Let the program that replaces this one go on holding the lock."""
        os.set_inheritable(self.handle, True)  # noqa: FBT003 - no keyword there

    def release(self) -> None:
        """Give the lock back."""
        os.close(self.handle)
