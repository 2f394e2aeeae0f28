"""Who gets in, where to, and what a socket says."""

import json
from datetime import timedelta

import jwt
import pytest
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import Permission
from django.utils import timezone

from loyalty_site.accounts.models import User
from loyalty_site.accounts.services import issue_tokens
from loyalty_site.accounts.sessions import deactivate_people
from loyalty_site.realtime.sockets import consumers, hub

from .conftest import application, close_code, connected, in_thread, names, receive, token_of

pytestmark = pytest.mark.django_db(transaction=True)

NOWHERE = "redis://127.0.0.1:1/0"


@pytest.mark.parametrize("path", ["/ws/", "/ws", "/rewards", "/rewards/"])
async def test_a_member_hears_what_happens_in_their_room(member, tell, relay, path):
    async with connected(member, path) as socket:
        await in_thread(tell, member, "a", "b")
        await in_thread(relay)
        frames = await receive(socket, 2)
    assert names(frames) == [(1, "a"), (2, "b")]
    assert set(frames[0]) == {"event", "data", "seq", "id", "at"}


async def test_the_token_may_stand_in_the_query(member, tell, relay):
    async with connected(token=token_of(member)) as socket:
        await in_thread(tell, member, "a")
        await in_thread(relay)
        assert names(await receive(socket, 1)) == [(1, "a")]


@pytest.mark.parametrize("token", [None, "", "nonsense", "a.b.c", "é", "%00"])
async def test_without_a_good_token_the_socket_closes_4401(db, token):
    query = {} if token is None else {"token": token}
    async with connected(**query) as socket:
        assert await close_code(socket) == 4401


async def test_a_refresh_token_is_no_good(member):
    async with connected(token=issue_tokens(user=member)["refreshToken"]) as socket:
        assert await close_code(socket) == 4401


async def test_the_answer_never_names_the_token(member):
    token = token_of(member)
    socket = WebsocketCommunicator(application, "/ws/", subprotocols=[token, "loyalty.v1"])
    assert await socket.connect() == (True, "loyalty.v1")
    await socket.disconnect()


async def test_one_hears_nothing_of_others(make_member, tell, relay):
    mia, leo = await in_thread(lambda: (make_member("mia"), make_member("leo")))
    async with connected(mia) as socket:
        await in_thread(tell, leo, "secret")
        await in_thread(tell, None, "redemption-requested")
        await in_thread(relay)
        assert await socket.receive_nothing(0.3)


async def test_asking_for_another_members_room_closes_4403(member):
    async with connected(member, userId="leo") as socket:
        assert await close_code(socket) == 4403


async def test_naming_ones_own_room_is_fine(member):
    async with connected(member, userId="mia") as socket:
        assert await socket.receive_nothing(0.1)


@pytest.mark.parametrize("data", ["leo", {"userId": "leo"}, {"room": "user-leo"}, {"userId": []}])
async def test_joining_another_members_room_closes_4403(member, data):
    async with connected(member) as socket:
        await socket.send_json_to({"event": "join-user-room", "data": data})
        assert await close_code(socket) == 4403


@pytest.mark.parametrize("data", [None, "mia", {"userId": "mia"}, {"room": "user-mia"}, {}])
async def test_joining_ones_own_room_is_confirmed(member, data):
    async with connected(member) as socket:
        await socket.send_json_to({"event": "join-user-room", "data": data})
        (frame,) = await receive(socket, 1)
    assert frame["event"] == "joined"
    assert frame["data"] == {"room": "user-mia", "lastSeq": 0}


async def test_staff_who_may_decide_hear_the_staff_room(make_member, tell, relay):
    def prepare():
        person = make_member("ann", is_staff=True)
        person.user_permissions.add(Permission.objects.get(codename="decide_redemption"))
        return person

    async with connected(await in_thread(prepare)) as socket:
        await in_thread(tell, None, "redemption-requested")
        await in_thread(relay)
        assert names(await receive(socket, 1)) == [(None, "redemption-requested")]


