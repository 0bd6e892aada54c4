"""The record of a council's meeting for a Word file, any version of it, for those who may read it (spec 5 and 7)."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.council_access import Standing, council_for
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from domain.usecases.council_files import meeting_files
from domain.usecases.council_meetings import MeetingSight, meeting_for
from domain.usecases.forgetting import without_names
from domain.usecases.lead_files import LeadFiles
from domain.usecases.meeting_record import record_of
from domain.usecases.minutes import were_there
from domain.usecases.record_facts import RecordFacts, from_json
from models.agenda import AgendaItem, ItemGuest
from models.meeting import Minutes, MinutesState, MinutesVersion

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """A version of a record (0: a draft that nobody was sent), with its pictures, for somebody who may read it."""

    facts: RecordFacts
    version: int
    state: MinutesState
    at: datetime
    files: LeadFiles
    locale: str


async def take_record(
    session: AsyncSession, *, actor: Actor, meeting_id: int, version: int | None = None, now: datetime, policy: Policy
) -> Taken:
    """The record for a Word file: the latest version, an older one, or the draft for those who keep it. It is logged.

    For whoever sits in the council or oversees it; of X for those who were there: her items alone, and no names.
    Raises RefusedError: NOT_YOURS, MEETING_NOT_HELD, RECORD_NOT_OUT.
    """
    sight = await meeting_for(session, actor, meeting_id)
    if sight.standing is Standing.GUEST and actor.member_id not in await were_there(session, sight.meeting):
        raise RefusedError(Reason.NOT_YOURS)
    minutes = await session.get(Minutes, meeting_id, populate_existing=True)
    if minutes is None:
        raise RefusedError(Reason.MEETING_NOT_HELD)
    if minutes.version == 0 and not sight.keeps(actor.member_id):
        raise RefusedError(Reason.RECORD_NOT_OUT)
    number = version or minutes.version  # 0 is no version: nobody gets at the draft by it
    kept = await _version(session, meeting_id, number) if number else None
    if number and kept is None:
        raise RefusedError(Reason.RECORD_NOT_OUT)
    facts = from_json(kept.facts) if kept else await record_of(session, sight.meeting, minutes, policy)
    files = await meeting_files(session, sight.meeting)
    if sight.standing is Standing.GUEST and not await _oversees(session, actor, sight):
        facts = await _for_guest(session, facts, actor.member_id)
        files = replace(files, kept=[], waiting=0)
    _log.info("council_record_taken meeting=%d version=%d member=%d", meeting_id, number, actor.member_id)
    final = minutes.state is MinutesState.FINAL and number == minutes.version
    state = MinutesState.FINAL if final else MinutesState.OUT if number else MinutesState.DRAFT
    return Taken(facts, number, state, kept.at if kept else now, files, sight.council.locale)


async def _oversees(session: AsyncSession, actor: Actor, sight: MeetingSight) -> bool:
    try:
        await council_for(session, actor, sight.council.id)
    except RefusedError:
        return False
    return True


async def _for_guest(session: AsyncSession, facts: RecordFacts, member_id: int) -> RecordFacts:
    """What one of X reads of it, as on the cards: her items, what was said of them and not by whom. What the recorder
    wrote of the whole meeting only where it dealt with nothing else.
    """
    query = (
        select(col(AgendaItem.code))
        .join(ItemGuest, col(ItemGuest.item_id) == col(AgendaItem.id))
        .where(col(ItemGuest.member_id) == member_id)
    )
    hers = set((await session.execute(query)).scalars())
    read = without_names(facts)
    items = tuple(item for item in read.items if item.code in hers)
    return replace(read, items=items, decisions=read.decisions if len(items) == len(read.items) else "")


async def _version(session: AsyncSession, meeting_id: int, version: int) -> MinutesVersion | None:
    query = select(MinutesVersion).where(
        col(MinutesVersion.meeting_id) == meeting_id, col(MinutesVersion.version) == version
    )
    return (await session.execute(query)).scalar_one_or_none()
