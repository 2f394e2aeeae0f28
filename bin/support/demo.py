"""bin/run: the whole platform on this machine, for trying it out."""

import argparse
import http
import http.client
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support import environment, talk
from support.data import SCHEDULE, DataFolder, open_data
from support.keeper import Membership, note_processes
from support.places import ROOT, write_private
from support.processes import Child
from support.servers import die_with_parent
from support.services import Services, get_services
from support.talk import CommandError

# The beginning of the lines in which fill.py names its commands.
ANNOUNCEMENT = "command: manage.py "
FILL = ROOT / "bin" / "support" / "fill.py"
PEOPLE = ROOT / "loyalty_site" / "demo" / "people.py"
HEALTHY_SECONDS = 60
LAST_PORT = 65535
WEB_POOL, WORKER_POOL = "8", "4"


def run(arguments: list[str]) -> int:
    """Start everything, stay until Ctrl-C, stop everything."""
    talk.speak_on(sys.stdout)
    options = _options(arguments)
    port = _port()
    data = open_data()
    with _only_one(data, port):
        _refuse_taken_port(port)
        if options.fresh:
            _refuse_foreign_database()
            talk.say(f"Deleting the demo's data in {data.shown()}.")
            data.empty()
        python = environment.prepare("runtime")
        services = get_services(Membership(data.path), python, data=data)
        settings = demo_settings(data, services.settings, port)
        write_private(data.path / "demo.json", json.dumps(settings))
        try:
            _fill_database(python, settings, data, with_demo=not options.no_demo)
            return _serve(python, settings, data, services, with_demo=not options.no_demo)
        finally:
            (data.path / "demo.json").unlink(missing_ok=True)
            if services.membership.leave():
                talk.say("Everything has stopped.")
            else:
                talk.say("PostgreSQL and Redis go on for another command that uses them.")


def demo_settings(data: DataFolder, services: dict[str, str], port: int) -> dict[str, str]:
    """Return the variables of the demo; those that are set already win."""
    defaults = {
        "LOYALTY_MODE": "demo",
        "LOYALTY_DATA_DIR": str(data.path),
        "PORT": str(port),
        "FRONTEND_URL": f"http://127.0.0.1:{port}",
        "ALLOWED_HOSTS": "127.0.0.1,localhost,[::1]",
        **services,
    }
    if os.environ.get("LOYALTY_MODE", "demo") == "demo":
        defaults |= data.keys()
    return {name: os.environ.get(name) or value for name, value in defaults.items()}


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bin/run",
        description="Start the demo on http://127.0.0.1:8000/ (PORT chooses another port).",
    )
    parser.add_argument("--fresh", action="store_true", help="delete the demo's data first")
    parser.add_argument(
        "--no-demo", action="store_true", help="only the programme, no example members"
    )
    return parser.parse_args(arguments)


def _port() -> int:
    text = os.environ.get("PORT") or "8000"
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= LAST_PORT):
        raise CommandError(f"PORT is {text}; it must be a number from 1 to {LAST_PORT}.")
    return int(text)


def _refuse_taken_port(port: int) -> None:
    """Find out now, not after everything else has been prepared."""
    with socket.socket() as probe:
        # As the web server does: a port whose last connections linger is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise CommandError(
                f"Port {port} is reserved for root. Choose another: PORT=8001 bin/run"
            ) from None
        except OSError:
            raise CommandError(
                f"Port {port} is taken by another program. "
                f"Stop it, or choose another port: PORT={port + 1} bin/run"
            ) from None


def _refuse_foreign_database() -> None:
    if os.environ.get("DATABASE_URL"):
        raise CommandError(
            "--fresh deletes only the demo's own database, and DATABASE_URL names another.\n"
            "Unset DATABASE_URL, or empty that database yourself."
        )


@contextmanager
def _only_one(data: DataFolder, port: int) -> Iterator[None]:
    """Hold the data folder as the one demo that runs on it."""
    if not data.demo_lock.take():
        running = data.running_demo() or {}
        where = f" at http://127.0.0.1:{running['PORT']}/" if "PORT" in running else ""
        raise CommandError(
            f"The demo already runs on the data in {data.shown()}{where}.\n"
            "Stop it with Ctrl-C where it was started, or start a second one on its own data:\n"
            f"    LOYALTY_DATA_DIR=.data-2 PORT={port + 1} bin/run"
        )
    try:
        yield
    finally:
        data.demo_lock.release()


def _fill_database(
    python: Path, settings: dict[str, str], data: DataFolder, *, with_demo: bool
) -> None:
    """Bring the database up to date and fill it; each command does only what is missing."""
    commands = {
        "migrate --noinput": "Bringing the database up to date.",
        "load_programme": "Loading the programme.",
    }
    if with_demo:
        commands["seed_demo"] = "Living through the demo's past."
    log = data.path / "logs" / "prepare.log"
    command = ""
    with (
        log.open("w", encoding="utf-8") as copy,
        subprocess.Popen(
            [str(python), str(FILL), *commands],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={**os.environ, **settings, "DATABASE_POOL_SIZE": "0", "PYTHONUNBUFFERED": "1"},
            preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - no threads yet
        ) as process,
    ):
        for line in process.stdout or ():
            copy.write(line)
            if line.startswith(ANNOUNCEMENT):
                command = line.removeprefix(ANNOUNCEMENT).strip()
                talk.say(commands[command])
    if process.returncode != 0:
        raise CommandError(f"manage.py {command} failed:\n{talk.tail(log)}\nAll of it: {log}")