async def test_other_staff_do_not_hear_the_staff_room(make_member, tell, relay):
    person = await in_thread(make_member, "ann", is_staff=True)
    async with connected(person) as socket:
        await in_thread(tell, None, "redemption-requested")
        await in_thread(relay)
        assert await socket.receive_nothing(0.3)


async def test_a_ping_is_answered_with_the_last_number(member, tell):
    await in_thread(tell, member, "a", "b")
    async with connected(member) as socket:
        await socket.send_json_to({"event": "ping"})
        (frame,) = await receive(socket, 1)
    assert frame["event"] == "pong"
    assert frame["data"] == {"lastSeq": 2}
    assert frame["seq"] is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("not json", "bad_frame"),
        ("[]", "bad_frame"),
        ("7", "bad_frame"),
        ('"ping"', "bad_frame"),
        ("null", "bad_frame"),
        ("{}", "bad_frame"),
        ("[" * 5_000, "bad_frame"),
        ("9" * 5_000, "bad_frame"),
        ('{"event": "dance"}', "unknown_event"),
        ('{"event": {"a": []}}', "unknown_event"),
        ('{"event": "\\ud800"}', "unknown_event"),
    ],
)
async def test_nonsense_is_answered_and_the_socket_lives_on(member, text, code):
    async with connected(member) as socket:
        await socket.send_to(text_data=text)
        (frame,) = await receive(socket, 1)
        assert (frame["event"], frame["data"]["code"]) == ("error", code)
        await socket.send_json_to({"event": "ping"})
        assert json.loads(await socket.receive_from())["event"] == "pong"


async def test_binary_frames_are_answered_with_an_error(member):
    async with connected(member) as socket:
        await socket.send_to(bytes_data=b"\x00\xff")
        (frame,) = await receive(socket, 1)
    assert frame["data"]["code"] == "bad_frame"


async def test_a_frame_that_is_too_big_closes_1009(member):
    async with connected(member) as socket:
        await socket.send_json_to({"event": "ping", "data": "x" * 70_000})
        assert await close_code(socket) == 1009


@pytest.mark.parametrize("last_seq", ["-1", "x", "", "1.5", "9" * 30, "\u0661"])
async def test_a_bad_last_seq_closes_4400(member, last_seq):
    async with connected(member, lastSeq=last_seq) as socket:
        assert await close_code(socket) == 4400


async def test_an_unknown_path_closes_4404(db):
    async with connected(path="/ws/other") as socket:
        assert await close_code(socket) == 4404


async def test_the_socket_ends_with_its_token(member, settings, monkeypatch):
    monkeypatch.setattr(consumers, "_identify", _identify_for(member, seconds=0.3))
    async with connected(member) as socket:
        assert await close_code(socket) == 4401


async def test_the_socket_ends_when_the_session_is_ended(member, monkeypatch):
    def end_sessions():
        member.token_epoch += 1
        member.save()

    monkeypatch.setattr(hub, "CHECK_SECONDS", 0.1)
    async with connected(member) as socket:
        assert await socket.receive_nothing(0.3)
        await in_thread(end_sessions)
        assert await close_code(socket) == 4401


@pytest.mark.parametrize("how", ["password", "deactivated", "deactivated with others"])
async def test_the_socket_ends_at_once_when_the_sessions_are(make_member, make_staff, how):
    def end_sessions(member):
        if how == "password":
            member.set_password("green-river-8")
            member.save()
        elif how == "deactivated":
            member.is_active = False
            member.save()
        else:
            deactivate_people(people=User.objects.filter(pk=member.pk))

    mia, leo = await in_thread(lambda: (make_member("mia"), make_member("leo")))
    async with connected(mia) as socket, connected(leo) as other:
        await in_thread(end_sessions, mia)
        assert await close_code(socket) == 4401
        assert await other.receive_nothing(0.1)


