"""Closing a lead: one asks, a second person decides; and opening it again (spec 3)."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import CLOSES_LEADS, Actor, is_frozen
from domain.kept_away import kept_away, who_may_hear
from domain.lead_access import lead_for
from domain.lead_notices import LeadNews
from domain.refusals import Reason, RefusedError
from domain.rules.handling import UNVERIFIED, LeadEvent, next_revisit
from domain.rules.policy import Policy
from domain.usecases.alerts import close_alert, open_alert, show_life
from domain.usecases.availability import passed_over
from domain.usecases.lead_changes import change_lead, lead_at_work, path_of, role_over
from domain.usecases.outbox import tell
from domain.usecases.posts import chain_of, holders
from domain.usecases.timeline import note, timeline_of
from models.confidential import Ground
from models.lead import EntryKind, Lead, LeadEntry, LeadStage
from models.member import Member, Role, on_leave

# A level above another one: who closes there, in the order in which they are asked.
_CLOSERS = tuple(role for role in Role if role in CLOSES_LEADS)
_SETTLED = (EntryKind.VERIFIED, EntryKind.UNFOUNDED)


async def ask_closing(
    session: AsyncSession, *, actor: Actor, lead_id: int, seen: int, body: str, now: datetime, policy: Policy
) -> Lead:
    """Ask that the lead be closed. Those of the nearest level who may close it are told.

    Raises RefusedError: NOT_YOURS, LEAD_CLOSED, CLOSING_ASKED, VERIFY_FIRST, REVISIT_FIRST (a protected matter is not
    closed before somebody has come again), NO_SECOND, CHANGED_MEANWHILE.
    """
    lead, seconds = await closing_possible(session, actor=actor, lead_id=lead_id, now=now, policy=policy)
    await change_lead(session, lead, seen, stage=LeadStage.CLOSING, closing_by_id=actor.member_id)
    entry = await note(session, lead, EntryKind.CLOSING, actor=actor, now=now, body=body)
    role = role_over(actor, await path_of(session, lead))
    await show_life(session, lead, actor=actor, now=now, policy=policy)
    notice = LeadNews(lead.code, lead.id, lead.colour, role, LeadEvent.CLOSING_ASKED)
    await tell(session, seconds, notice, f"closing-asked:{entry.id}", now=now, policy=policy)
    return lead


async def closing_possible(
    session: AsyncSession, *, actor: Actor, lead_id: int, now: datetime, policy: Policy
) -> tuple[Lead, list[int]]:
    """The lead, when `actor` may ask for its closing now, and who would be asked: before she writes why.

    Raises RefusedError: NOT_YOURS, LEAD_CLOSED, CLOSING_ASKED, VERIFY_FIRST, REVISIT_FIRST, NO_SECOND.
    """
    lead = (await lead_at_work(session, actor, lead_id, now=now)).lead
    _ready_to_close(lead, await timeline_of(session, lead))
    seconds = await closers(session, lead, besides=actor.member_id, now=now, policy=policy)
    if not seconds:
        raise RefusedError(Reason.NO_SECOND)
    return lead, seconds


def _ready_to_close(lead: Lead, entries: list[LeadEntry]) -> None:
    # What was verified before it became worse, or was opened again, is verified anew.
    verdict = next((entry.kind for entry in reversed(entries) if entry.kind in _SETTLED), None)
    if verdict is None or (lead.stage in UNVERIFIED and verdict is not EntryKind.UNFOUNDED):
        raise RefusedError(Reason.VERIFY_FIRST)
    revisited = any(entry.kind is EntryKind.REVISITED for entry in entries)
    if verdict is EntryKind.VERIFIED and not lead.mediable and not revisited:
        raise RefusedError(Reason.REVISIT_FIRST)


async def closers(session: AsyncSession, lead: Lead, *, besides: int, now: datetime, policy: Policy) -> list[int]:
    """Who may close the lead as the second person: of the nearest level on which somebody can.

    Nobody on leave, nobody out of reach, nobody whom it goes past, and not `besides`.
    """
    today = policy.today(now)
    for area_id in await chain_of(session, lead.area_id):
        found = [member for role in _CLOSERS for member in await holders(session, [area_id], role, today)]
        able = [member for member in dict.fromkeys(found) if member != besides]
        able = await who_may_hear(session, lead, await _present(session, able, today))
        if able:
            return able
    return []


async def _present(session: AsyncSession, members: list[int], today: date) -> list[int]:
    query = select(col(Member.id)).where(
        col(Member.id).in_(members), col(Member.unreachable_since).is_(None), ~on_leave(today)
    )
    present = set((await session.execute(query)).scalars())
    return [member for member in members if member in present]


async def close(
    session: AsyncSession, *, actor: Actor, lead_id: int, seen: int, body: str, now: datetime, policy: Policy
) -> Lead:
    """Close the lead as the second person, with a note; its alert ends.

    Raises RefusedError: NOT_YOURS, NOT_CLOSING, SECOND_PERSON (it is she who asked), CHANGED_MEANWHILE.
    """
    lead = await _as_second(session, actor, lead_id, now=now)
    asked_by = lead.closing_by_id
    if asked_by == actor.member_id:
        raise RefusedError(Reason.SECOND_PERSON)
    await change_lead(
        session, lead, seen, stage=LeadStage.CLOSED, closed_by_id=actor.member_id, closed_at=now, revisit_on=None
    )
    entry = await note(session, lead, EntryKind.CLOSED, actor=actor, now=now, body=body)
    await close_alert(session, lead, now=now)
    role = role_over(actor, await path_of(session, lead), CLOSES_LEADS)
    notice = LeadNews(lead.code, lead.id, lead.colour, role, LeadEvent.CLOSED)
    told = _others(actor, asked_by, lead.handler_id, None if lead.conflict else lead.reporter_id)
    await tell(
        session, await who_may_hear(session, lead, told), notice, f"lead-closed:{entry.id}", now=now, policy=policy
    )
    return lead


async def send_back(
    session: AsyncSession, *, actor: Actor, lead_id: int, seen: int, body: str, now: datetime, policy: Policy
) -> Lead:
    """Not closed yet, with the reason: the work goes on. Whoever asked may take her wish back in the same way.

    Raises RefusedError: NOT_YOURS, NOT_CLOSING, CHANGED_MEANWHILE.
    """
    lead = await _as_second(session, actor, lead_id, now=now)
    asked_by = lead.closing_by_id
    await change_lead(session, lead, seen, stage=await _stage_at_work(session, lead), closing_by_id=None)
    entry = await note(session, lead, EntryKind.NOT_CLOSED, actor=actor, now=now, body=body)
    role = role_over(actor, await path_of(session, lead))
    notice = LeadNews(lead.code, lead.id, lead.colour, role, LeadEvent.SENT_BACK)
    told = await who_may_hear(session, lead, _others(actor, asked_by, lead.handler_id))
    await tell(session, told, notice, f"lead-sent-back:{entry.id}", now=now, policy=policy)
    return lead


async def _stage_at_work(session: AsyncSession, lead: Lead) -> LeadStage:
    """The stage to which a lead returns whose closing was only asked for."""
    verified = any(entry.kind is EntryKind.VERIFIED for entry in await timeline_of(session, lead))
    return LeadStage.FOLLOWING if verified else LeadStage.VERIFYING


async def _as_second(session: AsyncSession, actor: Actor, lead_id: int, *, now: datetime) -> Lead:
    """The lead that waits for its closing, when she may decide on it, or asked for it herself."""
    sight = await lead_for(session, actor, lead_id, now=now)
    if sight.ground in (Ground.REPORTER, Ground.REFERRAL):
        raise RefusedError(Reason.NOT_YOURS)
    if sight.lead.stage is not LeadStage.CLOSING:
        raise RefusedError(Reason.NOT_CLOSING)
    asked = sight.lead.closing_by_id == actor.member_id
    if not asked and not actor.covers(await path_of(session, sight.lead), CLOSES_LEADS):
        raise RefusedError(Reason.NOT_YOURS)
    return sight.lead


def _others(actor: Actor, *members: int | None) -> list[int]:
    return list(dict.fromkeys(member for member in members if member is not None and member != actor.member_id))


async def closed_lead(session: AsyncSession, actor: Actor, lead_id: int) -> Lead:
    """A closed lead that `actor` may open again. Nothing of what it says may be shown for this alone.

    Raises RefusedError: NOT_YOURS (also for one that does not exist), LEAD_OPEN.
    """
    lead = await session.get(Lead, lead_id)
    if lead is None or not actor.covers(await path_of(session, lead), CLOSES_LEADS):
        raise RefusedError(Reason.NOT_YOURS)
    if await is_frozen(session, actor) or await kept_away(session, lead, [actor.member_id]):
        raise RefusedError(Reason.NOT_YOURS)
    if lead.stage is not LeadStage.CLOSED:
        raise RefusedError(Reason.LEAD_OPEN)
    return lead


async def reopen(
    session: AsyncSession, *, actor: Actor, lead_id: int, seen: int, body: str, now: datetime, policy: Policy
) -> Lead:
    """Open a closed lead again, with a reason: its alert rings anew, and whoever worked on it is told, if she may be.

    Raises RefusedError: NOT_YOURS, LEAD_OPEN, CHANGED_MEANWHILE.
    """
    lead = await closed_lead(session, actor, lead_id)
    await change_lead(
        session,
        lead,
        seen,
        stage=LeadStage.VERIFYING,
        closing_by_id=None,
        closed_by_id=None,
        closed_at=None,
        revisits_done=0,
        revisit_on=next_revisit(policy.today(now), 0, policy),
    )
    entry = await note(session, lead, EntryKind.REOPENED, actor=actor, now=now, body=body)
    await open_alert(session, lead, now=now, policy=policy)
    role = role_over(actor, await path_of(session, lead), CLOSES_LEADS)
    notice = LeadNews(lead.code, lead.id, lead.colour, role, LeadEvent.REOPENED)
    told = await _still_there(session, lead, _others(actor, lead.handler_id), policy.today(now))
    await tell(session, told, notice, f"lead-reopened:{entry.id}", now=now, policy=policy)
    return lead


async def _still_there(session: AsyncSession, lead: Lead, members: list[int], today: date) -> list[int]:
    """Those who could be rung for it today: much may have changed since it was closed."""
    found = await passed_over(session, members, lead, await chain_of(session, lead.area_id), today)
    return [member for member in members if member in found and found[member] is None]
