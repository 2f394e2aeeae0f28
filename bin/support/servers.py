"""A private PostgreSQL and a private Redis, both on free loopback ports."""

import ctypes
import locale
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from support import talk
from support.places import ServerUser, give, run_as, write_as
from support.talk import CommandError

DATABASE = "loyalty"
OWNER = "loyalty"
START_SECONDS = 120
STOP_SECONDS = 20
# What a port that was just taken, or a server that is still stopping, lets a new one say.
PASSING_TROUBLES = ("in use", "postmaster.pid")
# The line of postmaster.pid that says whether connections are accepted.
STATUS_LINE = 7
# The first PostgreSQL with sort orders of its own.
BUILTIN_LOCALES = 17

# What PostgreSQL keeps of its tables and indexes in memory, in megabytes: a quarter of what there
# is, as its manual advises, within these bounds. It is taken as it is used.
BUFFERS_MIN, BUFFERS_MAX = 128, 1024
# How much memory a container allows itself (cgroup 2 and 1).
MEMORY_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(signal_number: int) -> Callable[[], None]:
    """Return a step between fork and exec: when the parent dies, the child gets a signal.

    The kernel forgets this when a process changes its user; subprocess does
    that before it calls this step.
    """
    parent = os.getpid()

    def step() -> None:
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return step


