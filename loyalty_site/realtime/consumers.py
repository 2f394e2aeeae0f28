"""A member's live connection: events of one's own room as they commit, in order, without a gap.

PostgreSQL is the truth, the channel layer only says early what is new. A frame whose number is
the next one goes straight through; one that leaves a gap makes the socket read what lies between;
one that is not new is dropped. So it does not matter whether the layer repeats, loses or
overtakes, nor which frames arrive while old ones are replayed.
"""

import asyncio
import contextlib
import json
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Any, ClassVar, Protocol

from asgiref.sync import sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.utils import timezone
from django.utils.module_loading import import_string
from redis.exceptions import RedisError
from rest_framework.exceptions import AuthenticationFailed

from . import handshake
from .frames import encode_frame
from .groups import member_group, staff_group
from .publishing import NumberedFrame
from .selectors import PAGE_SIZE, get_last_seq, list_frames_after

logger = logging.getLogger(__name__)

STAFF_PERMISSION = "rewards.decide_redemption"
FRAME_BYTES_MAX = 64 * 1024
SOCKETS_PER_MEMBER_MAX = 20
# How often a socket asks whether its token is still good and whether the layer lost anything.
CHECK_SECONDS = 15.0
LAYER_SECONDS_MAX = 5

BAD_REQUEST = 4400
NOT_SIGNED_IN = 4401
FORBIDDEN = 4403
UNKNOWN_PATH = 4404
TOO_MANY_SOCKETS = 4429
TOO_BIG = 1009
TRY_AGAIN_LATER = 1013

# What asks for a room. All lead to the member's own; anybody else's closes the socket.
JOIN_EVENTS = ("join", "join-user-room", "join-buyer-room", "join-seller-room")


class Identity(Protocol):
    """What LOYALTY_TOKEN_RESOLVER returns for a good token."""

    user: Any
    expires_at: datetime


