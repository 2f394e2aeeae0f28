"""Members that a host announces."""

from dataclasses import dataclass
from datetime import datetime

from ..errors import EmailTaken, UserIdTaken
from ..members import create_member
from ..models import User


@dataclass(frozen=True, kw_only=True)
class Announcement:
    """A member, and whether this announcement made them."""

    member: User
    is_new: bool


def announce_member(*, public_id: str, name: str, email: str, now: datetime) -> Announcement:
    """Make the member a host announces; the same announcement again changes nothing.

    Raises UserIdTaken or EmailTaken when the id or the e-mail is somebody else's, or the id's
    under another name or e-mail.
    """
    try:
        member = create_member(public_id=public_id, name=name, email=email, now=now)
    except (UserIdTaken, EmailTaken):
        # Which of the two was met first says nothing: a repeated announcement meets both.
        same = User.objects.filter(public_id=public_id, name=name, email=email).first()
        if same is None:
            raise
        return Announcement(member=same, is_new=False)
    return Announcement(member=member, is_new=True)
