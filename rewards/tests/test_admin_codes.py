"""Options, pools and codes on the console."""

import io

import pytest
from django.contrib.admin.models import LogEntry

from rewards.models import CodePool, OptionRedemption, RewardOption, VoucherCode
from rewards.services.options import redeem_option

pytestmark = pytest.mark.django_db

OPTIONS = "/admin/rewards/rewardoption/"
POOLS = "/admin/rewards/codepool/"
CODES = "/admin/rewards/vouchercode/"
REDEEMED = "/admin/rewards/optionredemption/"


@pytest.fixture
def console(client, make_staff):
    client.force_login(make_staff("max", "catalogue manager"))
    return client


@pytest.fixture
def reader(client, make_staff):
    client.force_login(make_staff("aud", "auditor"))
    return client


def page(response):
    assert response.status_code == 200, response
    return response.content.decode()


def told(response):
    return [str(note) for note in response.context["messages"]]


def option_form(**values):
    return {
        "type": "voucher",
        "name": "Voucher",
        "description": "",
        "minimum_points": "100",
        "points_per_unit": "100",
        "currency": "USD",
        "code_pool": "",
        "is_active": "on",
    } | values


@pytest.fixture
def voucher(make_option, make_pool, make_member, now):
    """A voucher whose pool has handed out one of two codes."""
    pool = make_pool(codes=["SPRING-7F3K", "SPRING-8G4L"], low_stock_at=1)
    option = make_option("voucher", code_pool=pool)
    mia = make_member("mia", points=500)
    redeem_option(member=mia, reward_type="voucher", points=100, actor=mia, now=now)
    return option


def test_an_option_is_added_and_keeps_its_type(console):
    assert console.post(f"{OPTIONS}add/", option_form()).status_code == 302
    option = RewardOption.objects.get()

    change = f"{OPTIONS}{option.pk}/change/"
    form = option_form(type="coupon", minimum_points="200")
    assert console.post(change, form).status_code == 302

    option.refresh_from_db()
    assert (option.type, option.minimum_points) == ("voucher", 200)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"type": "Gift Card"}, "Lower-case letters, digits and _, a letter first."),
        ({"type": "catalogue"}, "is what catalogue redemptions go by"),
        ({"currency": "usd"}, "Three capital letters"),
        ({"minimum_points": "0"}, "greater than or equal to 1"),
        ({"points_per_unit": "0"}, "greater than or equal to 1"),
        ({"points_per_unit": "150", "minimum_points": "100"}, "must be a multiple of that"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused_in_words(console, values, sentence):
    assert sentence in page(console.post(f"{OPTIONS}add/", option_form(**values)))
    assert not RewardOption.objects.exists()


def test_an_option_is_never_deleted(console, make_option):
    option = make_option()

    assert console.get(f"{OPTIONS}{option.pk}/delete/").status_code == 403
    assert "delete_selected" not in page(console.get(OPTIONS))


@pytest.mark.parametrize("count", [1, 3])
def test_the_lists_cost_the_same_however_long(
    reader, make_option, make_pool, make_member, now, django_assert_num_queries, count
):
    for number in range(count):
        pool = make_pool(f"Pool {number}", codes=[f"CODE-{number}", f"MORE-{number}"])
        option = make_option(f"type_{number}", code_pool=pool)
        member = make_member(f"m{number}", points=100)
        redeem_option(member=member, reward_type=option.type, points=100, actor=member, now=now)

    for address, queries in ((OPTIONS, 9), (POOLS, 11), (REDEEMED, 9), (CODES, 9)):
        reader.get(address)
        with django_assert_num_queries(queries):
            page(reader.get(address))


def test_a_pool_says_what_is_left_and_when_it_is_low(reader, voucher, make_pool):
    make_pool("Empty")
    make_pool("Full", codes=["FULL-1", "FULL-2"], low_stock_at=1)

    text = page(reader.get(POOLS))

    assert "stock-low" in text
    assert "1 left, low" in text
    assert "2 left" in text
    assert "No codes left" in text


def test_an_option_whose_pool_is_empty_says_so(reader, make_option, make_pool):
    make_option("voucher", code_pool=make_pool())

    assert "No codes left" in page(reader.get(OPTIONS))


def test_what_was_redeemed_is_read_with_a_masked_code(reader, voucher):
    redemption = OptionRedemption.objects.get()

    for address in (REDEEMED, f"{REDEEMED}{redemption.pk}/change/", CODES):
        text = page(reader.get(address))
        assert "SPRING-7F3K" not in text
        assert "********F3K" in text
    assert reader.get(f"{REDEEMED}add/").status_code == 403
    assert reader.get(f"{REDEEMED}{redemption.pk}/delete/").status_code == 403


def test_who_has_a_whole_code_finds_whose_it_is(reader, voucher):
    found = page(reader.get(f"{CODES}?q=spring-7f3k"))

    assert "Mia" in found
    assert "********G4L" not in found
    assert "********" not in page(reader.get(f"{CODES}?q=spring"))


def upload(console, pool, text="", file=None):
    body = {"codes": text}
    if file is not None:
        body["file"] = io.BytesIO(file)
        body["file"].name = "codes.csv"
    return console.post(f"{POOLS}{pool.pk}/codes/", body)


@pytest.mark.parametrize(
    "source",
    [{"text": "spring-1\nabc\nspring-2\n"}, {"file": b"code,x\nspring-1,\nspring-2,1\n\xff\xfe\n"}],
    ids=["pasted", "file"],
)
def test_codes_are_previewed_and_then_added(console, make_pool, source):
    pool = make_pool()
    assert "Add codes" in page(console.get(f"{POOLS}{pool.pk}/change/"))

    preview = upload(console, pool, **source)

    assert not VoucherCode.objects.exists()
    assert "2 codes can be added" in page(preview)
    assert "1 line will be left out" in page(preview)
    confirmed = preview.context["confirmed"]
    response = console.post(f"{POOLS}{pool.pk}/codes/", {"confirmed": confirmed}, follow=True)
    assert told(response) == ["Added 2 codes to Vouchers."]
    codes = pool.codes.order_by("id")
    assert [code.code for code in codes] == ["SPRING-1", "SPRING-2"]
    assert codes[0].added_by.public_id == "max"
    assert "Added 2 codes." in str(LogEntry.objects.get())


def test_faults_are_named_by_line(console, make_pool):
    make_pool("Older", codes=["OLD-1"])

    text = page(upload(console, make_pool(), "NEW-1\nold-1\nnew-1\nx y z\n<b>\n"))

    assert "is in the pool “Older” already" in text
    assert "stands in line 1 already" in text
    assert "may hold letters, digits" in text
    assert "&lt;b&gt;" in text
    assert "<b>" not in text


def test_codes_that_came_meanwhile_are_not_added_twice(console, make_pool):
    pool = make_pool(codes=["SPRING-1"])

    response = console.post(
        f"{POOLS}{pool.pk}/codes/", {"confirmed": "SPRING-1 SPRING-2"}, follow=True
    )

    assert told(response) == [
        "Added 1 codes to Vouchers.",
        "1 codes had been added meanwhile.",
    ]
    assert pool.codes.count() == 2


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"text": "  \n "}, "Paste codes or choose a file."),
        ({"text": "SPRING-1", "file": b"SPRING-2"}, "not both"),
        ({"file": b"X" * 2_000_001}, "split it"),
        ({"file": b"A\n" * 100_001}, "At most 100,000 lines at once."),
    ],
    ids=["nothing", "both", "large", "long"],
)
def test_an_upload_that_cannot_be_read_is_refused(console, make_pool, body, sentence):
    assert sentence in page(upload(console, make_pool(), **body))