async def test_a_members_own_password_goes_through_without_redis(member, settings, caplog):
    settings.REDIS_URL = NOWHERE

    def change_password():
        member.set_password("green-river-8")
        member.save()

    await in_thread(change_password)
    assert await in_thread(User.objects.filter(token_epoch=1).exists)
    assert "on_sessions_ended" in caplog.text


async def test_a_hosts_own_token_opens_a_socket(member, settings, tell, relay):
    settings.HOST_JWT = settings.HOST_JWT | {"SECRET": "s" * 32}
    claims = {"sub": "mia", "exp": timezone.now() + timedelta(minutes=5)}
    async with connected(token=jwt.encode(claims, "s" * 32, algorithm="HS256")) as socket:
        await in_thread(tell, member, "a")
        await in_thread(relay)
        assert names(await receive(socket, 1)) == [(1, "a")]
        await in_thread(deactivate_people, people=User.objects.filter(pk=member.pk))
        assert await close_code(socket) == 4401


async def test_while_the_hosts_keys_are_away_its_members_come_again_later(settings):
    settings.HOST_JWT = settings.HOST_JWT | {"JWKS_URL": "https://127.0.0.1:1/keys"}
    token = jwt.encode({"sub": "mia"}, "s" * 32, headers={"alg": "HS256"}).split(".")
    header = jwt.utils.base64url_encode(b'{"alg": "RS256", "kid": "a"}').decode()
    async with connected(token=".".join([header, *token[1:]])) as socket:
        assert await close_code(socket) == 1013


async def test_a_member_has_a_limited_number_of_sockets(member, monkeypatch):
    monkeypatch.setattr(hub, "SOCKETS_PER_MEMBER_MAX", 1)
    async with connected(member), connected(member) as second:
        assert await close_code(second) == 4429
    async with connected(member) as after:
        assert await after.receive_nothing(0.1)
    assert len(hub.get_hub()) == 0


@pytest.mark.parametrize(
    ("origin", "host", "accepted"),
    [
        (None, "testserver", True),
        ("https://shop.example", "testserver", True),
        ("https://shop.example:443", "testserver", True),
        ("https://shop.example:444", "testserver", False),
        ("http://shop.example", "testserver", False),
        ("https://shop.example.evil.example", "testserver", False),
        ("https://a.shop.example", "testserver", False),
        ("http://testserver", "testserver", True),
        ("https://testserver", "testserver", True),
        ("http://testserver:8000", "testserver:8000", True),
        ("http://testserver:8001", "testserver:8000", False),
        ("https://evil.example", "evil.example", False),
        ("https://evil.example", "testserver", False),
        ("null", "testserver", False),
        ("", "testserver", False),
        ("https://testserver:port", "testserver", False),
        ("https://[", "testserver", False),
    ],
)
async def test_browsers_connect_from_the_front_end_or_our_own_pages(
    member, settings, origin, host, accepted
):
    settings.FRONTEND_URL = "https://shop.example"
    headers = [(b"host", host.encode())]
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    socket = WebsocketCommunicator(
        application, "/ws/", headers=headers, subprotocols=["loyalty.v1", token_of(member)]
    )
    assert (await socket.connect())[0] is accepted
    await socket.disconnect()


async def test_without_redis_events_come_from_the_outbox(
    member, tell, settings, monkeypatch, caplog
):
    settings.REDIS_URL = NOWHERE
    monkeypatch.setattr(hub, "TURN_SECONDS", 0.1)
    async with connected(token=token_of(member)) as socket:
        await in_thread(tell, member, "a", "b")
        assert names(await receive(socket, 2)) == [(1, "a"), (2, "b")]
    assert "Live events come late" in caplog.text


def _identify_for(member, *, seconds):
    class Identity:
        user = member
        expires_at = timezone.now() + timedelta(seconds=seconds)

    async def identify(token):
        return Identity, False

    return identify
