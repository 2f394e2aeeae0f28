"""Writes that can be sent again: the same `Idempotency-Key` does its work once.

The lock, the work and the stored answer share one transaction. A process that dies in between
leaves nothing, neither points moved nor a key used up; a second request that arrives while the
first one runs is told so at once and holds nothing up.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from points.errors import Conflict

from .errors import IdempotencyKeyInUse, IdempotencyKeyInvalid, IdempotencyKeyReused
from .models import KEY_LENGTH_MAX, StoredAnswer

HEADER = "Idempotency-Key"
HIT_HEADER = "Idempotency-Hit"
REDIRECTS_FROM, FAILURES_FROM = 300, 500
BATCH_SIZE = 5_000

Handler = Callable[..., Response]


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One caller's key for one operation, and a digest of what was sent with it."""

    caller_id: int
    method: str
    path: str
    key: str
    body_digest: str

    @property
    def scope_digest(self) -> str:
        """What tells this claim from all others, as 64 hexadecimal digits."""
        scope = json.dumps([self.caller_id, self.method, self.path, self.key])
        return hashlib.sha256(scope.encode()).hexdigest()

    @property
    def lock_number(self) -> int:
        """The number PostgreSQL locks, a signed 64-bit integer."""
        return int.from_bytes(bytes.fromhex(self.scope_digest)[:8], signed=True)


def guard_write(view: APIView, handler: Handler) -> Callable[..., HttpResponse]:
    """Return the method of a view that answers a write, made repeatable if the caller asks.

    The caller is known and allowed by now. Who is not signed in has no keys of their own, so
    theirs are ignored.
    """
    request: Request = view.request
    key = request.headers.get(HEADER)
    if key is None or not request.user.is_authenticated:
        return handler
    return partial(answer_once, view, handler, key)


def answer_once(
    view: APIView, handler: Handler, key: str, request: Request, *args: Any, **kwargs: Any
) -> HttpResponse:
    """Answer as the handler does, or as it did when this request came first.

    Raises IdempotencyKeyInvalid, IdempotencyKeyInUse or IdempotencyKeyReused.
    """
    claim = make_claim(request, key)
    with transaction.atomic():
        lock(claim)
        stored = StoredAnswer.objects.filter(pk=claim.scope_digest).first()
        if stored is not None:
            return replay(stored, claim)
        response, is_final = run(view, partial(handler, request, *args, **kwargs))
        if is_final:
            store(claim, response, now=timezone.now())
    return response


def make_claim(request: Request, key: str) -> Claim:
    """Return what a request claims. Bodies that differ in order and blanks alone are the same."""
    is_printable = key.isascii() and key.isprintable() and key.strip() == key
    if not is_printable or not 1 <= len(key) <= KEY_LENGTH_MAX:
        raise IdempotencyKeyInvalid
    query = sorted(request.query_params.items())
    sent = json.dumps([request.data, query], sort_keys=True, separators=(",", ":"))
    return Claim(
        caller_id=cast("int", request.user.pk),
        method=request.method or "",
        path=request.path_info,
        key=key,
        # Keyed, since a body may hold what could be guessed from a plain digest.
        body_digest=salted_hmac("api.idempotency", sent, algorithm="sha256").hexdigest(),
    )


def lock(claim: Claim) -> None:
    """Take the claim until the transaction ends. Raises IdempotencyKeyInUse if another has it.

    A statement of its own: the next one's snapshot must see what the last holder committed.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [claim.lock_number])
        [is_ours] = cursor.fetchone()
    if not is_ours:
        raise IdempotencyKeyInUse


def run(view: APIView, call: Callable[[], Response]) -> tuple[Response, bool]:
    """Return a rendered answer and whether it is final: a success, or a refusal by the state.

    What is not final is kept nowhere. After a failure of ours, nothing that was done is either.
    """
    try:
        response = call()
        is_final = response.status_code < REDIRECTS_FROM
    except Exception as error:  # noqa: BLE001 -- the view's own handler raises what is a bug
        response = view.handle_exception(error)
        is_final = isinstance(error, Conflict)
        if isinstance(error, DatabaseError):
            transaction.set_rollback(True)
    if response.status_code >= FAILURES_FROM:
        transaction.set_rollback(True)
        is_final = False
    response = view.finalize_response(view.request, response, *view.args, **view.kwargs)
    # Now, while what rendering may ask of the database is part of the transaction.
    return response.render(), is_final


def store(claim: Claim, response: Response, *, now: datetime) -> None:
    """Keep an answer with the work it tells of."""
    StoredAnswer.objects.create(
        scope_digest=claim.scope_digest,
        caller_id=claim.caller_id,
        method=claim.method,
        path=claim.path,
        key=claim.key,
        body_digest=claim.body_digest,
        status=response.status_code,
        content=response.content,
        created_at=now,
    )


def replay(stored: StoredAnswer, claim: Claim) -> HttpResponse:
    """Return a stored answer, byte by byte. Raises IdempotencyKeyReused for another body."""
    if stored.body_digest != claim.body_digest:
        raise IdempotencyKeyReused
    return HttpResponse(
        bytes(stored.content),
        status=stored.status,
        content_type="application/json",
        headers={HIT_HEADER: "true"},
    )


def forget_answers(*, now: datetime) -> int:
    """Delete answers older than LOYALTY_IDEMPOTENCY_KEPT_HOURS; return how many.

    One short transaction per batch, safe to stop and to repeat.
    """
    before = now - timedelta(hours=settings.LOYALTY_IDEMPOTENCY_KEPT_HOURS)
    old = StoredAnswer.objects.filter(created_at__lt=before).order_by("created_at")
    count = 0
    while digests := list(old.values_list("pk", flat=True)[:BATCH_SIZE]):
        count += StoredAnswer.objects.filter(pk__in=digests).delete()[0]
    return count
