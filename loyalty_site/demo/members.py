"""What the demo's members did, bought and redeemed, and whom they brought."""

import secrets
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

from gamification.selectors import PROFILE_COMPLETION, TRUST_SCORE
from gamification.services.gauges import report_gauges
from loyalty_site.accounts.members import create_member
from loyalty_site.accounts.models import User
from points.services.activities import ActivityReport, record_activities
from referrals.models import Referral
from referrals.services import decide_referral, get_or_issue_code, keep_invitation
from rewards.enums import PurchaseStatus, RedemptionStatus
from rewards.models import CodePool, Redemption, Reward, RewardOption
from rewards.services.catalogue import update_reward
from rewards.services.codes import add_codes
from rewards.services.options import redeem_option
from rewards.services.purchases import claim_discount, report_purchase
from rewards.services.redemptions import decide_redemption, redeem_reward
from rewards.services.watches import watch_reward

from .shop import RARE
from .timeline import Moment, days_before

VOUCHER_POOL = "Record shop vouchers"
VOUCHERS = 40
VOUCHER_REWARD = "5 off your next order"

# Days ago, action, metadata.
HISTORIES: dict[str, list[tuple[float, str, dict[str, Any]]]] = {
    "mia": [
        (391.9, "REGISTER", {}),
        (391.8, "VERIFY_EMAIL", {}),
        (391.1, "COMPLETE_PROFILE_BASIC", {}),
        (352.4, "PURCHASE", {"amount": 399, "currency": "USD", "description": "A turntable"}),
        (330.2, "ATTEND_EVENT", {"eventType": "meetup", "locationId": "shop"}),
        (301.7, "PURCHASE", {"amount": 129, "currency": "USD", "description": "Headphones"}),
        (270.3, "VOLUNTEER", {"description": "Sorted the second-hand shelves"}),
        (233.0, "ATTEND_EVENT", {"eventType": "cafe", "locationId": "harbour"}),
        (190.6, "PURCHASE", {"amount": 184.5, "currency": "USD", "description": "Six records"}),
        (121.5, "PURCHASE", {"amount": 75.2, "currency": "USD", "description": "A stylus"}),
        (84.3, "MAKE_CONNECTION", {"description": "Connected with Leo"}),
        (63.8, "RECEIVE_POSITIVE_REVIEW", {"description": "Sold a record in mint condition"}),
        (36.2, "ATTEND_EVENT", {"eventType": "meetup", "locationId": "lakeside"}),
        (29.2, "ATTEND_EVENT", {"eventType": "meetup", "locationId": "shop"}),
        (22.2, "ATTEND_EVENT", {"eventType": "cafe", "locationId": "old-mill"}),
        (15.2, "ATTEND_EVENT", {"eventType": "meetup", "locationId": "shop"}),
        (9.4, "MAKE_CONNECTION", {"description": "Connected with Noor"}),
        (2.1, "PURCHASE", {"amount": 62, "currency": "USD", "description": "A box set"}),
    ],
    "leo": [
        (519.8, "REGISTER", {}),
        (519.7, "COMPLETE_PROFILE_FULL", {}),
        (410.5, "PURCHASE", {"amount": 899, "currency": "USD", "description": "Loudspeakers"}),
        (340.2, "ATTEND_EVENT", {"eventType": "meetup", "locationId": "shop"}),
        (210.4, "PURCHASE", {"amount": 512, "currency": "USD", "description": "An amplifier"}),
        (90.3, "HOST_EVENT", {"description": "Listening evening"}),
        (84.3, "RECEIVE_CONNECTION", {"description": "Connected with Mia"}),
        (60.6, "PURCHASE", {"amount": 240.75, "currency": "USD", "description": "Cables"}),
        (29.2, "ATTEND_EVENT", {"eventType": "meetup", "locationId": "shop"}),
        (28.9, "CANCEL_RSVP", {}),
    ],
}
JOINED_DAYS_AGO = {"admin": 540.0, "approver": 530.0, "mia": 392.0, "leo": 520.0}

IN_PROGRESS, DELIVERED, COMPLETED, CANCELLED = (
    PurchaseStatus.IN_PROGRESS,
    PurchaseStatus.DELIVERED,
    PurchaseStatus.COMPLETED,
    PurchaseStatus.CANCELLED,
)


class DemoPurchase(NamedTuple):
    """A purchase on the host: days ago and status of each step, points redeemed against it."""

    purchase_id: str
    user_id: str
    amount: str
    points: int
    steps: tuple[tuple[float, PurchaseStatus], ...]


