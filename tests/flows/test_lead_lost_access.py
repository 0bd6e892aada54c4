"""A form about a lead that is no longer hers is not saved, and shows nothing of it any more."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.alert import AlertBell
from models.lead import Lead, LeadEntry, LeadStage
from models.member import Appointment, Role
from models.session import Database
from tests.support.county import POLICY, SATURDAY
from tests.support.raw_updates import Program
from tests.support.standings import ME, WORDS, Standing, Subject, appoint, enter, lead_of

HANDLES = Standing(stage=LeadStage.SUPPORTING, bell=True, holder=ME, working=True, handler=ME)
NOTE = "夜里又听见哭声"
Loses = Callable[[AsyncSession, Subject], Awaitable[object]]


async def turns_out_to_be_kin(session: AsyncSession, who: Subject) -> None:
    """She declares her tie to the household."""
    await enter(session, who, Standing(tied=True))


async def loses_her_phone(session: AsyncSession, who: Subject) -> None:
    """A colleague freezes her account."""
    await enter(session, who, Standing(frozen=True))


async def is_posted_elsewhere(session: AsyncSession, who: Subject) -> None:
    """Her post ends, and another one begins."""
    yesterday = POLICY.today(SATURDAY) - timedelta(days=1)
    ended = update(Appointment).where(col(Appointment.member_id) == who.member_id)
    await session.execute(ended.values(starts_on=yesterday, ends_on=yesterday))


async def has_no_more_to_do_with_it(session: AsyncSession, who: Subject) -> None:
    """It is handed on, and what it rang is over."""
    await session.execute(delete(AlertBell))
    await session.execute(update(Lead).values(handler_id=None))


async def sees_it_closed(session: AsyncSession, who: Subject) -> None:
    """Two others close it."""
    closed = {"stage": LeadStage.CLOSED, "closing_by_id": 1, "closed_by_id": 2, "closed_at": SATURDAY}
    await session.execute(update(Lead).values(**closed))


@pytest.mark.parametrize(
    "loses", [turns_out_to_be_kin, loses_her_phone, is_posted_elsewhere, has_no_more_to_do_with_it, sees_it_closed]
)
async def test_what_was_begun_while_it_was_hers_is_not_saved_afterwards(database: Database, loses: Loses) -> None:
    program = Program(database)
    async with database.transaction() as session:
        who = await appoint(session, 600, Role.HEAD, elsewhere=False)
        lead, _ = await lead_of(session, who, HANDLES)
    await program.presses(who.telegram_id, [f"lead:follow:{lead.id}"])
    assert NOTE in await program.says(who.telegram_id, NOTE)
    save = program.button("保存")
    async with database.transaction() as session:
        await loses(session, who)
    for data in (save, f"lead:follow:{lead.id}", f"lead:show:{lead.id}"):
        said = await program.presses(who.telegram_id, [data])
        assert WORDS not in said or loses is sees_it_closed
        assert program.toasts()
    async with database.transaction() as session:
        hers = select(func.count()).select_from(LeadEntry).where(col(LeadEntry.by_id) == who.member_id)
        assert (await session.execute(hers)).scalar() == 0
