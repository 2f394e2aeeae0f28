"""People on the console."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from loyalty_site.accounts.models import User
from loyalty_site.accounts.services import issue_tokens
from points.models import PointAccount

pytestmark = pytest.mark.django_db

LIST = reverse("admin:accounts_user_changelist")
ADD = reverse("admin:accounts_user_add")


def change_page(person):
    return reverse("admin:accounts_user_change", args=[person.pk])


@pytest.fixture
def boss(client, make_staff):
    person = make_staff("boss")
    client.force_login(person)
    return person


@pytest.fixture
def clerk(client, make_staff):
    """Return a staff user who may change people and is no superuser."""
    person = make_staff("clerk", "support")
    person.user_permissions.add(Permission.objects.get(codename="change_user"))
    client.force_login(person)
    return person


def test_the_list_finds_people_by_name_email_and_user_id(client, boss, make_member):
    make_member("mia", name="Mia Moreau", email="moreau@example.com")
    make_member("leo")

    for text in ("Moreau", "moreau@", "mia"):
        page = client.get(LIST, {"q": text}).content.decode()
        assert "Mia Moreau" in page
        assert "leo@example.com" not in page


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_as_many_queries_for_three_as_for_one(
    client, boss, make_member, count, django_assert_num_queries
):
    for _ in range(count):
        make_member()
    client.get(LIST)

    with django_assert_num_queries(7):
        assert client.get(LIST).status_code == 200


def test_a_person_added_can_sign_in_and_has_an_account(client, boss):
    answer = client.post(
        ADD,
        {
            "public_id": "ann",
            "name": "Ann",
            "email": "Ann@Example.com",
            "role": "seller",
            "usable_password": "true",
            "password1": "blue-river-7",
            "password2": "blue-river-7",
        },
    )

    assert answer.status_code == 302
    ann = User.objects.get(public_id="ann")
    assert (ann.email, ann.role) == ("ann@example.com", "seller")
    assert ann.check_password("blue-river-7")
    assert PointAccount.objects.filter(member=ann).exists()


def test_a_taken_email_is_an_error_of_the_form_in_any_case(client, boss, member):
    answer = client.post(
        ADD,
        {"public_id": "x", "email": "MIA@example.com", "role": "buyer", "usable_password": "false"},
    )

    assert "email" in answer.context["adminform"].form.errors


def change(client, person, **changes):
    form = client.get(change_page(person)).context["adminform"].form
    data = {name: form.get_initial_for_field(form.fields[name], name) for name in form.fields}
    data = {name: value for name, value in data.items() if value not in (None, False, "", [])}
    return client.post(change_page(person), data | changes)


def test_an_email_left_blank_is_none(client, boss, make_member):
    for person in (make_member("mia"), make_member("leo")):
        assert change(client, person, email="").status_code == 302
        person.refresh_from_db()
        assert person.email is None


def test_deactivating_a_person_ends_their_sessions(client, boss, member, sign_in):
    api = sign_in(member)
    form = client.get(change_page(member)).context["adminform"].form
    assert "token_epoch" not in form.fields

    answer = client.post(
        change_page(member), {"name": "Mia", "email": "mia@example.com", "role": "buyer"}
    )

    assert answer.status_code == 302
    member.refresh_from_db()
    assert not member.is_active
    assert member.token_epoch == 1
    assert api.get("/api/auth/me").status_code == 401


def test_many_are_deactivated_at_once_but_never_oneself(client, boss, make_member):
    mia, leo = make_member("mia"), make_member("leo")

    client.post(LIST, {"action": "deactivate", "_selected_action": [mia.pk, leo.pk, boss.pk]})

    assert set(User.objects.filter(is_active=True)) == {boss}


def test_a_new_password_set_by_staff_ends_the_persons_sessions(client, boss, member):
    address = reverse("admin:auth_user_password_change", args=[member.pk])
    assert "../password/" in client.get(change_page(member)).content.decode()

    client.post(
        address,
        {"usable_password": "true", "password1": "green-river-8", "password2": "green-river-8"},
    )

    member.refresh_from_db()
    assert member.check_password("green-river-8")
    assert member.token_epoch == 1


def test_nobody_is_deleted(client, boss, member):
    address = reverse("admin:accounts_user_delete", args=[member.pk])

    assert client.post(address, {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=member.pk).exists()


def test_staff_who_only_look_never_see_the_hash(client, make_staff, member):
    member.set_password("blue-river-7")
    member.save()
    client.force_login(make_staff("sue", "support"))

    page = client.get(change_page(member))

    assert page.status_code == 200
    assert member.password not in page.content.decode()


def test_staff_cannot_raise_their_own_powers(client, clerk):
    change(client, clerk, is_superuser="on", is_staff="on", groups="1", user_permissions="1")

    before = clerk.get_all_permissions()
    clerk = User.objects.get(pk=clerk.pk)
    assert not clerk.is_superuser
    assert clerk.get_all_permissions() == before


def test_staff_cannot_touch_a_superuser(client, clerk, make_staff):
    boss = make_staff("boss")
    password = reverse("admin:auth_user_password_change", args=[boss.pk])

    assert client.post(change_page(boss), {"name": "Gone"}).status_code == 403
    assert client.get(password).status_code == 403
    client.post(LIST, {"action": "deactivate", "_selected_action": [boss.pk]})
    boss.refresh_from_db()
    assert (boss.name, boss.is_active) == ("Boss", True)


def test_the_sites_own_tokens_are_no_page_of_the_console(client, boss, member):
    issue_tokens(user=member)

    page = client.get(reverse("admin:index")).content.decode()

    assert reverse("admin:accounts_user_changelist") in page
    assert "token_blacklist" not in page
