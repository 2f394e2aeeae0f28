"""Writes that are sent again: one effect, one answer."""

import json
import os
import signal
from contextlib import nullcontext
from datetime import timedelta
from time import sleep

import pytest
from django.db import DataError, IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from loyalty_site.accounts.models import SignInAttempts
from loyalty_site.api import idempotency
from loyalty_site.api.idempotency import Claim
from loyalty_site.api.models import StoredAnswer
from loyalty_site.api.tasks import forget_old_answers
from loyalty_site.testing.storms import ProcessDied, run_together, winners
from points.errors import InsufficientPoints
from points.models import PointAccount, PointTransaction
from points.services.accounts import get_account_id
from rewards.models import Redemption
from rewards.services.catalogue import create_reward
from rewards.services.redemptions import redeem_reward

pytestmark = pytest.mark.django_db

REDEEM = "/v2/gamification/rewards/redeem"
REWARDS = "/v2/gamification/rewards"
PASSWORD = "blue-river-7"


@pytest.fixture
def coffee(now):
    fields = {"title": "Coffee", "category": "Food", "points_required": 50, "quantity": 5}
    return create_reward(fields=fields, now=now)


@pytest.fixture
def mia(make_member):
    return make_member("mia", points=200)


@pytest.fixture
def send(sign_in):
    """Return a function that sends JSON as somebody, by default a POST, under a key."""

    def call(person, path, body, key="k-1", *, method="post"):
        text = body if isinstance(body, str) else json.dumps(body)
        api = sign_in(person)
        headers = {} if key is None else {"Idempotency-Key": key}
        post = getattr(api, method)
        return post(path, text, content_type="application/json", headers=headers)

    return call


def balance_of(person):
    return PointAccount.objects.get(pk=get_account_id(person.public_id)).balance


def assert_repeats(first, second):
    assert second.status_code == first.status_code
    assert second.content == first.content
    assert second["Content-Type"] == first["Content-Type"]
    assert second["Idempotency-Hit"] == "true"
    assert not first.has_header("Idempotency-Hit")