# The last one waits for a newcomer to redeem points against it.
PURCHASES = (
    DemoPurchase(
        "demo-1001", "leo", "129.00", 200, ((48, IN_PROGRESS), (46, DELIVERED), (38, COMPLETED))
    ),
    DemoPurchase("demo-1002", "mia", "24.99", 0, ((6, IN_PROGRESS), (3, DELIVERED))),
    DemoPurchase("demo-1003", "mia", "45.00", 50, ((20, IN_PROGRESS), (18, CANCELLED))),
    DemoPurchase("demo-1004", "leo", "58.40", 120, ((2.5, IN_PROGRESS),)),
    DemoPurchase("demo-1005", "mia", "18.00", 0, ((1.2, IN_PROGRESS),)),
    # What makes the friend whom Mia brought an active one.
    DemoPurchase("demo-2001", "noor", "38.00", 0, ((66, IN_PROGRESS), (61, COMPLETED))),
)


class DemoRedemption(NamedTuple):
    """Something redeemed, and the steps staff took: days ago and status."""

    user_id: str
    title: str
    days_ago: float
    steps: tuple[tuple[float, RedemptionStatus], ...] = ()
    note: str = ""


REDEMPTIONS = (
    DemoRedemption(
        "mia",
        "Bicycle share day ticket",
        285.2,
        ((284.9, RedemptionStatus.APPROVED), (283.0, RedemptionStatus.COMPLETED)),
    ),
    DemoRedemption(
        "mia",
        "Yoga class",
        140.7,
        ((140.1, RedemptionStatus.REJECTED),),
        "The studio is closed this month.",
    ),
    DemoRedemption("mia", VOUCHER_REWARD, 45.6, ((45.1, RedemptionStatus.APPROVED),)),
    DemoRedemption("leo", "Lunch bowl for two", 5.4, ((4.8, RedemptionStatus.APPROVED),)),
    DemoRedemption("mia", "Filter coffee to go", 1.1),
)

# By option: days ago, member, points.
OPTIONS = {"voucher": (250.3, "leo", 200), "cashback": (180.4, "leo", 500)}

# How far the host trusts the members, and how complete their profiles are: days ago, the two.
STATS: dict[str, tuple[tuple[float, float, int], ...]] = {
    "mia": ((300.5, 62.0, 40), (120.5, 78.5, 60), (10.5, 87.5, 60)),
    "leo": ((400.5, 74.0, 100), (150.5, 91.2, 100), (8.5, 95.8, 100)),
}

# Who came by whose code, and when.
BROUGHT: tuple[tuple[float, str, str, str, str], ...] = (
    (75.3, "mia", "noor", "Noor Haddad", "noor@example.com"),
    (12.4, "mia", "jonas", "Jonas Weber", "jonas@example.com"),
    # The mailbox of whoever brought them, so it waits for staff; Leo's has been decided.
    (3.3, "mia", "second-mia", "Mia M.", "mia+second@example.com"),
    (100.2, "leo", "second-leo", "Leo L.", "leo+new@example.com"),
)
REFUSED_DAYS_AGO, REFUSED_BECAUSE = 99.5, "The same person with a second address."
INVITED_DAYS_AGO, INVITED = 5.2, "sofia@example.com"
WATCHED_DAYS_AGO = 20.3


def list_members(*, people: dict[str, User], now: datetime) -> Iterator[Moment]:
    """Yield what the people of the demo lived through."""
    yield from list_activities(now=now)
    yield from list_purchases(now=now)
    yield from list_referrals(people, now=now)
    yield from list_vouchers(people, now=now)
    yield from list_redemptions(people, now=now)
    for user_id, reports in STATS.items():
        for days_ago, trust_score, profile_completion in reports:
            numbers = {TRUST_SCORE: trust_score, PROFILE_COMPLETION: profile_completion}
            tell = partial(report_gauges, member=people[user_id], numbers=numbers)
            yield Moment(at=days_before(now, days_ago), happen=tell)
    watch = partial(watch_rare, people["leo"])
    yield Moment(at=days_before(now, WATCHED_DAYS_AGO), happen=watch)


def list_activities(*, now: datetime) -> Iterator[Moment]:
    """Yield the activities the host reported, each as it happened."""
    for user_id, history in HISTORIES.items():
        for number, (days_ago, action, metadata) in enumerate(history, start=1):
            at = days_before(now, days_ago)
            report = ActivityReport(
                event_id=f"demo:{user_id}:{number}",
                user_id=user_id,
                action=action,
                occurred_at=at,
                metadata=metadata,
            )
            yield Moment(at=at, happen=partial(record_activities, reports=[report]))


def list_purchases(*, now: datetime) -> Iterator[Moment]:
    """Yield the steps of the purchases that the host registered."""
    for purchase in PURCHASES:
        for days_ago, status in purchase.steps:
            at = days_before(now, days_ago)
            yield Moment(at=at, happen=partial(advance_purchase, purchase, status))


