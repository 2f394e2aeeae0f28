"""The keeper: a small process that owns the servers of one data folder.

Whoever needs the servers holds a shared lock on a file. The first user
starts the keeper; the keeper stops the servers as soon as it can have that lock
alone. The kernel releases a lock however its holder ends, so nothing outlives
a killed command, and one command never cuts another off.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from support import talk
from support.locks import Lock
from support.places import LAUNCHER, reachable, server_user, shelter, write_private
from support.programs import runnable
from support.servers import Postgres, Redis, Server
from support.talk import CommandError

USERS = "users.lock"
PROCESSES = "processes.json"
PROCESS_SECONDS = 5
LEAVE_SECONDS = 1


@dataclass(frozen=True)
class Order:
    """What the keeper shall start. An empty program means: not needed."""

    folder: str
    postgres: str
    postgres_major: int
    redis: str
    durable: bool


class Membership:
    """The right to use the servers of a folder for as long as the process lives."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # Of the process: what a killed test run leaves behind does not count as a user.
        self.lock = Lock(folder / USERS, of_process=True)
        self.lock.wait(shared=True, saying="Waiting for the servers of the last command to stop.")
        self.keeper = Lock(folder / "keeper.lock")

    def servers(self, order: Order) -> dict[str, str]:
        """Return the addresses of the servers, starting those in the order if none run."""
        starting = Lock(self.folder / "start.lock")
        starting.wait(saying="Another command is starting the servers; waiting for it.")
        try:
            text = self._wait_for_addresses()
            if not text:
                return _start(order)
        finally:
            starting.release()
        addresses: dict[str, str] = json.loads(text)
        for name, program in (("postgres", order.postgres), ("redis", order.redis)):
            if program and name not in addresses:
                raise CommandError(
                    f"The servers on {self.folder} were started without {name}, because its "
                    "address was given.\nGive the same DATABASE_URL and REDIS_URL here."
                )
        return addresses

    def _wait_for_addresses(self) -> str:
        """Return what the keeper wrote down, or nothing if there is no keeper.

        A keeper whose starter was interrupted is still starting; one whose
        server died is about to end.
        """
        while not self.keeper.free():
            with contextlib.suppress(FileNotFoundError):
                return (self.folder / "servers.json").read_text(encoding="utf-8")
            time.sleep(0.05)
        return ""

    def keeper_alive(self) -> bool:
        """Whether the servers are still being kept."""
        return not self.keeper.free()

    def leave(self) -> bool:
        """Stop using the servers; return whether they have stopped, or others use them."""
        self.lock.release()
        began = time.monotonic()
        while not self.keeper.free():
            if time.monotonic() - began > LEAVE_SECONDS:
                # If the keeper does not hold the lock by now, somebody else does.
                lock = Lock(self.folder / USERS, of_process=True)
                others = lock.take(shared=True)
                lock.release()
                if others:
                    return False
            time.sleep(0.1)
        return True


def _start(order: Order) -> dict[str, str]:
    """Start a keeper and return the addresses it reports."""
    # Ends as soon as the keeper has answered: it goes on in a child of its own.
    done = subprocess.run(
        [sys.executable, "-E", "-s", str(LAUNCHER), "keep", json.dumps(asdict(order))],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
        cwd="/",
        text=True,
        check=False,
    )
    try:
        report = json.loads(done.stdout)
    except ValueError:
        log = Path(order.folder) / "logs" / "keeper.log"
        raise CommandError(f"The servers did not start:\n{talk.tail(log)}") from None
    if "problem" in report:
        raise CommandError(report["problem"])
    addresses: dict[str, str] = report["addresses"]
    return addresses