def _serve(
    python: Path, settings: dict[str, str], data: DataFolder, services: Services, *, with_demo: bool
) -> int:
    """Run the web server and the worker until someone stops us or one of them ends."""
    talk.say("Starting the web server and the worker.")
    children: list[Child] = []
    try:
        children += _children(python, settings, data)
        note_processes(data.path, [child.process.pid for child in children])
        for child in children:
            child.follow()
        _wait_until_healthy(settings["PORT"], children)
        talk.block(_welcome(settings["PORT"], data, with_demo=with_demo))
        while True:
            _refuse_ended(children, services)
            time.sleep(0.25)
    except KeyboardInterrupt:
        talk.block("")
        talk.say("Stopping.")
        return 0
    finally:
        _stop(children)


def _children(python: Path, settings: dict[str, str], data: DataFolder) -> list[Child]:
    environ = {**os.environ, **settings, "PYTHONUNBUFFERED": "1"}
    logs = data.path / "logs"
    web = [str(python), "-m", "uvicorn", "loyalty_site.asgi:application"]
    web += ["--host", "127.0.0.1", "--port", settings["PORT"]]
    # Nothing stands before this server, so nobody else's word on addresses counts.
    web += ["--no-proxy-headers", "--timeout-graceful-shutdown", "2"]
    web += ["--ws-max-size", "65536"]
    worker = [str(python), "-m", "celery", "-A", "loyalty_site", "worker", "-B"]
    # The sweeps run every few seconds; only what goes wrong with them is worth a line.
    worker += ["--pool", "threads", "--concurrency", "2", "--loglevel", "WARNING"]
    worker += ["--schedule", str(data.path / SCHEDULE), "--without-gossip", "--without-mingle"]
    return [
        Child(
            "web",
            web,
            settings={**environ, "DATABASE_POOL_SIZE": WEB_POOL},
            folder=ROOT,
            log=logs / "web.log",
        ),
        Child(
            "worker",
            worker,
            settings={**environ, "DATABASE_POOL_SIZE": WORKER_POOL},
            folder=ROOT,
            log=logs / "worker.log",
        ),
    ]


def _wait_until_healthy(port: str, children: list[Child]) -> None:
    deadline = time.monotonic() + HEALTHY_SECONDS
    answer = "no answer"
    while time.monotonic() < deadline:
        _refuse_ended(children)
        try:
            connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=5)
            connection.request("GET", "/health")
            response = connection.getresponse()
            answer = f"{response.status} {response.read(500).decode(errors='replace')}"
            if response.status == http.HTTPStatus.OK:
                return
        except (OSError, http.client.HTTPException):
            pass
        time.sleep(0.1)
    web = children[0]
    raise CommandError(
        f"The web server was not healthy within {HEALTHY_SECONDS} seconds. /health said: {answer}\n"
        f"{talk.tail(web.log)}\nAll of it: {web.log}"
    )


def _refuse_ended(children: list[Child], services: Services | None = None) -> None:
    """Say which part ended by itself, and show why."""
    for child in children:
        if child.ended():
            raise CommandError(
                f"The {child.name} process ended by itself ({child.reason()}). Its last lines:\n"
                f"{talk.tail(child.log)}\nAll of it: {child.log}"
            )
    if services and not services.membership.keeper_alive():
        logs = services.membership.folder / "logs"
        raise CommandError(
            "PostgreSQL or Redis ended by itself. Their last lines:\n"
            f"{talk.tail(logs / 'postgres.log', 6)}\n\n{talk.tail(logs / 'redis.log', 6)}\n"
            f"All of it: {logs}"
        )


def _stop(children: list[Child]) -> None:
    """Stop the processes in order; a second Ctrl-C ends them at once."""
    try:
        for child in children:
            child.stop(5)
    except KeyboardInterrupt:
        for child in children:
            child.kill()


def _list_people() -> str:
    """Say who can sign in, by the demo's own list; it needs no environment to be read."""
    demo = runpy.run_path(str(PEOPLE))
    width = max(len(person.email) for person in demo["PEOPLE"])
    lines = [f"    {person.email:{width}}  {person.what}\n" for person in demo["PEOPLE"]]
    return f"  Sign in with the password {demo['PASSWORD']} as\n{''.join(lines)}"


def _welcome(port: str, data: DataFolder, *, with_demo: bool) -> str:
    address = f"http://127.0.0.1:{port}"
    if with_demo:
        people = _list_people()
    else:
        people = "  Nobody can sign in yet: bin/manage createsuperuser\n"
    return (
        "\n  The loyalty platform is running.\n\n"
        f"    Member site  {address}/\n"
        f"    Admin        {address}/admin/\n"
        f"    API          {address}/api/docs\n"
        f"    Live events  {address}/live\n\n"
        f"{people}\n"
        "  Rate limits are raised a hundredfold for trying things out (docs/api.md).\n"
        f"  Logs: {data.shown()}/logs   Commands: bin/manage   Stop: Ctrl-C\n"
    )
