"""The virtual environment, kept equal to the lock files."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from support import talk
from support.locks import Lock
from support.places import ROOT, home_is_writable, shelter
from support.talk import CommandError

LOCKS = {
    "runtime": ROOT / "requirements.lock",
    "servers": ROOT / "bin" / "locks" / "servers.lock",
    "development": ROOT / "requirements-dev.lock",
}
INSTALLER = ROOT / "bin" / "locks" / "installer.lock"


def prepare(*names: str) -> Path:
    """Return the environment's Python, with the packages of the named locks installed.

    Does nothing when the locks are the ones that were installed last, so a
    second start takes no time and a checkout of another commit is repaired.
    """
    folder = _folder()
    lock = Lock(ROOT / "bin")
    lock.wait(saying="Another command is preparing the environment; waiting for it.")
    try:
        python = folder / "bin" / "python"
        usable = _works(python)
        installed = _read_stamp(folder) if usable else {}
        missing = [name for name in names if not _covers(installed, name)]
        if missing:
            _fill(folder, missing, installed, usable=usable)
        return python
    finally:
        lock.release()


def _folder() -> Path:
    """Return where the environment lies: .venv, or elsewhere if this tree is read-only."""
    folder = ROOT / ".venv"
    if os.access(folder if folder.exists() else ROOT, os.W_OK):
        return folder
    ready = _works(folder / "bin" / "python") and _covers(_read_stamp(folder), "development")
    return folder if ready else shelter(ROOT) / "venv"


def _fill(folder: Path, missing: list[str], installed: dict[str, str], *, usable: bool) -> None:
    """Install the missing locks and note them down."""
    if not usable:
        _create(folder)
    # Without the note, an interrupted installation is done again next time.
    _stamp(folder).unlink(missing_ok=True)
    paths = [LOCKS[name] for name in missing]
    names = " and ".join(str(path.relative_to(ROOT)) for path in paths)
    talk.say(f"Installing {names}. This happens once, and again when it changes.")
    exact = "development" in missing
    try:
        _install(folder, paths, exact=exact)
    except CommandError:
        if not usable or _runs([str(folder / "bin" / "python"), "-I", "-m", "pip", "--version"]):
            raise
        talk.say("The environment is damaged; making it anew.")
        _create(folder)
        _install(folder, paths, exact=exact)
    current = {name: value for name, value in installed.items() if _covers(installed, name)}
    noted = {} if exact else current
    noted.update({name: _digest(LOCKS[name]) for name in missing})
    _stamp(folder).write_text(json.dumps(noted), encoding="utf-8")
    talk.say("The environment is ready.")


def _create(folder: Path) -> None:
    """Make an empty environment in place of whatever is there."""
    talk.say(f"Making the Python environment in {folder}.")
    try:
        if folder.is_symlink() or folder.is_file():
            folder.unlink()
        elif folder.exists():
            shutil.rmtree(folder)
    except OSError as error:
        raise CommandError(
            f"{folder} cannot be replaced: {error.strerror}. Remove it and start again."
        ) from error
    made = _call([sys.executable, "-I", "-m", "venv", str(folder)])
    if made.returncode != 0:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise CommandError(
            f"Python {version} could not make an environment:\n"
            f"{talk.indent(made.stdout, 6)}\n"
            f"On Debian and Ubuntu, install what is missing: apt install python{version}-venv"
        )


def _install(folder: Path, locks: list[Path], *, exact: bool) -> None:
    """Install locks with uv, which takes seconds, or else with pip."""
    python = str(folder / "bin" / "python")
    pip = [python, "-I", "-m", "pip", "--disable-pip-version-check", "--quiet"]
    files = [argument for lock in locks for argument in ("-r", str(lock))]
    uv = folder / "bin" / "uv"
    got_uv = _call([*pip, "install", "--require-hashes", "-r", str(INSTALLER)])
    if got_uv.returncode == 0:
        # `sync` also takes away what the lock no longer names.
        verb = ["sync", *map(str, locks)] if exact else ["install", *files]
        options = ["--quiet", "--python", python, "--require-hashes"]
        if _call([str(uv), "pip", *verb, *options]).returncode == 0:
            return
    talk.say("Installing with pip, which takes about a minute.")
    done = _call([*pip, "install", "--require-hashes", *files])
    if done.returncode != 0:
        lines = done.stdout.splitlines()
        reasons = "\n".join(line for line in lines if not line.startswith("WARNING"))
        raise CommandError(
            f"The packages could not be installed:\n{talk.indent(reasons, 8)}\n"
            "Check the network connection (a mirror can be set in pip's configuration), "
            "then start again."
        )


def _covers(installed: dict[str, str], name: str) -> bool:
    """Whether a lock is installed as it reads today; development holds the others."""
    return any(installed.get(known) == _digest(LOCKS[known]) for known in (name, "development"))


def _digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def _stamp(folder: Path) -> Path:
    return folder / "installed-locks.json"


def _read_stamp(folder: Path) -> dict[str, str]:
    try:
        noted = json.loads(_stamp(folder).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return noted if isinstance(noted, dict) else {}


def _works(python: Path) -> bool:
    """Whether an environment's Python is there and new enough."""
    return _runs([str(python), "-I", "-c", "import sys; sys.exit(sys.version_info < (3, 11))"])


def _runs(command: list[str]) -> bool:
    return _call(command).returncode == 0


def _call(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command quietly and return what it printed."""
    environment = dict(os.environ)
    # These would send the packages somewhere else than into the environment.
    for name in ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "VIRTUAL_ENV"):
        environment.pop(name, None)
    # uv trusts the machine's certificates and asks the same index as pip.
    environment.setdefault("UV_SYSTEM_CERTS", "1")
    if "PIP_INDEX_URL" in environment:
        environment.setdefault("UV_DEFAULT_INDEX", environment["PIP_INDEX_URL"])
    if not home_is_writable():
        environment |= {"PIP_NO_CACHE_DIR": "1", "UV_NO_CACHE": "1"}
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=environment,
            check=False,
        )
    except OSError as error:
        return subprocess.CompletedProcess(command, 127, stdout=str(error))
