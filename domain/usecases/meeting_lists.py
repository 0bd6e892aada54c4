"""The meetings of a council, the next and the latest first; those that somebody belongs to (spec 5)."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.council_access import SITS_IN_COUNCIL
from models.agenda import ItemGuest
from models.council import Council
from models.meeting import CouncilMeeting, MeetingItem


async def meetings_of(
    session: AsyncSession, council_id: int, *, offset: int, limit: int
) -> tuple[Sequence[CouncilMeeting], int]:
    """One page of a council's meetings, those furthest ahead first, and how many there are."""
    which = col(CouncilMeeting.council_id) == council_id
    total = (await session.execute(select(func.count()).where(which).select_from(CouncilMeeting))).scalar_one()
    query = select(CouncilMeeting).where(which)
    query = query.order_by(col(CouncilMeeting.planned_at).desc(), col(CouncilMeeting.id).desc())
    return (await session.execute(query.offset(offset).limit(limit))).scalars().all(), total


async def her_meetings(
    session: AsyncSession, actor: Actor, query: str, *, offset: int, limit: int
) -> tuple[Sequence[CouncilMeeting], int]:
    """Those of the councils in which she sits or whose item she is invited to, whose code contains `query`."""
    areas = {post.area_id for post in actor.posts if post.role in SITS_IN_COUNCIL}
    sits = select(col(Council.id)).where(col(Council.area_id).in_(areas))
    invited = (
        select(col(MeetingItem.meeting_id))
        .join(ItemGuest, col(ItemGuest.item_id) == col(MeetingItem.item_id))
        .where(col(ItemGuest.member_id) == actor.member_id, col(ItemGuest.ended_at).is_(None))
    )
    which = (
        (col(CouncilMeeting.council_id).in_(sits) | col(CouncilMeeting.id).in_(invited))
        & col(CouncilMeeting.code).contains(query.upper(), autoescape=True)
    )  # fmt: skip
    total = (await session.execute(select(func.count()).where(which).select_from(CouncilMeeting))).scalar_one()
    rows = select(CouncilMeeting).where(which).order_by(col(CouncilMeeting.planned_at).desc())
    return (await session.execute(rows.offset(offset).limit(limit))).scalars().all(), total
