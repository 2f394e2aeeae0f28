"""The folder that holds the demo's data from one start to the next."""

import json
import os
import secrets
import shutil
from pathlib import Path

from support.keeper import USERS, server_place
from support.locks import Lock
from support.places import ROOT, shelter, write_private
from support.talk import CommandError

MARK = "about-this-folder.txt"
MARK_BEGINS = "The loyalty platform keeps the data of its demo here."
MARK_TEXT = f"""{MARK_BEGINS}
bin/run --fresh empties this folder. It may also be deleted by hand while nothing uses it.
"""
# Everything that --fresh deletes. Lock files stay: somebody may wait on them.
CONTENT = (
    *("demo.json", "keys.json", "logs", "mails"),
    *("postgres", "postgres.new", "redis", "servers.json"),
)
SCHEDULE = "celerybeat-schedule"


class DataFolder:
    """A data folder that is known to be one of ours."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.demo_lock = Lock(path / "demo.lock")

    def shown(self) -> str:
        """Return the path as a person would write it."""
        return str(self.path.relative_to(ROOT) if self.path.is_relative_to(ROOT) else self.path)

    def keys(self) -> dict[str, str]:
        """Return the demo's secrets, made once so that sessions survive a restart."""
        file = self.path / "keys.json"
        if not file.exists():
            names = ("SECRET_KEY", "JWT_SIGNING_KEY")
            write_private(file, json.dumps({name: secrets.token_urlsafe(48) for name in names}))
        keys: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
        return keys

    def postgres_major(self) -> int | None:
        """Return the version of PostgreSQL that wrote the data, if there is any."""
        place = server_place(self.path)
        version = place / "postgres" / "cluster" / "PG_VERSION" if place else None
        if version is None or not version.exists():
            return None
        return int(version.read_text(encoding="utf-8"))

    def running_demo(self) -> dict[str, str] | None:
        """Return the settings of the demo that runs on this folder, if one does."""
        if self.demo_lock.free():
            return None
        try:
            text = (self.path / "demo.json").read_text(encoding="utf-8")
        except FileNotFoundError:
            # It is still starting and has not got to its servers yet.
            return {}
        settings: dict[str, str] = json.loads(text)
        return settings

    def empty(self) -> None:
        """Delete the demo's data. Whoever calls holds the demo lock."""
        users = Lock(self.path / USERS, of_process=True)
        if not users.take():
            raise CommandError(
                f"Another command still uses the data in {self.shown()}, "
                "for example a bin/manage shell. End it, then start again."
            )
        place = server_place(self.path)
        if place not in (None, self.path) and place == shelter(self.path):
            shutil.rmtree(place)
        (self.path / "servers-are-in").unlink(missing_ok=True)
        for found in (*map(self.path.joinpath, CONTENT), *self.path.glob(f"{SCHEDULE}*")):
            if found.is_dir() and not found.is_symlink():
                shutil.rmtree(found)
            else:
                found.unlink(missing_ok=True)
        (self.path / "logs").mkdir(mode=0o700)
        users.release()


def open_data() -> DataFolder:
    """Return the data folder, made if need be; refuse a folder that is not ours."""
    path = Path(os.environ.get("LOYALTY_DATA_DIR") or ROOT / ".data").absolute()
    mark = path / MARK
    try:
        path.mkdir(parents=True, exist_ok=True)
        if not (mark.exists() and mark.read_text(encoding="utf-8").startswith(MARK_BEGINS)):
            if any(path.iterdir()):
                raise CommandError(
                    f"{path} holds files that are not the demo's. Set LOYALTY_DATA_DIR to an "
                    "empty folder or to one that does not exist yet."
                )
            mark.write_text(MARK_TEXT, encoding="utf-8")
        if path.stat().st_uid == os.geteuid():
            # As root, the servers' own user must get through to its files, and no further.
            path.chmod(0o711 if os.geteuid() == 0 else 0o700)
        (path / "logs").mkdir(mode=0o700, exist_ok=True)
        return DataFolder(path)
    except (PermissionError, NotADirectoryError, FileExistsError) as error:
        owner = f" It belongs to user {path.stat().st_uid}." if path.exists() else ""
        raise CommandError(
            f"The data folder {path} cannot be used: {error.strerror}.{owner}\n"
            "Set LOYALTY_DATA_DIR to a folder of your own."
        ) from error
