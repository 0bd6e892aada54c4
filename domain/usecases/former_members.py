"""Members who have left: whose name is still needed, and what stands in its place when it is not (spec 8).

Her row stays, so that whatever she did is still one person's doing; nobody can tell whose. Whoever comes back by an
invitation is somebody new.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, Table, and_, delete, or_, select, union
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col

from domain.usecases.held_records import held_records
from domain.usecases.item_changes import ITEM_IS_OVER
from domain.usecases.part_of import is_part, wholes_of
from models.agenda import AgendaItem, ItemState
from models.confidential import Tie
from models.dispute import Dispute, DisputeState
from models.lead import Lead, LeadStage
from models.meeting import CouncilMeeting, MeetingState, Minutes, MinutesState
from models.member import Member
from models.project import CouncilProject, ProjectState
from models.tier_change import ProposalState, TierChange

FormerName = Callable[[int, str], str]  # what stands in the place of a name: of her number and her language


def still_named() -> ColumnElement[bool]:
    """The condition that a member's name is still needed: she has a part in something that is open or held.

    Any part will do: reported, handled, wrote, signed, voted.
    """
    each = [select(column.label("id")).where(column.is_not(None), going_on) for column, going_on in parts_of_work()]
    # They are gathered once. With NOT IN, PostgreSQL goes through all of them for each member when they are many.
    named = union(*each).cte("still_named").prefix_with("MATERIALIZED")
    return select(named.c.id).where(named.c.id == col(Member.id)).exists()


def parts_of_work() -> list[tuple[Column[Any], ColumnElement[bool]]]:
    """Each column that says which member had a part in something, with the condition that it is open or held."""
    going_on = wholes_of(dict(_going_on()), "going_on")
    return [
        (column, condition)
        for table in SQLModel.metadata.sorted_tables
        if (condition := is_part(table, going_on)) is not None
        for column in table.columns
        if any(key.column.table.name == "member" for key in column.foreign_keys)
    ]


async def rename_members(session: AsyncSession, keys: Sequence[int], gone: Counter[str], former: FormerName) -> None:
    """Take name and Telegram id of members, and which households are theirs or their kin's. No account has a number
    below zero: whoever writes from hers is a stranger.
    """
    ties = await session.execute(delete(Tie).where(col(Tie.member_id).in_(keys)))
    if ties.rowcount:  # type: ignore[attr-defined]
        gone["tie"] += ties.rowcount  # type: ignore[attr-defined]
    for member in (await session.execute(select(Member).where(col(Member.id).in_(keys)))).scalars().all():
        member.name, member.telegram_id = former(member.id, member.locale), -member.id
        member.unreachable_since = None
        gone["member.name"] += 1
    await session.flush()


def _going_on() -> Iterator[tuple[Table, Select[Any]]]:
    """What can be open or held, each with those that are."""
    red = select(col(Lead.id)).where(col(Lead.id) == col(Dispute.red_lead_id), col(Lead.stage) != LeadStage.CLOSED)
    ended = or_(
        col(Dispute.state).in_((DisputeState.CLOSED, DisputeState.ENDED)),
        and_(col(Dispute.state) == DisputeState.FROZEN, ~red.correlate(Dispute).exists()),
    )
    over = select(col(CouncilProject.id)).where(
        col(CouncilProject.item_id) == col(AgendaItem.id), col(CouncilProject.state) != ProjectState.ONGOING
    )
    carried_out = and_(col(AgendaItem.state) == ItemState.PASSED, over.exists())
    out = select(col(Minutes.meeting_id)).where(
        col(Minutes.meeting_id) == col(CouncilMeeting.id), col(Minutes.state) == MinutesState.OUT
    )
    meets = col(CouncilMeeting.state).in_((MeetingState.PLANNED, MeetingState.RUNNING))
    open_: dict[type[SQLModel], ColumnElement[bool]] = {
        Lead: col(Lead.stage) != LeadStage.CLOSED,
        Dispute: ~ended,
        AgendaItem: ~or_(col(AgendaItem.state).in_(ITEM_IS_OVER), carried_out),
        CouncilProject: col(CouncilProject.state) == ProjectState.ONGOING,
        CouncilMeeting: or_(meets, out.exists()),
        TierChange: col(TierChange.state) == ProposalState.PENDING,
    }
    for model, held in held_records().items():
        goes_on = or_(open_[model], held) if model in open_ else held
        yield model.__table__, select(model.id).where(goes_on)  # type: ignore[attr-defined]
