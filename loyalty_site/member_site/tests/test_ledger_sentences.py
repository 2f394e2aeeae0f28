"""What the platform writes of itself is in the reader's language; what people wrote stays."""

import re
from datetime import timedelta
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from django.utils import translation

from gamification.services.boards import set_preference
from gamification.services.projecting import project_backlog
from loyalty_site.accounts.services import register_member
from loyalty_site.member_site.ledger_sentences import tell_transactions
from loyalty_site.testing.catalogue import (
    PROGRAMME,
    PROGRAMME_OTHERS,
    PROGRAMME_WORDS,
    read_programme,
)
from points.models import LevelConfig, PointAction, PointLot
from points.selectors import list_transactions_of
from points.services.activities import ActivityReport, record_activities
from points.services.expiry import expire_due_lots
from points.services.grants import deduct_points, grant_points
from referrals.services import get_or_issue_code
from rewards.enums import PurchaseStatus
from rewards.models import Reward
from rewards.services.options import redeem_option
from rewards.services.purchases import claim_discount, report_purchase
from rewards.services.redemptions import cancel_redemption, redeem_reward

GERMAN = {"HTTP_ACCEPT_LANGUAGE": "de"}
ADDRESSES = (
    "/dashboard",
    "/dashboard/points/transactions",
    "/dashboard/points/transactions?page=2",
    "/dashboard/points/expiring",
    "/dashboard/points/levels",
    "/dashboard/points/referrals",
    "/dashboard/badges",
    "/dashboard/rewards",
    "/dashboard/options",
    "/dashboard/options/cashback/redeem?points=500",
    "/dashboard/redemptions",
    "/dashboard/leaderboards/points",
    "/dashboard/leaderboards/trust",
)
# Words of English sentences that are no words of German ones.
ENGLISH = re.compile(
    r"\b(the|of|and|with|your?|you|this|for|to|a|is|are|more|been?|by|on|at|from|earn(ed)?|"
    r"redeemed|attend(ed)?|points?|badges?|expired|purchase|discount|rejected|cancelled|member|"
    r"everything|make|receive|rewards?|referrals?|gift|friend|silver|events)\b",
    re.IGNORECASE,
)
# Written by people: the shop's rewards and partners, a host, staff, and the reader's own name.
SHOWN_AS_WRITTEN = ("Zum Jubiläum: the golden ticket", "A box set", "Sorry for the delay", "Silver")


@pytest.fixture
def busy_member(programme, make_member, make_staff, now):
    """Return a member with a transaction of every kind there is."""
    mia, ada = make_member("mia", points=4_000), make_staff("ada")
    done = [
        ("ATTEND_EVENT", {}),
        ("PURCHASE", {"amount": 62, "description": "A box set"}),
        ("SPAM_DETECTED", {}),
        ("VERIFY_EMAIL", {}),
        ("VERIFY_EMAIL", {}),
    ]
    record_activities(
        reports=[
            ActivityReport(
                event_id=f"e{n}", user_id="mia", action=action, occurred_at=now, metadata=facts
            )
            for n, (action, facts) in enumerate(done)
        ],
        now=now,
    )
    for purchase_id, last in (("p1", PurchaseStatus.COMPLETED), ("p2", PurchaseStatus.CANCELLED)):
        facts = {"purchase_id": purchase_id, "user_id": "mia", "currency": "USD", "now": now}
        facts["amount"] = Decimal(40)
        report_purchase(**facts, status=PurchaseStatus.IN_PROGRESS)
        claim_discount(member=mia, purchase_id=purchase_id, points=1_050, now=now)
        report_purchase(**facts, status=last)
    reward = Reward.objects.create(
        title=SHOWN_AS_WRITTEN[0], category="Food & Drinks", points_required=10
    )
    redemption = redeem_reward(member=mia, reward_id=reward.pk, now=now)
    cancel_redemption(member=mia, redemption_id=str(redemption.pk), now=now)
    redeem_option(member=mia, actor=mia, reward_type="cashback", points=500, now=now)
    grant_points(user_id="mia", amount=5, actor=ada, reason=SHOWN_AS_WRITTEN[2], now=now)
    deduct_points(user_id="mia", amount=1, actor=ada, reason=SHOWN_AS_WRITTEN[3], now=now)
    code = get_or_issue_code(member=mia, now=now).code
    bea = register_member(
        email="bea@example.com", password="quite-a-long-one", name="Bea", referral_code=code,
        now=now,
    )  # fmt: skip
    set_preference(member=bea, changes={"is_hidden": True}, now=now)
    PointLot.objects.filter(amount=5).update(expires_at=now - timedelta(minutes=1))
    list(expire_due_lots(now=now))
    list(project_backlog(alone=True))
    return mia


