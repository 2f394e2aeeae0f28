"""Whose points a caller may look at."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter

from ..errors import Forbidden, MemberNotFound
from ..services.accounts import get_member

# Hosts show members their points without seeing everybody's in one list.
SERVE_PERMISSION = "points.serve_members"
USER_PARAMETER = OpenApiParameter(
    "userId", description="Another member, for staff who may view members' points."
)


def may_look_at(*, viewer: Any, user_id: str, permission: str) -> bool:
    """Say whether somebody may see a member's points, whether or not there is such a member."""
    return user_id == viewer.public_id or any(
        viewer.has_perm(one) for one in (permission, SERVE_PERMISSION)
    )


def find_member_to_show(*, viewer: Any, user_id: str | None, permission: str) -> int:
    """Return the key of the member whose points to show; no id is the viewer's own.

    Anybody may be shown to staff with the permission, and to whoever serves members. Otherwise as
    `find_member_to_serve`.
    """
    if user_id is None or user_id == viewer.public_id:
        return int(viewer.pk)
    if viewer.has_perm(SERVE_PERMISSION):
        permission = SERVE_PERMISSION
    return int(find_member_to_serve(viewer=viewer, user_id=user_id, permission=permission).pk)


def find_member_to_serve(*, viewer: Any, user_id: str, permission: str) -> Any:
    """Return the member a path names: the viewer, or for staff with the permission anybody.

    Whether they may is decided before the member is looked up: Forbidden for staff,
    MemberNotFound for members, to whom others do not exist.
    """
    if user_id == viewer.public_id:
        return viewer
    if not viewer.has_perm(permission):
        raise Forbidden if viewer.is_staff else MemberNotFound
    return get_member(user_id)
