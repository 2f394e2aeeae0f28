"""docs/asyncapi.yaml and what is really sent say the same, both ways."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from jsonschema import Draft7Validator, FormatChecker

from gamification.models import Badge
from gamification.services.awards import award_badge
from loyalty_site.realtime.frames import encode_event
from loyalty_site.realtime.models import OutboxEvent
from loyalty_site.realtime.sockets.consumers import JOIN_EVENTS
from points.services.reminders import remind_of_expiring_points
from points.tests.books import earn
from referrals.services import attach_referral, get_or_issue_code
from rewards.enums import PurchaseStatus, RedemptionStatus
from rewards.models import Reward
from rewards.services.catalogue import update_reward
from rewards.services.options import redeem_option
from rewards.services.purchases import claim_discount, report_purchase
from rewards.services.redemptions import decide_redemption, redeem_reward
from rewards.services.watches import tell_watchers, watch_reward

from .conftest import connected, in_thread, receive

pytestmark = pytest.mark.django_db(transaction=True)

DOCUMENT = yaml.safe_load((Path(settings.BASE_DIR) / "docs/asyncapi.yaml").read_text("utf-8"))
SCHEMAS = {name: message["payload"] for name, message in DOCUMENT["components"]["messages"].items()}
NOTICES = {"pong", "joined", "resync", "error"}
QUESTIONS = {"ping", "join"}
REALTIME = Path(settings.BASE_DIR) / "loyalty_site/realtime"


def _validate(frame: dict[str, Any]) -> None:
    reference = {"$ref": f"#/components/messages/{frame['event']}/payload"}
    # Beside a reference its siblings are not read, so the document is what it points into.
    schema = {"components": DOCUMENT["components"], "allOf": [reference]}
    Draft7Validator(schema, format_checker=FormatChecker()).validate(frame)


def _properties(schema: dict[str, Any], value: Any, path: str = "") -> Iterator[tuple[str, bool]]:
    """Yield each documented property below a value, and whether the value has it."""
    if "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for name, part in schema.get("properties", {}).items():
        is_there = isinstance(value, dict) and name in value
        yield f"{path}.{name}", is_there
        if is_there:
            yield from _properties(part, value[name], f"{path}.{name}")


@pytest.fixture
def everything_happened(programme, make_member, make_staff, now):
    """Do whatever is told of, and return the frames."""
    mia, leo, noa = make_member("mia"), make_member("leo"), make_member("noa")
    ann = make_staff("ann")
    earn(mia, 5_000, days=5, now=now)
    list(remind_of_expiring_points(now=now))
    badge = Badge.objects.earliest("pk")
    award_badge(user_id="mia", badge_type=badge.type, actor=ann, reason="Kindness", now=now)
    tea = Reward.objects.create(title="Tea", category="Food", points_required=50, quantity=1)
    redemption = redeem_reward(member=mia, reward_id=tea.pk, now=now)
    watch_reward(member=noa, reward_id=tea.pk, now=now)
    update_reward(reward_id=tea.pk, fields={"quantity": 1}, now=now)
    list(tell_watchers(now=now))
    decide_redemption(
        redemption_id=redemption.pk, status=RedemptionStatus.APPROVED, actor=ann, now=now
    )
    redeem_option(member=mia, reward_type="cashback", points=500, actor=mia, now=now)
    attach_referral(referred=leo, code=get_or_issue_code(member=mia, now=now).code, now=now)
    for person, purchase_id, status in (
        (mia, "P1", PurchaseStatus.IN_PROGRESS),
        (leo, "P2", PurchaseStatus.COMPLETED),
    ):
        report_purchase(
            purchase_id=purchase_id,
            user_id=person.public_id,
            amount=Decimal("20.00"),
            currency="USD",
            status=status,
            now=now,
        )
    claim_discount(member=mia, purchase_id="P1", points=320, now=now)
    return [json.loads(encode_event(event)) for event in OutboxEvent.objects.order_by("id")]


def test_every_event_is_in_the_file_and_every_event_of_the_file_is_sent(everything_happened):
    documented = set(SCHEMAS) - NOTICES - QUESTIONS
    assert {frame["event"] for frame in everything_happened} == documented


def test_no_event_of_the_code_is_left_out_of_what_happened_above():
    source = (REALTIME / "receivers.py").read_text("utf-8")
    sql = (REALTIME / "sql/ledger_events.sql").read_text("utf-8")
    named = set(re.findall(r'event="([\w-]+)"|_write_referral\("([\w-]+)"', source))
    told = {one or other for one, other in named} | set(re.findall(r"agg\('([\w-]+)'::text", sql))
    assert told == set(SCHEMAS) - NOTICES - QUESTIONS


def test_real_frames_keep_to_the_schemas_and_use_every_field(everything_happened):
    seen: dict[str, dict[str, bool]] = {}
    for frame in everything_happened:
        _validate(frame)
        fields = seen.setdefault(frame["event"], {})
        for path, is_there in _properties(SCHEMAS[frame["event"]], frame):
            fields[path] = fields.get(path, False) or is_there
    unused = [
        f"{event}{path}" for event, paths in seen.items() for path in paths if not paths[path]
    ]
    assert unused == []


async def test_frames_about_the_connection_keep_to_the_schemas(member, tell):
    def forget():
        OutboxEvent.objects.filter(seq=2).delete()

    await in_thread(tell, member, "a", "b", "c")
    await in_thread(forget)
    async with connected(member, lastSeq=1) as socket:
        for question in ({"event": "ping"}, {"event": "join"}, {"event": "dance"}):
            await socket.send_json_to(question)
        frames = await receive(socket, 5)
    told = [frame for frame in frames if frame["event"] != "c"]
    assert {frame["event"] for frame in told} == NOTICES
    for frame in told:
        _validate(frame)


def test_what_clients_may_ask_is_what_the_code_understands():
    assert tuple(SCHEMAS["join"]["properties"]["event"]["enum"]) == JOIN_EVENTS
    for name in ("ping", *JOIN_EVENTS):
        _validate({"event": "join" if name in JOIN_EVENTS else name})


def test_every_reference_of_the_file_leads_somewhere():
    for reference in re.findall(r"'\$ref': '#/([^']+)'", str(DOCUMENT)):
        part = DOCUMENT
        for name in reference.split("/"):
            part = part[name]
    listed = DOCUMENT["channels"]["live"]["messages"]
    told = [
        message["$ref"].rpartition("/")[2]
        for operation in DOCUMENT["operations"].values()
        for message in operation["messages"]
    ]
    assert sorted(told) == sorted(listed) == sorted(SCHEMAS)


def test_the_page_names_the_same_events():
    page = (Path(settings.BASE_DIR) / "docs/realtime.md").read_text("utf-8")
    rows = re.findall(r"^\| `([\w-]+)` \|", page.partition("## Frames")[2], re.MULTILINE)
    assert set(SCHEMAS) - QUESTIONS <= set(rows)
