"""How a women's council stands today: its members, its agenda, what waits for somebody, and whether it met (spec 5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped
from sqlmodel import col

from domain.council_access import CouncilSight, chairs_of, standing_members
from domain.rules.policy import Policy
from models.agenda import AgendaItem, ItemEntry, ItemEvent, ItemState
from models.ballot import Ballot, BallotState
from models.council import Council, CouncilGroup, GroupState
from models.meeting import CouncilMeeting, MeetingState
from models.member import Member
from models.project import CouncilProject, ProjectState

# That a council has dealt with something: it discussed, voted or met. Taking a proposal up is not yet that.
DEALT_WITH = (
    *(ItemEvent.DISCUSSION, ItemEvent.OPINION, ItemEvent.OPENED),
    *(ItemEvent.PASSED, ItemEvent.REJECTED, ItemEvent.NO_QUORUM),
)


@dataclass(frozen=True, slots=True)
class CouncilNow:
    """What its card says. `projects` go on, `late` of them are past their day."""

    members: int
    chairs: tuple[str, ...]
    group: GroupState | None
    items: Mapping[ItemState, int]
    open_ballots: int
    projects: int
    late: int
    meeting: CouncilMeeting | None
    handled: bool


async def council_now(session: AsyncSession, sight: CouncilSight, *, now: datetime, policy: Policy) -> CouncilNow:
    """How the council stands, for whoever may open it."""
    council, today = sight.council, policy.today(now)
    chairs = await chairs_of(session, council, today)
    group = await session.get(CouncilGroup, council.id)
    projects, late = await _projects(session, council, today)
    return CouncilNow(
        members=len(await standing_members(session, council, today)),
        chairs=await _names(session, chairs),
        group=group.state if group else None,
        items=await _items(session, council),
        open_ballots=await _count(
            session,
            select(func.count(col(Ballot.id))).where(
                col(Ballot.council_id) == council.id, col(Ballot.state) == BallotState.OPEN
            ),
        ),
        projects=projects,
        late=late,
        meeting=await _meeting(session, council),
        handled=(await session.execute(select(handled_in(council.id, today, policy)))).scalar_one(),
    )


def month_of(day: date, policy: Policy) -> tuple[datetime, datetime]:
    """The local month of `day`: its first instant, and the first one after it."""
    first = day.replace(day=1)
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return policy.at(first, time(0)), policy.at(after, time(0))


def handled_in(council: Mapped[int] | int, day: date, policy: Policy) -> ColumnElement[bool]:
    """The condition that a council dealt with something in the month of `day` (一月一议, W): an item was discussed,
    voted on or decided, or a meeting began.
    """
    since, until = month_of(day, policy)
    dealt = (
        select(col(ItemEntry.id))
        .join(AgendaItem, col(AgendaItem.id) == col(ItemEntry.item_id))
        .where(
            col(AgendaItem.council_id) == council,
            col(ItemEntry.kind).in_(DEALT_WITH),
            col(ItemEntry.at) >= since,
            col(ItemEntry.at) < until,
        )
    )
    met = select(col(CouncilMeeting.id)).where(
        col(CouncilMeeting.council_id) == council,
        col(CouncilMeeting.begun_at) >= since,
        col(CouncilMeeting.begun_at) < until,
        col(CouncilMeeting.state).in_((MeetingState.RUNNING, MeetingState.HELD)),
    )
    return or_(exists(dealt), exists(met))


async def _names(session: AsyncSession, members: list[int]) -> tuple[str, ...]:
    rows = await session.execute(select(col(Member.id), col(Member.name)).where(col(Member.id).in_(members)))
    names = {row.id: row.name for row in rows}
    return tuple(names[member] for member in members)


async def _items(session: AsyncSession, council: Council) -> dict[ItemState, int]:
    query = (
        select(col(AgendaItem.state), func.count())
        .where(col(AgendaItem.council_id) == council.id)
        .group_by(col(AgendaItem.state))
    )
    return {row[0]: row[1] for row in await session.execute(query)}


async def _projects(session: AsyncSession, council: Council, today: date) -> tuple[int, int]:
    ongoing = and_(col(CouncilProject.council_id) == council.id, col(CouncilProject.state) == ProjectState.ONGOING)
    total = await _count(session, select(func.count(col(CouncilProject.id))).where(ongoing))
    late = select(func.count(col(CouncilProject.id))).where(ongoing, col(CouncilProject.due_on) < today)
    return total, await _count(session, late)


async def _meeting(session: AsyncSession, council: Council) -> CouncilMeeting | None:
    """The one that is going on, else the next that is planned."""
    query = (
        select(CouncilMeeting)
        .where(
            col(CouncilMeeting.council_id) == council.id,
            col(CouncilMeeting.state).in_((MeetingState.RUNNING, MeetingState.PLANNED)),
            ~col(CouncilMeeting.quick),
        )
        .order_by(col(CouncilMeeting.state).desc(), col(CouncilMeeting.planned_at))
    )
    return (await session.execute(query.limit(1))).scalar_one_or_none()


async def _count(session: AsyncSession, query: Select[int]) -> int:
    return (await session.execute(query)).scalar_one()
