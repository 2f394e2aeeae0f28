"""The catalogue as a CSV file: out, in again, what a preview says and what is refused by line."""

import csv
import io

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from points.models import LevelConfig
from rewards.models import CatalogueUpload, Redemption, Reward
from rewards.selectors import list_rewards_with_wrong_stock
from rewards.services.catalogue import delete_reward
from rewards.services.redemptions import redeem_reward
from rewards.services.uploads import UPLOAD_KEPT

pytestmark = pytest.mark.django_db

CATALOGUE = "/admin/rewards/reward/"


@pytest.fixture
def console(client, make_staff):
    client.force_login(make_staff("max", "catalogue manager"))
    return client


def export(console, query=""):
    response = console.get(f"{CATALOGUE}export/{query}")
    assert response.status_code == 200
    return response.content.decode()


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def write(rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def upload(console, text):
    content = text if isinstance(text, bytes) else text.encode()
    file = SimpleUploadedFile("catalogue.csv", content, content_type="text/csv")
    return console.post(f"{CATALOGUE}import/", {"import_file": file, "format": "0"})


def confirm(console, preview):
    form = preview.context["confirm_form"]
    return console.post(f"{CATALOGUE}process_import/", form.initial | {"confirm": "1"}, follow=True)


def said(response):
    return [str(message) for message in response.context["messages"]]


def faults(response):
    assert "confirm_form" not in response.context
    if response.context.get("result"):
        return response.context["result"].list_faults()
    return response.context["form"].errors["import_file"]


def test_what_was_exported_comes_in_again_as_it_was(console, make_reward, make_pool, now):
    gold = LevelConfig.objects.create(name="gold", tier=3, min_points=2_500)
    make_reward("Tea", quantity=3, partner="Kettle", description='One,\n"two"\nthree')
    make_reward(
        "Full",
        quantity=0,
        image_url="https://example.com/a.jpg",
        valid_from=now,
        valid_until=now.replace(year=now.year + 1),
        per_member_max=2,
        minimum_level=gold,
        code_pool=make_pool(),
        low_stock_at=7,
        is_active=False,
    )

    preview = upload(console, export(console))

    assert preview.context["result"].totals["skip"] == 2
    text = preview.content.decode()
    assert "Nothing to import: every line is already so." in text
    assert 'name="confirm"' not in text


def test_a_file_adds_and_changes_after_a_preview_that_writes_nothing(console, reward, make_member):
    rows = rows_of(export(console))
    rows[0] |= {"points_required": "80", "image_url": "https://example.com/tea.jpg"}
    new = dict.fromkeys(rows[0], "") | {"title": "Cake", "category": "Food", "points_required": "5"}

    preview = upload(console, write([*rows, new]))

    text = preview.content.decode()
    assert "1 new, 1 changed, 0 as before" in text
    assert "points_required 50 → 80" in text
    assert Reward.objects.get() == reward
    reward.refresh_from_db()
    assert reward.points_required == 50

    assert said(confirm(console, preview)) == ["Imported: 1 new, 1 changed, 0 as before."]
    reward.refresh_from_db()
    cake = Reward.objects.get(title="Cake")
    assert (reward.points_required, reward.image_url) == (80, "https://example.com/tea.jpg")
    assert (cake.points_required, cake.quantity, cake.is_active, cake.low_stock_at) == (
        5,
        None,
        True,
        5,
    )
    again = confirm(console, preview)
    assert said(again) == ["The file is not kept any more. Upload it again."]


def test_a_file_is_kept_for_a_day_whatever_becomes_of_the_cache(console, reward, settings, now):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    preview = upload(console, f"id,partner\n{reward.pk},Kettle\n")

    uploads = CatalogueUpload.objects.filter(
        name=preview.context["confirm_form"].initial["import_file_name"]
    )
    uploads.update(uploaded_at=now - UPLOAD_KEPT)
    confirm(console, preview)
    reward.refresh_from_db()
    assert reward.partner == "Kettle"
    assert not uploads.exists()

    preview = upload(console, f"id,partner\n{reward.pk},Oven\n")
    CatalogueUpload.objects.update(uploaded_at=now - UPLOAD_KEPT)
    upload(console, f"id,partner\n{reward.pk},Pot\n")
    assert said(confirm(console, preview)) == ["The file is not kept any more. Upload it again."]
    console.get(f"{CATALOGUE}import/")
    nothing = console.post(f"{CATALOGUE}process_import/", follow=True)
    assert said(nothing) == ["The file was not found. Upload it again."]


def test_a_missing_column_leaves_and_a_blank_cell_clears(console, make_reward):
    tea = make_reward("Tea", quantity=3, partner="Kettle", description="Hot")

    confirm(console, upload(console, f"id,partner\n{tea.pk},\n"))

    tea.refresh_from_db()
    assert (tea.quantity, tea.partner, tea.description, tea.title) == (3, "", "Hot", "Tea")


def test_what_members_redeemed_since_the_export_is_not_put_back(console, reward, make_member, now):
    rows = rows_of(export(console))
    assert (rows[0]["quantity"], rows[0]["quantity_seen"]) == ("10", "10")
    redeem_reward(member=make_member(points=50), reward_id=reward.pk, now=now)
    rows[0]["quantity"] = "15"

    confirm(console, upload(console, write(rows)))

    reward.refresh_from_db()
    assert reward.quantity == 14
    assert not list_rewards_with_wrong_stock().exists()
    assert Redemption.objects.get().reward == reward


def test_a_quantity_alone_is_what_is_left(console, reward, make_member, now):
    redeem_reward(member=make_member(points=50), reward_id=reward.pk, now=now)

    confirm(console, upload(console, f"id,quantity\n{reward.pk},15\n"))

    reward.refresh_from_db()
    assert reward.quantity == 15
    assert not list_rewards_with_wrong_stock().exists()


def test_bad_lines_are_named_and_nothing_is_imported(console, reward, make_reward, now):
    deleted = delete_reward(reward_id=make_reward("Old").pk, now=now)
    text = (
        "id,title,category,points_required,quantity,image_url,is_active,minimum_level,valid_from\n"
        f'{reward.pk},"Tea\nfor two",Food,60,,,,,\n'
        ",Cake,Food,1.5,-1,http://example.com/a.jpg,perhaps,platinum,tomorrow\n"
        f"{deleted.pk},Old,Food,1,,,,,\n"
        f"{reward.pk},Tea,Food,1,,,,,\n"
        ",Tea,Food,1,,,,,\n"
        ",,,,,,,,\n"
        ",Pie,Food,,,,,,\n"
        "x,Pie,,1,,,,,\n"
    )

    found = faults(upload(console, text))

    assert "Line 4: points_required: “1.5” is not a whole number." in found
    assert "Line 4: is_active: “perhaps” is neither yes nor no." in found
    assert "Line 4: minimum_level: There is no level “platinum”." in found
    assert any(fault.startswith("Line 4: valid_from: “tomorrow” is no instant") for fault in found)
    assert any(fault.startswith("Line 4: quantity: ") for fault in found)
    assert "Line 4: image_url: An https address is required." in found
    assert f"Line 5: id: There is no reward “{deleted.pk}”." in found
    assert "Line 6: The same reward stands in line 2." in found
    assert f"Line 7: title: There is such a reward; its id, {reward.pk}, changes it." in found
    assert "Line 9: points_required: This field cannot be null." in found
    assert "Line 10: id: There is no reward “x”." in found
    assert len(found) == 11
    reward.refresh_from_db()
    assert (reward.title, Reward.objects.count()) == ("Tea", 2)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "column id or title is missing"),
        ("category\nFood\n", "column id or title is missing"),
        ("id,title,colour\n", "Line 1: there is no column “colour”"),
        ("id,id\n", "Line 1: the column “id” stands there twice"),
        ("id,title\n1\n", "Line 2 has 1 cells, the header has 2"),
        ("id,title\n", "The file holds no reward"),
        ('id,title\n1,"Tea\n', "Line"),
        (b"id,title\n1,\xff\n", "not in UTF-8"),
        ("id,title\n" + "1,x\n" * 2_001, "more than 2,000"),
        (b"title\n" + b"x" * 2_000_001, "larger than 2 MB"),
    ],
)
def test_a_file_that_is_no_catalogue_is_refused_with_the_reason(console, text, sentence):
    if text == "":
        text = "\n"
    answer = upload(console, text)

    [fault] = faults(answer)
    assert sentence in fault
    assert "Columns: id, title, description," in answer.content.decode()


