"""What the bot's messages in a council's group show: a subject as it is now, in the council's language (spec 5).

Each kind of message has its function here; None when there is nothing to show any more.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from domain.rules.policy import Policy
from domain.usecases.group_posts import GroupView
from handlers.ballot_post import ballot_view
from handlers.meeting_post import meeting_view
from models.council import Council, GroupPost, PostKind


@dataclass(frozen=True, slots=True)
class GroupBound:
    """The group is the council's from now on, and what the bot does and does not do there."""

    council: str


async def bound_view(session: AsyncSession, council_id: int, _now: datetime, _policy: Policy) -> GroupView | None:
    """The one message after the binding."""
    council = await session.get(Council, council_id)
    return GroupView(GroupBound(council.name), council.locale) if council else None


VIEWS: Mapping[PostKind, Callable[[AsyncSession, int, datetime, Policy], Awaitable[GroupView | None]]] = {
    PostKind.BOUND: bound_view,
    PostKind.BALLOT: ballot_view,
    PostKind.MEETING: meeting_view,
}


async def view_of(session: AsyncSession, post: GroupPost, *, now: datetime, policy: Policy) -> GroupView | None:
    """What `post` shows at `now`."""
    show = VIEWS.get(post.kind)
    return await show(session, post.subject_id, now, policy) if show else None
