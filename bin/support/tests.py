"""bin/test: pytest, and other commands, on servers of their own."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from support import environment, talk
from support.keeper import USERS, Membership
from support.locks import Lock
from support.places import ROOT, home_is_writable, reachable, server_user
from support.services import get_services
from support.talk import CommandError

PREFIX = "loyalty-test-"
SHARED_FOLDERS = ("/tmp", "/var/tmp")  # noqa: S108 - used with mkdtemp only
# Younger folders may belong to a run that has not locked its own yet.
FORGOTTEN_SECONDS = 60
# What may be said without naming a part of the tests.
OF_THE_WHOLE = {"--long", "-q", "-v"}
PROCESSES_MAX = 4
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def run(arguments: list[str]) -> int:
    """Run pytest with these arguments; its exit code is ours."""
    python = environment.prepare("development")
    browser = _browser(python, may_install=not arguments or bool(os.environ.get("CI")))
    settings = {"LOYALTY_CHROMIUM": browser} if browser else {}
    return on_servers([str(python), "-m", "pytest", *_spread(arguments), *arguments], settings)


def _spread(arguments: list[str]) -> list[str]:
    """Return options that spread the whole suite over the cores; a part starts faster without."""
    if not set(arguments) <= OF_THE_WHOLE:
        return []
    processes = min(os.cpu_count() or 1, PROCESSES_MAX)
    return ["-n", str(processes), "--dist", "loadfile"] if processes > 1 else []


def on_servers(command: list[str], settings: dict[str, str] | None = None) -> int:
    """Become a command that has servers of its own, which are gone after it."""
    python = environment.prepare("development")
    folder = _temporary_folder()
    services = get_services(Membership(folder), python)
    # The command takes the place of this process and keeps the servers alive.
    services.membership.lock.keep_through_exec()
    environ = {**os.environ, **(settings or {}), **_writable_places(folder), **services.settings}
    environ |= {
        "LOYALTY_MODE": "test",
        "LOYALTY_DATA_DIR": str(folder),
        "DATABASE_POOL_SIZE": "0",
    }
    os.chdir(ROOT)
    os.execvpe(command[0], command, environ)  # noqa: S606 - no shell wanted


def _temporary_folder() -> Path:
    """Make the folder that is gone after the tests; first remove forgotten ones."""
    user = server_user()
    for base in (tempfile.gettempdir(), *SHARED_FOLDERS):
        if os.access(base, os.W_OK) and reachable(Path(base), user):
            break
    else:
        raise CommandError("There is no folder for temporary files. Set TMPDIR to one.")
    for old in Path(base).glob(f"{PREFIX}*"):
        _remove_if_forgotten(old)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
    folder.chmod(0o711)
    return folder


def _remove_if_forgotten(folder: Path) -> None:
    """Remove the folder of a run whose keeper was killed, too."""
    try:
        old_enough = time.time() - folder.stat().st_mtime > FORGOTTEN_SECONDS
        if folder.stat().st_uid != os.geteuid() or not old_enough:
            return
        if Lock(folder / USERS, of_process=True).take() and Lock(folder / "keeper.lock").take():
            shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        return


def _writable_places(folder: Path) -> dict[str, str]:
    """Return settings for a user without a home, or a read-only tree: tools want to write."""
    settings: dict[str, str] = {}
    if not home_is_writable():
        names = ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")
        settings |= dict.fromkeys(names, str(folder))
    if not os.access(ROOT, os.W_OK):
        options = os.environ.get("PYTEST_ADDOPTS", "")
        settings["PYTEST_ADDOPTS"] = f"{options} -o cache_dir={folder}/pytest"
    return settings


def _browser(python: Path, *, may_install: bool) -> str | None:
    """Return a Chromium for the browser tests, installing one where that is possible."""
    missing = _missing_for_browser(python)
    if missing and may_install and os.geteuid() == 0 and shutil.which("apt-get"):
        talk.say(f"Installing {' and '.join(missing)} for the browser tests.")
        _install_by_apt(missing)
        missing = _missing_for_browser(python)
    if not missing:
        return _find_browser()
    packages = " ".join(missing)
    talk.say(
        f"NO BROWSER: the browser tests will be skipped. Missing here: {packages} "
        f"(Debian: apt install {packages}). CHROMIUM may give the path of a browser."
    )
    return None


def _missing_for_browser(python: Path) -> list[str]:
    """Return the Debian packages that browser tests lack here."""
    missing = [] if _find_browser() else ["chromium"]
    # The program that drives the browser comes with its Python package, but for one library.
    drivers = list(python.parents[1].glob("lib/python3*/site-packages/playwright/driver/node"))
    for driver in drivers:
        done = subprocess.run([str(driver), "--version"], capture_output=True, check=False)
        if done.returncode != 0:
            missing.append("libatomic1")
    return missing


def _install_by_apt(packages: list[str]) -> None:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    for command in (["apt-get", "update", "-qq"], install):
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, env=quiet, check=False
        )
        if done.returncode != 0:
            talk.block(talk.indent(done.stderr.decode(errors="replace"), 5))


def _find_browser() -> str | None:
    chosen = os.environ.get("CHROMIUM") or os.environ.get("LOYALTY_CHROMIUM")
    if chosen:
        if not os.access(chosen, os.X_OK):
            raise CommandError(f"CHROMIUM is {chosen}, which is no program that can be run.")
        return chosen
    return next(filter(None, map(shutil.which, BROWSERS)), None)