class Refused(Exception):
    """This connection ends with `code`; `reason` is for whoever looks at the client's log."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class LiveConsumer(AsyncWebsocketConsumer):
    """One socket of one person."""

    # Sockets by member in this process.
    _open_sockets: ClassVar[Counter[int]] = Counter()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._identity: Identity | None = None
        self._token = ""
        self._sent_seq = 0
        self._joined: list[str] = []
        self._is_open = False
        self._watcher: asyncio.Task[None] | None = None
        # The watcher and the handlers both deliver.
        self._delivering = asyncio.Lock()

    async def __call__(
        self,
        scope: Any,
        receive: Callable[[], Awaitable[Any]],
        send: Callable[[Any], Awaitable[None]],
    ) -> None:
        """Serve the connection and clean up after it, however it ends."""
        try:
            await super().__call__(scope, receive, send)
        except (RedisError, OSError) as error:
            # A client that vanished while we were sending is an OSError, too: nobody to tell.
            if not hasattr(self, "channel_name"):
                logger.warning("A socket was turned away: %s: %s", type(error).__name__, error)
                await receive()
                await send({"type": "websocket.accept"})
                await send({"type": "websocket.close", "code": TRY_AGAIN_LATER})
        finally:
            await self._leave()

    async def connect(self) -> None:
        """Let the person in, or accept and say why not: browsers only see codes sent after that.

        The room is joined before accepting, so that a client that is connected misses nothing.
        """
        if not handshake.is_origin_allowed(self.scope):
            await self.close()
            return
        refusal: Refused | None = None
        last_seq: int | None = None
        try:
            last_seq = handshake.read_last_seq(self.scope)
            await self._enter()
        except handshake.BadLastSeq:
            refusal = Refused(BAD_REQUEST, "lastSeq must be a whole number from 0.")
        except Refused as error:
            refusal = error
        except (DatabaseError, RedisError, OSError) as error:
            logger.warning("A socket was turned away: %s: %s", type(error).__name__, error)
            refusal = Refused(TRY_AGAIN_LATER, "Try again later.")
        await self.accept(handshake.choose_subprotocol(self.scope))
        self._is_open = True
        if refusal:
            await self._refuse(refusal)
            return
        if last_seq is not None:
            await self._resume(last_seq)
        self._watcher = asyncio.create_task(self._watch())

    async def disconnect(self, code: int) -> None:
        """Note that there is nobody to send to."""
        self._is_open = False

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Answer what the client sends; nonsense is answered with an error frame."""
        if not self._is_open:
            return
        if len(text_data or "") > FRAME_BYTES_MAX or len(bytes_data or b"") > FRAME_BYTES_MAX:
            await self._refuse(Refused(TOO_BIG, f"A frame may have {FRAME_BYTES_MAX} bytes."))
            return
        try:
            message = json.loads(text_data or "")
            name, data = message["event"], message.get("data")
        except (ValueError, RecursionError, TypeError, KeyError, AttributeError):
            await self._send_error("bad_frame", 'Send JSON text: {"event": …, "data": …}.')
            return
        if name == "ping":
            await self._send_frame("pong", {"lastSeq": self._sent_seq})
        elif name in JOIN_EVENTS:
            await self._join(data)
        else:
            await self._send_error("unknown_event", "Known events are ping and join.")

    async def events_published(self, message: dict[str, Any]) -> None:
        """Take what the relay published to one of the rooms."""
        await self._deliver(message["frames"])

    async def sessions_ended(self, message: dict[str, Any]) -> None:
        """Look now what the watcher would find within seconds: whether the token is still good."""
        if not self._is_open:
            return
        try:
            await self._check(has_expired=False)
        except Refused as refusal:
            await self._refuse(refusal)
        except (DatabaseError, RedisError, OSError) as error:
            logger.warning("A socket could not look again: %s: %s", type(error).__name__, error)

    async def _enter(self) -> None:
        """Find out who this is and join the rooms of that person. Raises Refused."""
        self._token = handshake.read_token(self.scope)
        identity, is_staff = await _identify(self._token)
        user = identity.user
        if handshake.read_member_id(self.scope) not in {None, user.public_id}:
            raise Refused(FORBIDDEN, "This is not your room.")
        if self._open_sockets[user.pk] >= SOCKETS_PER_MEMBER_MAX:
            raise Refused(TOO_MANY_SOCKETS, "Too many connections.")
        self._open_sockets[user.pk] += 1
        self._identity = identity
        groups = [member_group(user.pk), *([staff_group()] if is_staff else [])]
        async with asyncio.timeout(LAYER_SECONDS_MAX):
            for group in groups:
                self._joined.append(group)
                await self.channel_layer.group_add(group, self.channel_name)
        self._sent_seq = await _call(get_last_seq, member_id=user.pk)

    async def _leave(self) -> None:
        self._is_open = False
        if self._watcher:
            self._watcher.cancel()
        if self._identity:
            member_id = self._identity.user.pk
            self._open_sockets[member_id] -= 1
            if not self._open_sockets[member_id]:
                del self._open_sockets[member_id]
            self._identity = None
        for group in self._joined:
            with contextlib.suppress(RedisError, OSError):
                await self.channel_layer.group_discard(group, self.channel_name)

    async def _join(self, data: Any) -> None:
        """Answer a request for a room. The room comes from the token, never from the request."""
        assert self._identity is not None  # noqa: S101 -- only open sockets receive
        own = self._identity.user.public_id
        wanted = data.get("userId", data.get("room", own)) if isinstance(data, dict) else data
        if wanted not in (None, own, f"user-{own}"):
            await self._refuse(Refused(FORBIDDEN, "This is not your room."))
            return
        await self._send_frame("joined", {"room": f"user-{own}", "lastSeq": self._sent_seq})

    async def _resume(self, last_seq: int) -> None:
        """Replay what the member was told after `last_seq`, a number the client vouches for."""
        newest, self._sent_seq = self._sent_seq, min(last_seq, self._sent_seq)
        if last_seq > newest:
            # Numbers we never gave, say from before a restored backup.
            await self._send_resync(from_seq=newest + 1, to_seq=last_seq)
        await self._catch_up()
        if self._sent_seq < newest:
            if last_seq:
                await self._send_resync(from_seq=self._sent_seq + 1, to_seq=newest)
            self._sent_seq = newest

    async def _deliver(self, frames: Iterable[NumberedFrame]) -> None:
        for seq, frame in frames:
            if seq is None:
                await self._send_text(frame)
                continue
            if seq > self._sent_seq + 1:
                await self._catch_up()
            async with self._delivering:
                if seq == self._sent_seq + 1:
                    await self._send_text(frame)
                    self._sent_seq = seq

    async def _catch_up(self) -> None:
        """Send every committed event that comes after the last one sent."""
        assert self._identity is not None  # noqa: S101 -- only sockets that are in come here
        member_id = self._identity.user.pk
        async with self._delivering:
            while self._is_open:
                frames = await _call(list_frames_after, member_id=member_id, seq=self._sent_seq)
                for seq, frame in frames:
                    if self._sent_seq and seq > self._sent_seq + 1:
                        await self._send_resync(from_seq=self._sent_seq + 1, to_seq=seq - 1)
                    await self._send_text(frame)
                    self._sent_seq = seq
                if len(frames) < PAGE_SIZE:
                    return

    async def _watch(self) -> None:
        """End the connection with its token, and make up for what the layer lost."""
        while self._is_open and self._identity:
            left = (self._identity.expires_at - timezone.now()).total_seconds()
            await asyncio.sleep(max(0.0, min(left, CHECK_SECONDS)))
            try:
                await self._check(has_expired=left <= CHECK_SECONDS)
            except Refused as refusal:
                await self._refuse(refusal)
            except (DatabaseError, RedisError, OSError) as error:
                logger.warning("A socket could not look again: %s: %s", type(error).__name__, error)

    async def _check(self, *, has_expired: bool) -> None:
        """Raise Refused when the person may not stay; send what was missed."""
        if has_expired:
            raise Refused(NOT_SIGNED_IN, "The token has expired.")
        _, is_staff = await _identify(self._token)
        if not is_staff:
            await self.channel_layer.group_discard(staff_group(), self.channel_name)
        await self._catch_up()

    async def _refuse(self, refusal: Refused) -> None:
        if self._is_open:
            self._is_open = False
            await self.close(refusal.code, refusal.reason)

    async def _send_error(self, code: str, message: str) -> None:
        await self._send_frame("error", {"code": code, "message": message})

    async def _send_resync(self, *, from_seq: int, to_seq: int) -> None:
        """Say that numbers are gone for good: fetch the present state instead."""
        await self._send_frame("resync", {"fromSeq": from_seq, "toSeq": to_seq})

    async def _send_frame(self, event: str, data: dict[str, Any]) -> None:
        await self._send_text(encode_frame(event=event, data=data, at=timezone.now()))

    async def _send_text(self, text: str) -> None:
        if self._is_open:
            await self.send(text_data=text)


