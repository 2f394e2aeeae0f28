"""Where things lie, and places that the servers' own user can reach."""

import contextlib
import hashlib
import os
import pwd
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from support.talk import CommandError

ROOT = Path(__file__).resolve().parents[2]
# Open to all users and, unlike /tmp, there after a restart.
SHELTERS = Path("/var/tmp")  # noqa: S108 - shelter() trusts no folder it finds there
LAUNCHER = ROOT / "bin" / "launch.py"


@dataclass(frozen=True)
class ServerUser:
    """The user that servers run as, because PostgreSQL refuses to run as root."""

    name: str
    uid: int
    gid: int


def server_user(data: Path | None = None) -> ServerUser | None:
    """Return whom to become for a server, or None to stay who we are.

    Existing data decides: its owner stays the same even when a user that
    would be preferred today appeared later.
    """
    if os.geteuid() != 0:
        return None
    if data is not None and data.exists():
        owner = data.stat()
        if owner.st_uid != 0:
            return ServerUser(f"user {owner.st_uid}", owner.st_uid, owner.st_gid)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServerUser(name, entry.pw_uid, entry.pw_gid)
    raise CommandError(
        "PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody.\n"
        "Run this as an ordinary user, or set DATABASE_URL and REDIS_URL."
    )


def run_as(
    user: ServerUser | None, command: list[str], text: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a short command as the servers' user and return its output."""
    try:
        return subprocess.run(
            command,
            input=text,
            capture_output=True,
            text=True,
            cwd="/",
            check=False,
            user=user.uid if user else None,
            group=user.gid if user else None,
            extra_groups=[] if user else None,
        )
    except PermissionError as error:
        raise CommandError(
            f"Cannot run {command[0]} as {user.name if user else 'this user'}: {error.strerror}.\n"
            "Run this as an ordinary user, or set DATABASE_URL and REDIS_URL."
        ) from error


def reachable(folder: Path, user: ServerUser | None) -> bool:
    """Whether the servers' user can enter a folder, for example one below /root."""
    if user is None:
        return True
    return run_as(user, ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)]).returncode == 0


def shelter(purpose: Path) -> Path:
    """Return a folder of ours outside the checkout, the same one for the same purpose.

    The name can be guessed and /var/tmp is open to all, so a folder that
    somebody else made, or can write to, is refused.
    """
    digest = hashlib.sha256(os.fsencode(purpose)).hexdigest()[:12]
    folder = SHELTERS / f"loyalty-{os.geteuid()}-{digest}"
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o711)
    found = folder.lstat()
    ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
    if not ours or found.st_mode & 0o022:
        raise CommandError(f"{folder} does not belong to you alone. Remove it and start again.")
    folder.chmod(0o711)
    return folder


def home_is_writable() -> bool:
    """Whether the user has a home folder for caches and the like."""
    try:
        return os.access(Path.home(), os.W_OK)
    except RuntimeError:
        # A user that the system does not know, as containers allow.
        return False


def write_as(user: ServerUser | None, path: Path, text: str) -> None:
    """Write a private file as the servers' user.

    Not as root: that user could have put a link there, to a file it may not write.
    """
    command = ["/bin/sh", "-c", 'umask 077 && cat > "$1"', "sh", str(path)]
    done = run_as(user, command, text)
    if done.returncode != 0:
        raise CommandError(f"{path} could not be written: {done.stderr.strip()}")


def give(path: Path, user: ServerUser | None) -> None:
    """Hand a new folder to the servers' user."""
    if user is not None:
        os.chown(path, user.uid, user.gid)


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, never half of it."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    draft.replace(path)