@pytest.fixture
def german_pages(client, busy_member):
    """Return what a reader of German sees of each page, by its address."""
    client.force_login(busy_member)
    return {address: read_aloud(client.get(address, **GERMAN).text) for address in ADDRESSES}


class Reading(HTMLParser):
    """Keeps the words of a page: its texts and what stands in for pictures and controls."""

    def __init__(self):
        super().__init__()
        self.words = []
        self.is_code = False

    def handle_starttag(self, tag, attrs):
        self.is_code = tag in ("script", "style")
        self.words += [value for name, value in attrs if name in ("aria-label", "alt") and value]

    def handle_endtag(self, tag):
        self.is_code = False

    def handle_data(self, data):
        if not self.is_code:
            self.words.append(data)


def read_aloud(page):
    reading = Reading()
    reading.feed(page)
    # Without the places that scripts fill in, which have names in English.
    return re.sub(r"\{\w+\}", "", " ".join(" ".join(reading.words).split()))


def test_nothing_that_the_platform_wrote_is_left_in_english(german_pages):
    shop = Reward.objects.values_list("title", "description", "partner")
    written = {text for row in shop for text in row if text} | set(SHOWN_AS_WRITTEN)
    as_written = re.compile("|".join(map(re.escape, sorted(written, key=len, reverse=True))))
    left = {
        address: find_english(as_written.sub("", text)) for address, text in german_pages.items()
    }
    assert {address: words for address, words in left.items() if words} == {}


def find_english(text):
    return [text[max(m.start() - 40, 0) : m.end() + 40] for m in ENGLISH.finditer(text)]


def test_every_kind_of_transaction_has_its_sentence(german_pages):
    ledger = "".join(german_pages[address] for address in ADDRESSES[1:3])
    for sentence in (
        "Abzeichen: Erstes Gesicht",
        "Eingelöst: Zum Jubiläum: the golden ticket",
        "Storniert: Zum Jubiläum: the golden ticket",
        "Eingelöst: Geld zurück, 5,00 USD",
        "Rabatt von 10,50 USD auf Einkauf p1",
        "Storniert: Rabatt auf Einkauf p2",
        "Einkauf p1",
        "Eine Veranstaltung besuchen",
        "Spam versenden",
        "Punkte verfallen",
        "Ein Mitglied bringen, das sich registriert",
        *SHOWN_AS_WRITTEN,
    ):
        assert sentence in ledger
    assert "Verborgenes Mitglied" in german_pages["/dashboard/leaderboards/points"]


def test_the_ledger_itself_stays_as_it_was_noted(busy_member, sign_in):
    """Programs read it over the API, in English whoever asks."""
    answer = sign_in(busy_member).get("/api/points/transactions", {"limit": 50}, **GERMAN)
    noted = [line["description"] for line in answer.json()["data"]["transactions"]]
    assert "Badge: First Face" in noted
    assert "Redeemed: Cashback, 5.00 USD" in noted


@pytest.mark.parametrize("rows", [1, 3])
def test_sentences_take_a_query_for_each_kind_of_row(
    programme, make_member, now, django_assert_num_queries, rows
):
    mia = make_member("mia", points=5_000)
    for reward in Reward.objects.order_by("points_required")[:rows]:
        redeem_reward(member=mia, reward_id=reward.pk, now=now)
        redeem_option(member=mia, actor=mia, reward_type="voucher", points=100, now=now)
    with translation.override("de"), django_assert_num_queries(3):
        tell_transactions(list_transactions_of(mia.pk), member=mia)
    with django_assert_num_queries(1):
        tell_transactions(list_transactions_of(mia.pk), member=mia)


def test_what_staff_wrote_in_a_shipped_text_s_place_is_shown(client, programme, member):
    LevelConfig.objects.filter(name="silver").update(name="explorer")
    PointAction.objects.filter(code="VERIFY_EMAIL").update(description="Prove who you are")
    client.force_login(member)
    assert "Explorer" in client.get("/dashboard/points/levels", **GERMAN).text
    ledger = client.get("/dashboard/points/transactions", **GERMAN).text
    assert "Prove who you are" in ledger
    assert "Eine Telefonnummer bestätigen" in ledger


@pytest.mark.parametrize("name", sorted(path.stem for path in PROGRAMME.glob("*.csv")))
def test_every_column_of_the_programme_is_words_or_is_not(name):
    """What members read of a shipped row stands in the catalogue, which misses no translation."""
    [row, *_] = read_programme(name)
    assert sorted(row) == sorted((*PROGRAMME_WORDS[name], *PROGRAMME_OTHERS[name]))