def keep(order: Order) -> int:
    """Be the keeper: start the servers, wait for the last user to leave, stop them."""
    # Let go of the command that started us, so that it has no child to wait for.
    if os.fork() != 0:
        os._exit(0)
    folder = Path(order.folder)
    _detach(folder)
    alone = Lock(folder / "keeper.lock")
    # Free, but for the moment in which somebody looks or an old keeper takes its leave.
    alone.wait()
    servers: list[Server] = []
    crashed = False
    try:
        # Left by a keeper that was killed.
        for name in ("servers.json", PROCESSES):
            (folder / name).unlink(missing_ok=True)
        addresses = _start_servers(order, servers)
        write_private(folder / "servers.json", json.dumps(addresses))
        _report({"addresses": addresses})
        users = Lock(folder / USERS, of_process=True)
        while not users.take():
            if any(server.process and server.process.poll() is not None for server in servers):
                crashed = True
                break
            time.sleep(0.1)
    except CommandError as problem:
        _report({"problem": str(problem)})
    except OSError as error:
        _report({"problem": f"The servers did not start: {error}"})
    finally:
        if not crashed:
            _end_processes(folder)
        (folder / "servers.json").unlink(missing_ok=True)
        for server in reversed(servers):
            server.stop()
    if not order.durable and not crashed:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def note_processes(folder: Path, pids: list[int]) -> None:
    """Name processes, each leading its own group, that shall not outlive the last user."""
    write_private(folder / PROCESSES, json.dumps(pids))


def _end_processes(folder: Path) -> None:
    """End what a killed command left: give the groups some seconds, then no choice."""
    try:
        groups = set(json.loads((folder / PROCESSES).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return
    deadline = time.monotonic() + PROCESS_SECONDS
    while groups and time.monotonic() < deadline:
        groups = {group for group in groups if _signal_group(group, 0)}
        time.sleep(0.1)
    for group in groups:
        _signal_group(group, signal.SIGKILL)
    (folder / PROCESSES).unlink(missing_ok=True)


def _signal_group(group: int, number: int) -> bool:
    """Send a signal to a process group and return whether the group exists."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _detach(folder: Path) -> None:
    """Survive the terminal, and hold no pipe open that somebody reads to its end."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    (folder / "logs").mkdir(exist_ok=True)
    log = os.open(folder / "logs" / "keeper.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(log, 2)
    os.close(log)


def _report(report: dict[str, object]) -> None:
    """Answer the command that waits for us, once."""
    with contextlib.suppress(OSError, ValueError):
        print(json.dumps(report), flush=True)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.close(nothing)


def _start_servers(order: Order, servers: list[Server]) -> dict[str, str]:
    """Start what was ordered, note each server as soon as it exists, return the addresses."""
    folder = Path(order.folder)
    place = _server_place(folder)
    user = server_user(place / "postgres")
    logs = folder / "logs"
    addresses = {}
    if order.postgres:
        programs = runnable(Path(order.postgres), user)
        postgres = Postgres(
            place / "postgres", logs / "postgres.log", user, programs, durable=order.durable
        )
        postgres.create(order.postgres_major)
        servers.append(postgres)
        postgres.start()
        addresses["postgres"] = postgres.url()
    if order.redis:
        program = runnable(Path(order.redis), user)
        redis = Redis(place / "redis", logs / "redis.log", user, program, durable=order.durable)
        redis.create()
        servers.append(redis)
        redis.start()
        addresses["redis"] = redis.url()
    return addresses


def server_place(folder: Path) -> Path | None:
    """Return where the servers of a data folder keep their files, if that is settled."""
    pointer = folder / "servers-are-in"
    if pointer.exists():
        return Path(pointer.read_text(encoding="utf-8").strip())
    return folder if (folder / "postgres").exists() else None


def _server_place(folder: Path) -> Path:
    """Return where the servers keep their files: here, or where their user can reach them."""
    settled = server_place(folder)
    if settled is not None and settled.exists():
        return settled
    if reachable(folder, server_user()):
        return folder
    place = shelter(folder)
    (folder / "servers-are-in").write_text(f"{place}\n", encoding="utf-8")
    return place
