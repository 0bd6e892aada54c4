"""Members who have left: whose name is still needed, and what stands in its place when it is not (spec 8).

Her row stays, so that whatever she did is still one person's doing; nobody can tell whose. Whoever comes back by an
invitation is somebody new.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import CTE, Column, ColumnElement, Select, Table, and_, delete, or_, select, union
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col

from domain.usecases.holds import held_dispute, held_household, held_item, held_lead
from domain.usecases.item_changes import ITEM_IS_OVER
from models.agenda import AgendaItem, ItemState
from models.confidential import Tie
from models.dispute import Dispute, DisputeState
from models.erasing import LegalHold
from models.household import Household
from models.lead import Lead, LeadStage
from models.meeting import CouncilMeeting, MeetingItem, MeetingState, Minutes, MinutesState
from models.member import Member
from models.project import CouncilProject, ProjectState
from models.tier_change import ProposalState, TierChange

FormerName = Callable[[int, str], str]  # what stands in the place of a name: of her number and her language


def still_named() -> ColumnElement[bool]:
    """The condition that a member's name is still needed: she has a part in something that is open or held.

    Any part will do: reported, handled, wrote, signed, voted. A frozen account is open as well, until it is given back.
    """
    named = [select(column).where(column.is_not(None), going_on) for column, going_on in parts_of_work()]
    return or_(col(Member.frozen_at).is_not(None), col(Member.id).in_(union(*named)))


def parts_of_work() -> list[tuple[Column[Any], ColumnElement[bool]]]:
    """Each column that says which member had a part in something, with the condition that it is open or held."""
    going_on = {table.name: query.cte(f"going_on_{table.name}") for table, query in _going_on()}
    return [
        (column, condition)
        for table in SQLModel.metadata.sorted_tables
        if (condition := _is_part(table, going_on)) is not None
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
    held = select(col(LegalHold.household_id)).where(
        col(LegalHold.household_id).is_not(None), col(LegalHold.lifted_at).is_(None)
    )
    meets = col(CouncilMeeting.state).in_((MeetingState.PLANNED, MeetingState.RUNNING))
    dealt_with = select(col(MeetingItem.item_id)).where(col(MeetingItem.meeting_id) == col(CouncilMeeting.id))
    conditions: dict[Any, ColumnElement[bool]] = {
        Lead: or_(col(Lead.stage) != LeadStage.CLOSED, held_lead()),
        Dispute: or_(~ended, held_dispute()),
        Household: col(Household.id).in_(held),  # a register of a million is not walked through for a few
        AgendaItem: or_(~or_(col(AgendaItem.state).in_(ITEM_IS_OVER), carried_out), held_item(col(AgendaItem.id))),
        CouncilProject: or_(col(CouncilProject.state) == ProjectState.ONGOING, held_item(col(CouncilProject.item_id))),
        CouncilMeeting: or_(meets, out.exists(), dealt_with.where(held_item(col(MeetingItem.item_id))).exists()),
        TierChange: or_(col(TierChange.state) == ProposalState.PENDING, held_household(col(TierChange.household_id))),
    }
    for model, condition in conditions.items():
        yield model.__table__, select(model.id).where(condition)


def _is_part(table: Table, going_on: dict[str, CTE]) -> ColumnElement[bool] | None:
    """The condition that a row is, or is a part of, something that goes on; None for what can be no part of it."""
    if table.name in going_on:
        (own,) = table.primary_key.columns
        return own.in_(select(going_on[table.name].c.id))
    found = []
    for column in table.columns:
        for key in column.foreign_keys:
            above = key.column.table
            if above is table or not key.column.primary_key or len(above.primary_key) > 1:
                continue
            if (condition := _is_part(above, going_on)) is not None:
                found.append(column.in_(select(key.column).where(condition)))
    return or_(*found) if found else None