def advance_purchase(purchase: DemoPurchase, status: PurchaseStatus, *, now: datetime) -> None:
    """Report a purchase's step; when it is registered, redeem points against it."""
    reported = report_purchase(
        purchase_id=purchase.purchase_id,
        user_id=purchase.user_id,
        amount=Decimal(purchase.amount),
        currency="USD",
        status=status,
        now=now,
    ).purchase
    if status == IN_PROGRESS and purchase.points:
        claim_discount(
            member=reported.member, purchase_id=reported.pk, points=purchase.points, now=now
        )


def list_referrals(people: dict[str, User], *, now: datetime) -> Iterator[Moment]:
    """Yield a referral in every stage: invited, signed up, active, in review and refused."""
    for days_ago, referrer_id, public_id, name, email in BROUGHT:
        bring = partial(
            bring_member, people[referrer_id], public_id=public_id, name=name, email=email
        )
        yield Moment(at=days_before(now, days_ago), happen=bring)
    refuse = partial(refuse_referral, approver=people["approver"])
    yield Moment(at=days_before(now, REFUSED_DAYS_AGO), happen=refuse)
    invite = partial(invite_friend, people["mia"])
    yield Moment(at=days_before(now, INVITED_DAYS_AGO), happen=invite)


def bring_member(referrer: User, *, public_id: str, name: str, email: str, now: datetime) -> None:
    """Make a member who came by somebody's code."""
    code = get_or_issue_code(member=referrer, now=now).code
    create_member(public_id=public_id, name=name, email=email, referral_code=code, now=now)


def refuse_referral(*, approver: User, now: datetime) -> None:
    """Refuse the one that Leo's second address would be."""
    referral = Referral.objects.get(referred__public_id="second-leo")
    decide_referral(
        referral_id=referral.pk, approve=False, actor=approver, reason=REFUSED_BECAUSE, now=now
    )


def invite_friend(referrer: User, *, now: datetime) -> None:
    """Invite somebody who has not signed up yet."""
    code = get_or_issue_code(member=referrer, now=now).code
    keep_invitation(code=code, email=INVITED, now=now)


def list_vouchers(people: dict[str, User], *, now: datetime) -> Iterator[Moment]:
    """Yield that vouchers come as codes, and what was redeemed by type."""
    yield Moment(at=days_before(now, 260), happen=offer_codes)
    for reward_type, (days_ago, user_id, points) in OPTIONS.items():
        member = people[user_id]
        redeem = partial(
            redeem_option, member=member, reward_type=reward_type, points=points, actor=member
        )
        yield Moment(at=days_before(now, days_ago), happen=redeem)


def offer_codes(*, now: datetime) -> None:
    """Let vouchers, by type and from the catalogue, come as codes of one pool."""
    pool = CodePool.objects.create(name=VOUCHER_POOL)
    codes = [f"VINYL-{secrets.token_hex(3).upper()}-{number:02}" for number in range(VOUCHERS)]
    add_codes(pool=pool, codes=codes, actor=None, now=now)
    RewardOption.objects.filter(type="voucher").update(code_pool=pool)
    for reward in Reward.objects.filter(title=VOUCHER_REWARD, code_pool=None):
        update_reward(reward_id=reward.pk, fields={"code_pool": pool}, now=now)


def list_redemptions(people: dict[str, User], *, now: datetime) -> Iterator[Moment]:
    """Yield what the members redeemed, and what staff decided."""
    made: dict[DemoRedemption, Redemption] = {}
    for plan in REDEMPTIONS:
        redeem = partial(redeem_planned, plan, people, made)
        yield Moment(at=days_before(now, plan.days_ago), happen=redeem)
        for days_ago, status in plan.steps:
            decide = partial(decide_planned, plan, status, people["approver"], made)
            yield Moment(at=days_before(now, days_ago), happen=decide)


def redeem_planned(
    plan: DemoRedemption,
    people: dict[str, User],
    made: dict[DemoRedemption, Redemption],
    *,
    now: datetime,
) -> None:
    """Redeem what is planned; nothing when staff have taken it from the catalogue."""
    reward = Reward.objects.filter(title=plan.title, is_active=True).first()
    if reward:
        member = people[plan.user_id]
        made[plan] = redeem_reward(member=member, reward_id=reward.pk, now=now)


def decide_planned(
    plan: DemoRedemption,
    status: RedemptionStatus,
    approver: User,
    made: dict[DemoRedemption, Redemption],
    *,
    now: datetime,
) -> None:
    """Take a planned redemption on."""
    if plan in made:
        decide_redemption(
            redemption_id=made[plan].pk,
            status=status,
            actor=approver,
            member_note=plan.note,
            now=now,
        )


def watch_rare(member: User, *, now: datetime) -> None:
    """Wait for what is sold out."""
    watch_reward(member=member, reward_id=Reward.objects.get(title=RARE).pk, now=now)
