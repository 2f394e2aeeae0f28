"""Kept balances are forgotten by a thread, many at a time, and this process knows until then."""

import threading

from points.services.forgetting import Forgetter


def test_members_are_due_until_they_are_forgotten_and_gather_meanwhile():
    may_go_on, forgotten = threading.Event(), []

    def forget(member_ids):
        may_go_on.wait(5)
        forgotten.append(sorted(member_ids))

    forgetter = Forgetter(forget)
    forgetter.add([1])
    while not forgetter._under_way:
        pass
    forgetter.add([2])
    forgetter.add([3, 2])
    assert [forgetter.is_due(member_id) for member_id in (1, 2, 3, 4)] == [True, True, True, False]

    may_go_on.set()
    forgetter.finish()

    assert forgotten == [[1], [2, 3]]
    assert not any(forgetter.is_due(member_id) for member_id in (1, 2, 3))


def test_a_failure_does_not_end_the_forgetting():
    forgotten = []

    def forget(member_ids):
        if 1 in member_ids:
            raise RuntimeError
        forgotten.extend(member_ids)

    forgetter = Forgetter(forget)
    forgetter.add([1])
    forgetter.finish()
    forgetter.add([2])
    forgetter.finish()

    assert forgotten == [2]