def free_port() -> int:
    """Return a loopback port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def choose_buffers() -> int:
    """Return how many megabytes PostgreSQL keeps of its tables and indexes."""
    sizes = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    for limit in MEMORY_LIMITS:
        try:
            sizes.append(int(limit.read_text(encoding="ascii")))
        except (OSError, ValueError):
            # No such file, or no limit in it.
            continue
    return max(BUFFERS_MIN, min(min(sizes) // 2**20 // 4, BUFFERS_MAX))


class Server:
    """One server process. Subclasses say how it starts, answers and stops."""

    name = "server"
    stop_signal = signal.SIGTERM

    def __init__(self, folder: Path, log: Path, user: ServerUser | None) -> None:
        self.folder = folder
        self.log = log
        self.user = user
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start on a free port and return when the server answers."""
        # Between looking for a port and using it, somebody else may take it.
        for attempt in range(4):
            self.port = free_port()
            begins_at = self.log.stat().st_size if self.log.exists() else 0
            if self._try_to_start():
                return
            said = self.log.read_bytes()[begins_at:].decode(errors="replace")
            self.stop()
            if not any(passing in said for passing in PASSING_TROUBLES):
                break
            time.sleep(attempt)
        raise CommandError(f"{self.name} did not start:\n{talk.indent(said)}")

    def _try_to_start(self) -> bool:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                preexec_fn=die_with_parent(self.stop_signal),  # noqa: PLW1509 - no threads
                user=self.user.uid if self.user else None,
                group=self.user.gid if self.user else None,
                extra_groups=[] if self.user else None,
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                return False
            if self.ready():
                return True
            time.sleep(0.02)
        return False

    def command(self) -> list[str]:
        """Return the command line for the current port."""
        raise NotImplementedError

    def ready(self) -> bool:
        """Whether the started server answers."""
        raise NotImplementedError

    def url(self) -> str:
        """Return the address for Django's settings."""
        raise NotImplementedError

    def stop(self) -> None:
        """Stop the server, by force if it takes too long."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Postgres(Server):
    """A PostgreSQL cluster in folder/cluster, with the password of its owner beside it."""

    name = "PostgreSQL"

    def __init__(
        self, folder: Path, log: Path, user: ServerUser | None, programs: Path, *, durable: bool
    ) -> None:
        super().__init__(folder, log, user)
        self.programs = programs
        self.durable = durable
        # Fast shutdown writes everything out; immediate is for data nobody wants any more.
        self.stop_signal = signal.SIGINT if durable else signal.SIGQUIT

    def command(self) -> list[str]:
        """Return the command line for the current port."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "shared_buffers": f"{choose_buffers()}MB",
            # A badge that reaches a million members writes 3 GB within a minute: by default that is
            # a checkpoint every few seconds, each of which writes all that changed.
            "max_wal_size": "4GB",
            # Two who write so much at once wait for each other's writing less, and their commits
            # find most of it written, into a log not filled with zeros first (decision 15).
            "wal_buffers": "64MB",
            "wal_writer_delay": "20ms",
            "wal_init_zero": "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "logging_collector": "off",
            "log_lock_waits": "on",
            "jit": "off",
            "synchronous_commit": "on",
        }
        if not self.durable:
            settings |= {"fsync": "off", "full_page_writes": "off"}
        options = [word for pair in settings.items() for word in ("-c", "=".join(pair))]
        return [str(self.programs / "postgres"), "-D", str(self.folder / "cluster"), *options]

    def create(self, major: int) -> None:
        """Make the cluster, its database and the ordinary role that owns it.

        Everything is made in a draft folder, so an interruption leaves nothing half done.
        """
        if (self.folder / "cluster").exists():
            return
        draft = self.folder.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        give(draft, self.user)
        cluster = draft / "cluster"
        options = ["--auth=reject", "--username=postgres", "--encoding=UTF8", *_locale(major)]
        options += ["--data-checksums"] if self.durable else ["--no-sync"]
        self._create_step([str(self.programs / "initdb"), "-D", str(cluster), *options])
        # Only over loopback and only with a password. The superuser has none, so
        # it exists for the set-up below alone.
        write_as(self.user, cluster / "pg_hba.conf", "host all all 127.0.0.1/32 scram-sha-256\n")
        password = secrets.token_urlsafe(24)
        statements = [
            f"CREATE ROLE {OWNER} LOGIN CREATEDB PASSWORD '{password}';",
            f"CREATE DATABASE {DATABASE} OWNER {OWNER};",
        ]
        if not self.durable:
            # Tests of the audit tamper with tables, past the triggers that protect them.
            statements.append(f"GRANT SET ON PARAMETER session_replication_role TO {OWNER};")
        alone = [str(self.programs / "postgres"), "--single", "-D", str(cluster)]
        self._create_step(
            [*alone, "-c", "exit_on_error=on", "postgres"],
            "\n".join([*statements, ""]),
        )
        write_as(self.user, draft / "password", password)
        draft.replace(self.folder)

    def _create_step(self, command: list[str], text: str = "") -> None:
        done = run_as(self.user, command, text)
        if done.returncode != 0:
            raise CommandError(f"The database could not be made:\n{talk.indent(done.stderr)}")

    def ready(self) -> bool:
        """Whether connections are accepted, as the server notes in its own pid file."""
        try:
            lines = (self.folder / "cluster" / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        ours = self.process is not None and lines[:1] == [str(self.process.pid)]
        return ours and [line.strip() for line in lines[STATUS_LINE:]] == ["ready"]

    def url(self) -> str:
        """Return the address for Django's settings."""
        password = (self.folder / "password").read_text(encoding="utf-8")
        return f"postgresql://{OWNER}:{password}@127.0.0.1:{self.port}/{DATABASE}"


def _locale(major: int) -> list[str]:
    """Return initdb's options for one sort order, by code point, on every machine."""
    if major >= BUILTIN_LOCALES:
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    previous = locale.setlocale(locale.LC_CTYPE)
    try:
        locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    except locale.Error:
        return ["--locale=C"]
    finally:
        locale.setlocale(locale.LC_CTYPE, previous)
    return ["--locale=C.UTF-8"]


class Redis(Server):
    """A Redis or Valkey server; what it holds may be lost without harm."""

    name = "Redis"

    def __init__(
        self, folder: Path, log: Path, user: ServerUser | None, program: Path, *, durable: bool
    ) -> None:
        super().__init__(folder, log, user)
        self.program = program
        self.durable = durable
        self.password = secrets.token_urlsafe(24)

    def command(self) -> list[str]:
        """Write the configuration for the current port and return the command line."""
        # In a file, not in arguments: those can be seen by every user of the machine.
        configuration = self.folder / "redis.conf"
        lines = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "requirepass": self.password,
            "dir": f'"{self.folder}"',
            "appendonly": "no",
            "save": "300 1" if self.durable else '""',
            "stop-writes-on-bgsave-error": "no",
        }
        text = "".join(f"{key} {value}\n" for key, value in lines.items())
        write_as(self.user, configuration, text)
        return [str(self.program), str(configuration)]

    def create(self) -> None:
        """Make the folder."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        give(self.folder, self.user)

    def ready(self) -> bool:
        """Whether the server answers a ping."""
        question = f"AUTH {self.password}\r\nPING\r\n".encode()
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(question)
                return connection.makefile("rb").read(12) == b"+OK\r\n+PONG\r\n"
        except OSError:
            return False

    def url(self) -> str:
        """Return the address for Django's settings."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"
