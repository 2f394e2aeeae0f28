"""A member's live connection: who gets in, what it may ask, and how it ends.

Channels brings the connection and its messages; what the member is told comes through the process's
hub, without a channel layer.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import DatabaseError
from django.utils.module_loading import import_string
from rest_framework.exceptions import AuthenticationFailed

from ..selectors import STAFF_PERMISSION, get_last_seq
from . import handshake
from .hub import get_hub
from .outlet import Identity, Outlet
from .refusals import (
    BAD_REQUEST,
    FORBIDDEN,
    NOT_SIGNED_IN,
    TOO_BIG,
    TRY_AGAIN_LATER,
    UNKNOWN_PATH,
    Refused,
)
from .threads import query

logger = logging.getLogger(__name__)

FRAME_BYTES_MAX = 64 * 1024
# A client that reads nothing does not read that it is being closed either.
CLOSE_SECONDS_MAX = 5.0

# What asks for a room. All lead to the member's own; anybody else's closes the socket.
JOIN_EVENTS = ("join", "join-user-room", "join-buyer-room", "join-seller-room")


class LiveConsumer(AsyncWebsocketConsumer):
    """One socket of one person."""

    # The hub takes the place of a channel and its receive loop for each socket.
    channel_layer_alias = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._outlet: Outlet | None = None
        self._serving: asyncio.Task[Any] | None = None
        self._is_given_up = False

    async def __call__(
        self,
        scope: Any,
        receive: Callable[[], Awaitable[Any]],
        send: Callable[[Any], Awaitable[None]],
    ) -> None:
        """Serve the connection and clean up after it, however it ends."""
        self._serving = asyncio.current_task()
        try:
            # A client that vanished while we were sending is an OSError: nobody to tell.
            with contextlib.suppress(OSError):
                await super().__call__(scope, receive, send)
        except asyncio.CancelledError:
            if not self._is_given_up:
                raise
        finally:
            if self._outlet:
                self._outlet.stop()
                get_hub().leave(self._outlet)

    async def connect(self) -> None:
        """Let the person in, or accept and say why not: browsers only see codes sent after that.

        The rooms are entered before accepting, so that a client that is connected misses nothing.
        """
        if not handshake.is_origin_allowed(self.scope):
            await self.close()
            return
        refusal: Refused | None = None
        outlet: Outlet | None = None
        try:
            last_seq = handshake.read_last_seq(self.scope)
            outlet = await self._enter()
            await get_hub().wait_until_listening()
            newest = await query(get_last_seq, member_id=outlet.member_id)
            outlet.begin_after(last_seq=last_seq, newest=newest)
        except handshake.BadLastSeq:
            refusal = Refused(BAD_REQUEST, "lastSeq must be a whole number from 0.")
        except Refused as error:
            refusal = error
        except (DatabaseError, OSError) as error:
            logger.warning("A socket was turned away: %s: %s", type(error).__name__, error)
            refusal = Refused(TRY_AGAIN_LATER, "Try again later.")
        await self.accept(handshake.choose_subprotocol(self.scope))
        if refusal or outlet is None:
            assert refusal is not None  # noqa: S101 -- who did not get in was refused
            await self.close(refusal.code, refusal.reason)
        else:
            outlet.start_sending()
            # Whoever joins is answered after all they missed, and so knows that it has come.
            await outlet.has_resumed.wait()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Answer what the client sends; nonsense is answered with an error frame."""
        outlet = self._outlet
        if outlet is None:
            return
        if len(text_data or "") > FRAME_BYTES_MAX or len(bytes_data or b"") > FRAME_BYTES_MAX:
            outlet.end(Refused(TOO_BIG, f"A frame may have {FRAME_BYTES_MAX} bytes."))
            return
        try:
            message = json.loads(text_data or "")
            name, data = message["event"], message.get("data")
        except (ValueError, RecursionError, TypeError, KeyError, AttributeError):
            hint = 'Send JSON text: {"event": …, "data": …}.'
            outlet.answer("error", {"code": "bad_frame", "message": hint})
            return
        if name == "ping":
            outlet.answer("pong", {"lastSeq": outlet.last_seq})
        elif name in JOIN_EVENTS:
            self._join(outlet, data)
        else:
            hint = "Known events are ping and join."
            outlet.answer("error", {"code": "unknown_event", "message": hint})

    async def _enter(self) -> Outlet:
        """Find out who this is and enter the rooms of that person. Raises Refused."""
        token = handshake.read_token(self.scope)
        identity, is_staff = await _identify(token)
        if handshake.read_member_id(self.scope) not in {None, identity.user.public_id}:
            raise Refused(FORBIDDEN, "This is not your room.")
        hub = get_hub()
        outlet = Outlet(
            identity=identity,
            token=token,
            is_staff=is_staff,
            send=self._send_frame,
            close=self._end,
            schedule=hub.pump.add,
        )
        hub.enter(outlet)
        self._outlet = outlet
        return outlet

    def _join(self, outlet: Outlet, data: Any) -> None:
        """Answer a request for a room. The room comes from the token, never from the request."""
        own = outlet.identity.user.public_id
        wanted = data.get("userId", data.get("room", own)) if isinstance(data, dict) else data
        if wanted in (None, own, f"user-{own}"):
            outlet.answer("joined", {"room": f"user-{own}", "lastSeq": outlet.last_seq})
        else:
            outlet.end(Refused(FORBIDDEN, "This is not your room."))

    async def _send_frame(self, text: str) -> None:
        await self.base_send({"type": "websocket.send", "text": text})

    async def _end(self, refusal: Refused) -> None:
        """Close the connection; leave it to the server when the client does not even take that."""
        try:
            async with asyncio.timeout(CLOSE_SECONDS_MAX):
                await self.close(refusal.code, refusal.reason)
        except TimeoutError:
            self._is_given_up = True
            if self._serving:
                self._serving.cancel()
        except OSError:
            return


class UnknownPathConsumer(AsyncWebsocketConsumer):
    """Tells a client that nothing lives where it knocked."""

    channel_layer_alias = None

    async def connect(self) -> None:
        """Accept and close, so that a browser sees the code."""
        await self.accept(handshake.choose_subprotocol(self.scope))
        await self.close(UNKNOWN_PATH, "Live events are at /ws/.")


async def _identify(token: str) -> tuple[Identity, bool]:
    """Return who holds a token and whether they may see the staff room. Raises Refused."""
    try:
        identity, is_staff = await query(_resolve_token, token=token)
    except AuthenticationFailed as error:
        raise Refused(NOT_SIGNED_IN, "A valid access token is needed.") from error
    return identity, is_staff


def _resolve_token(*, token: str) -> tuple[Identity, bool]:
    if not token:
        raise AuthenticationFailed
    identity = import_string(settings.LOYALTY_TOKEN_RESOLVER)(token)
    user = identity.user
    return identity, user.is_staff and user.has_perm(STAFF_PERMISSION)
