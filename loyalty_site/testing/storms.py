"""Storms: many real processes that do something at the same instant.

    @pytest.mark.storm
    @pytest.mark.django_db(transaction=True)
    def test_the_last_item_is_sold_once(reward, members):
        results = run_together(12, lambda i: redeem_reward(member=members[i], …).pk)
        assert len(winners(results)) == 1
        assert all(isinstance(error, OutOfStock) for error in losers(results))

Processes, not threads: they share neither the interpreter's lock nor a database connection, so
what holds here holds between web workers. They are forks of the test, so the function may close
over anything the test made; what it returns is pickled, so return ids and figures, not models.
The test needs `transaction=True`: a fork cannot see what an open transaction has not committed.
"""

import multiprocessing
import pickle
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from typing import Any, TypeVar

from django.db import connection, connections

T = TypeVar("T")
START_SECONDS_MAX = 60


class ProcessDied(Exception):
    """A process of the storm ended without a word, or was still busy when time was up."""


def run_together(
    n: int, function: Callable[[int], T], *, timeout_seconds: float = 300
) -> list[T | BaseException]:
    """Call `function(0)` … `function(n - 1)` in `n` processes at once; return what became of each.

    Each process opens its own connection to the test database, then waits at a barrier until all
    are ready. The list is in the order of the numbers and holds what each call returned or the
    exception it raised (ProcessDied when it said nothing in time). No process outlives the call.
    """
    if connection.in_atomic_block:
        raise RuntimeError("A storm needs @pytest.mark.django_db(transaction=True).")
    # A fork that inherits an open connection would talk on its parent's wire.
    connections.close_all()
    fork = multiprocessing.get_context("fork")
    barrier = fork.Barrier(n)
    pipes = [fork.Pipe(duplex=False) for _ in range(n)]
    processes = [
        fork.Process(target=_run_one, args=(i, function, barrier, pipes[i][1]), daemon=True)
        for i in range(n)
    ]
    for process in processes:
        process.start()
    for _, sender in pipes:
        sender.close()
    deadline = time.monotonic() + timeout_seconds
    try:
        return [_receive(receiver, deadline) for receiver, _ in pipes]
    finally:
        for process, (receiver, _) in zip(processes, pipes, strict=True):
            process.join(max(0.0, min(1.0, deadline - time.monotonic())))
            process.kill()
            process.join()
            receiver.close()


def winners(results: Sequence[T | BaseException]) -> list[T]:
    """Return what the calls that succeeded returned."""
    return [result for result in results if not isinstance(result, BaseException)]


def losers(results: Sequence[Any]) -> list[BaseException]:
    """Return what the calls that failed raised."""
    return [result for result in results if isinstance(result, BaseException)]


def _run_one(i: int, function: Callable[[int], Any], barrier: Barrier, sender: Connection) -> None:
    error: BaseException | None = None
    result: Any = None
    try:
        connection.ensure_connection()
        barrier.wait(START_SECONDS_MAX)
        result = function(i)
    except BaseException as raised:  # noqa: BLE001 -- every outcome is the test's to judge
        error = raised
    if error is None:
        sender.send_bytes(pickle.dumps((result, None)))
    else:
        sender.send_bytes(pickle.dumps((None, _pack(error))))
    sender.close()
    connections.close_all()


def _receive(receiver: Connection, deadline: float) -> Any:
    try:
        if not receiver.poll(max(0.0, deadline - time.monotonic())):
            return ProcessDied("still busy when time was up")
        result, packed = pickle.loads(receiver.recv_bytes())  # noqa: S301 -- our own child wrote it
    except EOFError:
        return ProcessDied("ended without an answer")
    return result if packed is None else _unpack(*packed)


# Exceptions whose constructors take keywords only cannot be pickled as they are.
def _pack(error: BaseException) -> tuple[type[BaseException], Any, Any]:
    packed = (type(error), error.args, error.__dict__)
    try:
        pickle.dumps(packed)
    except Exception:  # noqa: BLE001 -- whatever cannot travel is told in words
        return type(error), (str(error),), {}
    return packed


def _unpack(kind: type[BaseException], args: Any, state: dict[str, Any]) -> BaseException:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(state)
    return error
