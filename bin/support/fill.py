"""Runs several commands of manage.py in one process, with the environment's Python.

Starting Django takes longer than most of the commands do. Each command is
announced on a line of its own, so that the caller can say what is going on.
"""

import os
import sys
from pathlib import Path

from django.core.management import execute_from_command_line

ANNOUNCEMENT = "command: manage.py "


def main() -> None:
    """Run the commands given as arguments, one string each."""
    sys.path[0] = str(Path(__file__).resolve().parents[2])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty_site.settings")
    for command in sys.argv[1:]:
        print(f"{ANNOUNCEMENT}{command}", flush=True)
        execute_from_command_line(["manage.py", *command.split()])


if __name__ == "__main__":
    main()
