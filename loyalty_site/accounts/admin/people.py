"""People on the console."""

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import ngettext
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from points.admin import KeepsChanges, get_member_url, make_change_message

from ..lockout import forget_attempts
from ..members import welcome_member
from ..models import User, normalise_email
from ..sessions import deactivate_people
from .member_page import MemberPageMixin

# Used-up tokens are the site's own bookkeeping, nothing for staff to read or edit.
admin.site.unregister([BlacklistedToken, OutstandingToken, Group])

# What would let a person raise their own powers; only a superuser hands these out.
POWER_FIELDS = ("is_staff", "is_superuser", "groups", "user_permissions")


class PersonCreationForm(AdminUserCreationForm):
    """A new person; without a user id one is made, without an e-mail they cannot sign in."""

    class Meta:
        model = User
        fields = ("public_id", "email", "name", "role")

    def clean_email(self) -> str | None:
        """Return the e-mail as it is stored."""
        email: str | None = self.cleaned_data.get("email")
        return normalise_email(email) if email else None


class PersonChangeForm(UserChangeForm):
    """A person's data; the password has a page of its own."""

    class Meta:
        model = User
        fields = "__all__"
        field_classes: dict[str, type] = {}

    def clean_email(self) -> str | None:
        """Return the e-mail as it is stored."""
        email: str | None = self.cleaned_data.get("email")
        return normalise_email(email) if email else None


class MemberList(ChangeList):
    """People, each with the way to their page."""

    def url_for_result(self, result: Any) -> str:
        """Return the address of the member's page."""
        return get_member_url(result)


@admin.register(User)
class PersonAdmin(MemberPageMixin, KeepsChanges, UserAdmin):
    """Members, staff and hosts. Nobody is deleted, since the ledger keeps what they did."""

    form = PersonChangeForm
    add_form = PersonCreationForm
    list_display = ["__str__", "email", "public_id", "role", "is_active", "is_staff", "joined_at"]
    list_filter = ["role", "is_active", "is_staff", "groups"]
    search_fields = ["name", "email", "public_id"]
    search_help_text = "Name, e-mail or user id"
    ordering = ["-joined_at", "-pk"]
    list_per_page = 50
    show_full_result_count = False
    readonly_fields = ["joined_at", "last_login"]
    filter_horizontal = ["groups", "user_permissions"]
    actions = ["deactivate", "unlock"]
    fieldsets = [
        (None, {"fields": ["public_id", "name", "email", "password"]}),
        ("Member", {"fields": ["role", "time_zone", "is_active"]}),
        ("Staff", {"fields": list(POWER_FIELDS)}),
        ("Dates", {"fields": ["joined_at", "last_login"]}),
    ]
    add_fieldsets = [
        (
            None,
            {
                "classes": ["wide"],
                "fields": [
                    "public_id",
                    "name",
                    "email",
                    "role",
                    "usable_password",
                    "password1",
                    "password2",
                ],
            },
        ),
    ]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Let the list lead to the members' pages."""
        return MemberList

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Leave the password's hash out for those who may only look."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return [
            (
                title,
                options | {"fields": [name for name in options["fields"] if name != "password"]},
            )
            for title, options in fieldsets
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Fix the user id of an existing person, and staff powers for all but superusers."""
        fields = [*super().get_readonly_fields(request, obj)]
        if obj is not None:
            fields.append("public_id")
        return fields if _is_superuser(request) else [*fields, *POWER_FIELDS]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Let only superusers change superusers, their passwords included."""
        if obj is not None and obj.is_superuser and not _is_superuser(request):
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Refuse: people are deactivated."""
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:  # noqa: FBT001 -- Django's signature
        """Save, and give a new person what every member gets."""
        super().save_model(request, obj, form, change)
        if not change:
            welcome_member(member=obj, now=timezone.now())

    @admin.action(
        description="Deactivate: end all sessions, allow no new ones", permissions=["change"]
    )
    def deactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Deactivate the chosen people, never oneself."""
        people = queryset.exclude(pk=cast("User", request.user).pk)
        if not _is_superuser(request):
            people = people.exclude(is_superuser=True)
        active = list(people.filter(is_active=True))
        count = deactivate_people(people=people)
        for person in active:
            message = make_change_message("is_active", label="Active", before="yes", after="no")
            self.log_change(request, person, message)
        sentence = ngettext("%d person was deactivated.", "%d people were deactivated.", count)
        self.message_user(request, sentence % count, messages.SUCCESS)

    @admin.action(description="Forget failed sign-ins", permissions=["change"])
    def unlock(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Let the chosen people try their passwords again."""
        people = queryset.exclude(email=None)
        forget_attempts(emails=[person.email for person in people if person.email])
        self.message_user(request, "Failed sign-ins are forgotten.", messages.SUCCESS)


@admin.register(Group)
class StaffGroupAdmin(KeepsChanges, GroupAdmin):
    """Groups of staff, and what each may do."""


def _is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)
