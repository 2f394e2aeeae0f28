"""Members in the lists of every app: by name, with the way to their page and back."""

from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString


def get_member_url(member: Any) -> str:
    """Return the address of a member's page, which the admin of the user model serves."""
    opts = member._meta  # noqa: SLF001 -- Django's documented Options
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_member", args=[member.public_id])


def render_member(member: Any) -> SafeString:
    """Return the member's name, which leads to their page, and the user id; once, if it is both."""
    link = format_html(
        '<a class="member-name" href="{}">{}</a>', get_member_url(member), member.display_name
    )
    if member.display_name == member.public_id:
        return link
    return format_html('{} <span class="member-id">{}</span>', link, member.public_id)


class MemberFilter(admin.SimpleListFilter):
    """Only one member's rows: `?member=<userId>`. It shows where it is in use, and nowhere else."""

    title = "member"
    parameter_name = "member"
    # The ways from a row to its members; one of them has to be the one.
    ways: tuple[str, ...] = ("member",)
    member: Any = None

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the one member, by name; an unknown one by id."""
        public_id = self.value()
        if public_id is None:
            return []
        people = get_user_model()._default_manager  # noqa: SLF001 -- Django documents it
        self.member = people.filter(public_id=public_id).first()
        return [(public_id, str(self.member or public_id))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the member's rows."""
        if self.value() is None:
            return queryset
        if self.member is None:
            return queryset.none()
        # By key and not by a join, so that each way has an index to go by.
        mine = Q()
        for way in self.ways:
            mine |= Q(**{way: self.member.pk})
        return queryset.filter(mine)


def filter_by_member(*ways: str) -> type[MemberFilter]:
    """Return the filter for rows that know their member by another way: `account__member`."""
    return type("MemberFilter", (MemberFilter,), {"ways": ways})
