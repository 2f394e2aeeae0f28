"""Entry to everything behind bin/run, bin/test and bin/manage. They call it; people do not."""

import json
import signal
import sys
from types import FrameType

from support import commands, demo, environment, talk, tests
from support.keeper import Order, keep
from support.talk import CommandError


def main() -> int:
    """Run one command and turn every expected trouble into a sentence."""
    command, *arguments = sys.argv[1:]
    # Scripts start commands in the background with Ctrl-C switched off; here it always works.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        # What nohup switched off stays off.
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _interrupt)
    try:
        return _dispatch(command, arguments)
    except CommandError as problem:
        talk.fail(str(problem))
        return 1
    except OSError as error:
        talk.fail(f"{error.strerror or error}: {error.filename or 'no file named'}")
        return 1
    except KeyboardInterrupt:
        talk.fail("Stopped.")
        return 130


def _dispatch(command: str, arguments: list[str]) -> int:
    match command:
        case "run":
            return demo.run(arguments)
        case "manage":
            return commands.run(arguments)
        case "test":
            return tests.run(arguments)
        case "keep":
            return keep(Order(**json.loads(arguments[0])))
        case "environment":
            print(environment.prepare(*arguments))
            return 0
        case "on-servers":
            return tests.on_servers(arguments)
        case _:
            raise CommandError(f"bin/launch.py knows no command {command}.")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