def assert_refused(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["success"] is False


def test_the_same_request_again_answers_the_same_bytes_and_does_nothing(coffee, mia, send):
    body = {"rewardId": str(coffee.pk)}

    first, second, third = (send(mia, path, body) for path in (REDEEM, REDEEM, f"{REDEEM}/"))

    assert first.status_code == 201
    assert_repeats(first, second)
    assert_repeats(first, third)
    assert Redemption.objects.count() == 1
    assert balance_of(mia) == 150


def test_without_a_key_each_request_does_its_work(coffee, mia, send):
    for _ in range(2):
        assert send(mia, REDEEM, {"rewardId": str(coffee.pk)}, key=None).status_code == 201

    assert Redemption.objects.count() == 2
    assert StoredAnswer.objects.count() == 0


def test_order_and_blanks_of_a_body_do_not_make_it_another(make_staff, send):
    boss = make_staff("boss")
    one = '{"title": "Tea", "category": "Food", "pointsRequired": 5}'
    same = '{ "pointsRequired":5,\n"category":"Food","title":"\\u0054ea"}'

    assert_repeats(send(boss, REWARDS, one), send(boss, REWARDS, same))


@pytest.mark.parametrize("other", [{"rewardId": "999"}, {}, [], {"rewardId": "1", "x": 1}])
def test_another_body_under_the_same_key_is_422_and_does_nothing(coffee, mia, send, other):
    send(mia, REDEEM, {"rewardId": str(coffee.pk)})

    assert_refused(send(mia, REDEEM, other), 422, "idempotency_key_reused")
    assert Redemption.objects.count() == 1


def test_another_query_under_the_same_key_is_422(coffee, mia, send):
    send(mia, REDEEM, {"rewardId": str(coffee.pk)})

    answer = send(mia, f"{REDEEM}?a=b", {"rewardId": str(coffee.pk)})

    assert_refused(answer, 422, "idempotency_key_reused")


def test_two_members_with_one_key_share_nothing(coffee, mia, make_member, send):
    leo = make_member("leo", points=200)
    body = {"rewardId": str(coffee.pk)}

    answers = [send(person, REDEEM, body) for person in (mia, leo)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["data"]["id"] != answers[1].json()["data"]["id"]


def test_one_key_on_two_paths_or_methods_is_two_keys(coffee, mia, send):
    redeemed = send(mia, REDEEM, {"rewardId": str(coffee.pk)})
    path = f"{REWARDS}/redemptions/{redeemed.json()['data']['id']}/cancel"

    cancelled = send(mia, path, "")

    assert cancelled.status_code == 200
    assert_repeats(cancelled, send(mia, path, ""))


def test_put_and_delete_are_repeatable_as_well(coffee, make_staff, send):
    boss = make_staff("boss")
    path = f"{REWARDS}/{coffee.pk}"

    changed, again = (send(boss, path, {"title": "Tea"}, method="put") for _ in range(2))
    deleted, gone = (send(boss, path, "", method="delete") for _ in range(2))

    assert_repeats(changed, again)
    assert deleted.status_code == 200
    assert_repeats(deleted, gone)


def test_what_the_state_refused_is_refused_again_whatever_the_state(coffee, make_member, send):
    leo = make_member("leo", points=20)
    body = {"rewardId": str(coffee.pk)}
    first = send(leo, REDEEM, body)
    assert_refused(first, 409, InsufficientPoints.code)
    coffee.points_required = 10
    coffee.save()

    assert_repeats(first, send(leo, REDEEM, body))
    assert send(leo, REDEEM, body, key="k-2").status_code == 201


def test_a_fault_of_the_request_leaves_the_key_free(coffee, mia, send):
    assert send(mia, REDEEM, {"rewardId": 5}).status_code == 400
    assert send(mia, REDEEM, '{"rewardId": ').status_code == 400
    assert send(mia, REDEEM, {"rewardId": "999"}).status_code == 404

    assert send(mia, REDEEM, {"rewardId": str(coffee.pk)}).status_code == 201
    assert Redemption.objects.count() == 1


def test_who_may_not_is_refused_before_anything_is_repeated(make_staff, send):
    boss = make_staff("boss")
    body = {"title": "Tea", "category": "Food", "pointsRequired": 5}
    send(boss, REWARDS, body)
    boss.is_superuser = False
    boss.save()

    assert send(boss, REWARDS, body).status_code == 403
    boss.is_active = False
    boss.save()
    assert send(boss, REWARDS, body).status_code == 401


@pytest.mark.parametrize("key", ["", " ", "a" * 256, "a\tb", "é", " a", "a\x7f"])
def test_what_is_no_key_is_400(coffee, mia, send, key):
    answer = send(mia, REDEEM, {"rewardId": str(coffee.pk)}, key=key)

    assert_refused(answer, 400, "idempotency_key_invalid")
    assert Redemption.objects.count() == 0


@pytest.mark.parametrize("key", ["a", "a" * 255, '"quoted"', "a b"])
def test_what_is_a_key(coffee, mia, send, key):
    assert send(mia, REDEEM, {"rewardId": str(coffee.pk)}, key=key).status_code == 201


def test_who_is_not_signed_in_has_no_keys(send):
    body = {"name": "Zoe", "email": "zoe@example.com", "password": PASSWORD}

    assert send(None, "/api/auth/register", body).status_code == 201
    assert send(None, "/api/auth/register", body).status_code == 409
    assert StoredAnswer.objects.count() == 0


def test_reading_needs_no_key_and_ignores_one(mia, sign_in):
    answer = sign_in(mia).get("/api/points/levels", headers={"Idempotency-Key": "é" * 300})

    assert answer.status_code == 200


def test_a_key_does_not_hide_a_wrong_password_from_the_count(make_member, send):
    ann = make_member("ann", password=PASSWORD)
    body = {"currentPassword": "wrong", "newPassword": "green-river-8"}

    for _ in range(3):
        assert send(ann, "/api/auth/change-password", body).status_code == 400

    assert SignInAttempts.objects.get().count == 3


def test_neither_the_body_nor_what_was_in_it_is_kept(make_member, send):
    ann = make_member("ann", password=PASSWORD)
    body = {"currentPassword": PASSWORD, "newPassword": "green-river-8"}
    assert send(ann, "/api/auth/change-password", body).status_code == 200

    [row] = StoredAnswer.objects.values()

    assert PASSWORD not in str(row)
    assert "green-river-8" not in str(row)


def fail_after_redeeming(monkeypatch, error):
    def redeem_and_fail(**arguments):
        redeem_reward(**arguments)
        raise error

    monkeypatch.setattr("rewards.views.redemptions.redeem_reward", redeem_and_fail)


@pytest.mark.parametrize("error", [ZeroDivisionError(), OperationalError("gone"), DataError("no")])
def test_a_failure_of_ours_undoes_the_work_and_frees_the_key(coffee, mia, send, monkeypatch, error):
    body = {"rewardId": str(coffee.pk)}
    with monkeypatch.context() as patch:
        fail_after_redeeming(patch, error)
        is_bug = isinstance(error, ZeroDivisionError)
        with pytest.raises(ZeroDivisionError) if is_bug else nullcontext():
            assert send(mia, REDEEM, body).status_code in (400, 503)
    assert Redemption.objects.count() == 0
    assert balance_of(mia) == 200

    assert send(mia, REDEEM, body).status_code == 201


def test_old_answers_are_forgotten(coffee, mia, send, settings):
    send(mia, REDEEM, {"rewardId": str(coffee.pk)}, key="old")
    hours = timedelta(hours=settings.LOYALTY_IDEMPOTENCY_KEPT_HOURS)
    StoredAnswer.objects.update(created_at=timezone.now() - hours - timedelta(seconds=1))
    send(mia, REDEEM, {"rewardId": str(coffee.pk)}, key="new")

    forget_old_answers()

    assert StoredAnswer.objects.get().key == "new"


def test_the_database_takes_no_failure_for_an_answer(mia, now):
    claim = Claim(caller_id=mia.pk, method="POST", path="/x", key="k", body_digest="d")
    with pytest.raises(IntegrityError, match="api_answer_status_final"), transaction.atomic():
        StoredAnswer.objects.create(
            scope_digest=claim.scope_digest, caller=mia, method="POST", path="/x", key="k",
            body_digest="d", status=503, content=b"", created_at=now,
        )  # fmt: skip


def test_a_key_costs_a_write_five_statements_at_most(
    coffee, mia, send, django_assert_max_num_queries
):
    body = {"rewardId": str(coffee.pk)}
    with django_assert_max_num_queries(100) as plain:
        send(mia, REDEEM, body, key=None)
    with django_assert_max_num_queries(len(plain) + 5):
        send(mia, REDEEM, body)


@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_twelve_processes_with_one_key_have_one_effect(coffee, mia, send):
    body = {"rewardId": str(coffee.pk)}

    def call(_):
        answer = send(mia, REDEEM, body)
        while answer.status_code == 409:
            assert answer.json()["code"] == "idempotency_key_in_use"
            assert int(answer["Retry-After"]) >= 1
            answer = send(mia, REDEEM, body)
        return answer.status_code, answer.content

    results = winners(run_together(12, call))

    assert len(results) == 12
    assert len(set(results)) == 1
    assert results[0][0] == 201
    assert Redemption.objects.count() == 1
    assert balance_of(mia) == 150


@pytest.mark.long
@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_round_after_round_one_key_has_one_effect_and_eleven_repetitions(make_member, now, send):
    rounds = 60
    mia = make_member("mia", points=2 * rounds)
    fields = {"title": "Tea", "category": "Food", "points_required": 1, "quantity": None}
    body = {"rewardId": str(create_reward(fields=fields, now=now).pk)}

    def call(_):
        answers = []
        for number in range(rounds):
            answer = send(mia, REDEEM, body, key=f"round-{number}")
            while answer.status_code == 409:
                sleep(0.02)
                answer = send(mia, REDEEM, body, key=f"round-{number}")
            answers.append((answer.status_code, answer.content))
        return answers

    results = winners(run_together(12, call, timeout_seconds=600))

    assert len(results) == 12
    assert all(len(set(answers)) == 1 for answers in zip(*results, strict=True))
    assert {status for status, _ in results[0]} == {201}
    assert Redemption.objects.count() == rounds
    assert balance_of(mia) == rounds


@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_twelve_keys_and_one_last_item(coffee, make_member, send):
    coffee.quantity = coffee.quantity_stocked = 1
    coffee.save()
    members = [make_member(points=100) for _ in range(12)]
    body = {"rewardId": str(coffee.pk)}

    def call(i):
        first = send(members[i], REDEEM, body, key=f"k-{i}")
        second = send(members[i], REDEEM, body, key=f"k-{i}")
        return first.status_code, first.content == second.content

    results = winners(run_together(12, call))

    assert sorted(results) == [(201, True)] + [(409, True)] * 11


def test_while_the_first_request_runs_a_second_one_is_told_so_at_once(coffee, mia, send):
    body = {"rewardId": str(coffee.pk)}
    claim = Claim(caller_id=mia.pk, method="POST", path=REDEEM, key="k-1", body_digest="")
    first = connection.copy()
    with first.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [claim.lock_number])

    answer = send(mia, REDEEM, body)
    first.close()

    assert_refused(answer, 409, "idempotency_key_in_use")
    assert answer["Retry-After"] == "1"
    assert send(mia, REDEEM, body).status_code == 201


@pytest.mark.storm
@pytest.mark.django_db(transaction=True)
def test_a_process_killed_before_its_answer_is_committed_leaves_nothing(
    coffee, mia, send, monkeypatch
):
    body = {"rewardId": str(coffee.pk)}
    with monkeypatch.context() as patch:
        patch.setattr(idempotency, "store", lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
        [died] = run_together(1, lambda _: send(mia, REDEEM, body).status_code)
    assert isinstance(died, ProcessDied)
    assert Redemption.objects.count() == 0
    assert PointTransaction.objects.filter(type="spend").count() == 0

    assert send(mia, REDEEM, body).status_code == 201
    assert balance_of(mia) == 150