def test_a_large_upload_is_previewed_and_added(console, make_pool):
    pool = make_pool()
    text = "\n".join(f"BULK-{number:08}" for number in range(20_000))

    confirmed = upload(console, pool, file=text.encode()).context["confirmed"]
    response = console.post(f"{POOLS}{pool.pk}/codes/", {"confirmed": confirmed}, follow=True)

    assert told(response) == ["Added 20,000 codes to Vouchers."]


@pytest.mark.parametrize("group", ["auditor", "support", "approver"])
def test_only_who_may_add_codes_adds_codes(client, make_staff, make_pool, group):
    client.force_login(make_staff("sue", group))
    pool = make_pool()

    assert "Add codes" not in page(client.get(f"{POOLS}{pool.pk}/change/"))
    assert client.get(f"{POOLS}{pool.pk}/codes/").status_code == 403
    assert upload(client, pool, "SPRING-1").status_code == 403
    assert client.post(f"{POOLS}{pool.pk}/codes/", {"confirmed": "SPRING-1"}).status_code == 403
    assert not VoucherCode.objects.exists()


def test_a_pool_that_is_not_there_is_not_found(console):
    assert console.get(f"{POOLS}999/codes/").status_code == 404


def delete_selected(console, codes):
    body = {
        "action": "delete_selected",
        "_selected_action": [code.pk for code in codes],
        "post": "yes",
    }
    return console.post(CODES, body, follow=True)


def test_codes_nobody_holds_can_be_deleted_others_not(console, voucher):
    held = VoucherCode.objects.get(assigned_at__isnull=False)
    free = VoucherCode.objects.get(assigned_at__isnull=True)

    assert console.get(f"{CODES}{held.pk}/delete/").status_code == 403
    delete_selected(console, [held, free])
    assert VoucherCode.objects.count() == 2

    delete_selected(console, [free])
    assert list(VoucherCode.objects.all()) == [held]


def test_a_pool_with_codes_is_not_deleted(client, make_staff, make_pool):
    client.force_login(make_staff("ada"))
    empty, full = make_pool("Empty"), make_pool("Full", codes=["FULL-1"])

    assert client.post(f"{POOLS}{full.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.post(f"{POOLS}{empty.pk}/delete/", {"post": "yes"}).status_code == 302
    assert list(CodePool.objects.all()) == [full]