def test_formulas_are_harmless_in_the_file_and_themselves_again(console, make_reward):
    titles = ["=1+1", "+1", "-1", "@x", "'=x", "'quoted'"]
    for title in titles:
        make_reward(title)

    rows = rows_of(export(console))

    assert sorted(row["title"] for row in rows) == sorted(
        ["'=1+1", "'+1", "'-1", "'@x", "''=x", "'quoted'"]
    )
    assert upload(console, write(rows)).context["result"].totals["skip"] == len(titles)


def test_an_export_keeps_to_the_filters_of_the_list(console, make_reward):
    make_reward("Tea", quantity=0)
    make_reward("Cake", quantity=50)

    assert [row["title"] for row in rows_of(export(console, "?stock=out"))] == ["Tea"]


def test_what_a_file_changed_stands_in_each_reward_s_history(console, make_reward):
    tea, same = make_reward("Tea", partner="Kettle"), make_reward("Cake", partner="Oven")
    lines = f"{tea.pk},Tea,{tea.category},Pot,300\n{same.pk},Cake,{same.category},Oven,50\n"

    header = "id,title,category,partner,points_required\n"
    confirm(console, upload(console, f"{header}{lines},Bun,Food & Drinks,Oven,40\n"))

    bun = Reward.objects.get(title="Bun")
    entries = {entry.object_id: entry for entry in LogEntry.objects.all()}
    assert entries.keys() == {str(tea.pk), str(bun.pk)}
    assert entries[str(bun.pk)].get_change_message() == "Added."
    assert entries[str(tea.pk)].get_change_message() == (
        f"Changed Points required from {tea.points_required} to 300 and Partner from Kettle to Pot."
    )