class UnknownPathConsumer(AsyncWebsocketConsumer):
    """Tells a client that nothing lives where it knocked."""

    async def connect(self) -> None:
        """Accept and close, so that a browser sees the code."""
        await self.accept(handshake.choose_subprotocol(self.scope))
        await self.close(UNKNOWN_PATH, "Live events are at /ws/.")


async def _call(function: Callable[..., Any], **arguments: Any) -> Any:
    """Run a query in a thread of its own; one slow query must not hold up all sockets."""

    def run() -> Any:
        close_old_connections()
        try:
            return function(**arguments)
        finally:
            close_old_connections()

    return await sync_to_async(run, thread_sensitive=False)()


async def _identify(token: str) -> tuple[Identity, bool]:
    """Return who holds a token and whether they may see the staff room. Raises Refused."""
    try:
        identity, is_staff = await _call(_resolve_token, token=token)
    except AuthenticationFailed as error:
        raise Refused(NOT_SIGNED_IN, "A valid access token is needed.") from error
    return identity, is_staff


def _resolve_token(*, token: str) -> tuple[Identity, bool]:
    if not token:
        raise AuthenticationFailed
    identity = import_string(settings.LOYALTY_TOKEN_RESOLVER)(token)
    user = identity.user
    return identity, user.is_staff and user.has_perm(STAFF_PERMISSION)
