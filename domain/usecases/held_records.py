"""Whether a row, of whichever table, is a part of what a legal hold keeps (spec 8)."""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import ColumnElement, Select, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col

from domain.usecases.holds import held_dispute, held_household, held_item, held_lead
from domain.usecases.mentions import AT_ONCE, Key
from domain.usecases.part_of import is_part, wholes_of
from models.agenda import AgendaItem
from models.dispute import Dispute
from models.erasing import LegalHold
from models.household import Household
from models.lead import Lead
from models.meeting import CouncilMeeting, MeetingItem
from models.project import CouncilProject
from models.tier_change import TierChange


def held_records() -> dict[type[SQLModel], ColumnElement[bool]]:
    """What can be held, each with the condition that it is, by itself or with something else."""
    homes = select(col(LegalHold.household_id)).where(
        col(LegalHold.household_id).is_not(None), col(LegalHold.lifted_at).is_(None)
    )
    dealt_with = select(col(MeetingItem.item_id)).where(col(MeetingItem.meeting_id) == col(CouncilMeeting.id))
    return {
        Lead: held_lead(),
        Dispute: held_dispute(),
        Household: col(Household.id).in_(homes),  # a register of a million is not walked through for a few
        TierChange: held_household(col(TierChange.household_id)),
        AgendaItem: held_item(col(AgendaItem.id)),
        CouncilProject: held_item(col(CouncilProject.item_id)),
        CouncilMeeting: dealt_with.where(held_item(col(MeetingItem.item_id))).exists(),
    }


async def is_any_held(session: AsyncSession, rows: Iterable[tuple[str, Key]]) -> bool:
    """Whether one of these rows, by table and key, is or is a part of something that is held."""
    keys: dict[str, list[Key]] = defaultdict(list)
    for table, key in rows:
        keys[table].append(key)
    return any([await _is_held(session, name, found) for name, found in keys.items()])


async def _is_held(session: AsyncSession, name: str, keys: list[Key]) -> bool:
    table = SQLModel.metadata.tables[name]
    held = {one.__table__: _select(one, condition) for one, condition in held_records().items()}  # type: ignore[attr-defined]
    condition = is_part(table, wholes_of(held, "held"))
    if condition is None:
        return False
    for start in range(0, len(keys), AT_ONCE):
        these = tuple_(*table.primary_key).in_(keys[start : start + AT_ONCE])
        if (await session.execute(select(these).where(these, condition).limit(1))).first() is not None:
            return True
    return False


def _select(model: type[SQLModel], condition: ColumnElement[bool]) -> Select[tuple[int]]:
    return select(model.id).where(condition)  # type: ignore[attr-defined]