def test_only_who_may_keep_the_catalogue_imports(client, make_staff, reward):
    client.force_login(make_staff("ann", "approver"))

    assert export(client)
    assert client.get(f"{CATALOGUE}import/").status_code == 403
    assert client.post(f"{CATALOGUE}process_import/").status_code == 403
    assert "import_link" not in client.get(CATALOGUE).content.decode()


def test_a_catalogue_that_changed_since_the_preview_is_imported_whole_or_not_at_all(
    console, make_reward, now
):
    tea, cake = make_reward("Tea"), make_reward("Cake")
    preview = upload(console, f"id,partner\n{tea.pk},Kettle\n{cake.pk},Oven\n")
    delete_reward(reward_id=cake.pk, now=now)

    response = confirm(console, preview)

    assert said(response) == [
        "Nothing was imported.",
        f"Line 3: id: There is no reward “{cake.pk}”.",
    ]
    tea.refresh_from_db()
    assert tea.partner == ""


def test_the_page_loads_nothing_from_elsewhere_and_runs_nothing_inline(console, reward):
    for page in (
        console.get(f"{CATALOGUE}import/"),
        upload(console, f"id,partner\n{reward.pk},Kettle\n"),
        upload(console, f"id,quantity\n{reward.pk},x\n"),
    ):
        text = page.content.decode()
        assert "https://" not in text.replace("https only", "")
        assert "style=" not in text
        assert "<script>" not in text


@pytest.mark.parametrize(("dry", "partner"), [(True, ""), (False, "Kettle")])
def test_the_command_imports_the_same_file(reward, tmp_path, capsys, dry, partner):
    path = tmp_path / "catalogue.csv"
    path.write_text(f"id,partner\n{reward.pk},Kettle\n")

    call_command("import_rewards", str(path), dry_run=dry)

    reward.refresh_from_db()
    assert reward.partner == partner
    assert "1 changed, 0 as before" in capsys.readouterr().out


def test_the_command_names_bad_lines_and_imports_nothing(reward, tmp_path, capsys):
    path = tmp_path / "catalogue.csv"
    path.write_text(f"id,partner,quantity\n{reward.pk},Kettle,\n99,,x\n")

    with pytest.raises(CommandError, match="Nothing was imported"):
        call_command("import_rewards", str(path))
    assert "Line 3: id: There is no reward “99”." in capsys.readouterr().err
    reward.refresh_from_db()
    assert reward.partner == ""
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_rewards", str(tmp_path / "none.csv"))
