"""PostgreSQL's own load generator: the same SQL without Python, which is the limit."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

SECONDS = 4
TPS = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)


def find_pgbench() -> str:
    """Return the program, from PG_BIN, Debian's folders or the PATH; raise FileNotFoundError."""
    folders = [os.environ.get("PG_BIN", "")]
    folders += [str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"))][::-1]
    for folder in filter(None, folders):
        if (found := Path(folder) / "pgbench").exists():
            return str(found)
    if found_on_path := shutil.which("pgbench"):
        return found_on_path
    raise FileNotFoundError("pgbench was not found: install PostgreSQL's contrib programs.")


def run_pgbench(script: str, *, clients: int, seconds: int = SECONDS) -> float:
    """Run a script with so many clients and return transactions per second."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        command = [find_pgbench(), "--no-vacuum", "--protocol=prepared", f"--file={file.name}"]
        command += [f"--client={clients}", f"--jobs={min(clients, 2)}", f"--time={seconds}"]
        command.append(os.environ["DATABASE_URL"])
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    found = TPS.search(result.stdout)
    if result.returncode or not found:
        raise RuntimeError(result.stderr or result.stdout)
    return float(found[1])
