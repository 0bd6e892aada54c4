"""Looking after a lead: contact, 核实, 支持, 跟踪, 回访; every step is an entry of its timeline (spec 3)."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Actor
from domain.refusals import Reason, RefusedError
from domain.rules.handling import UNVERIFIED, RevisitResult, SupportKind, Verdict, next_revisit
from domain.rules.policy import Policy
from domain.usecases.alerts import show_life
from domain.usecases.lead_changes import change_lead, lead_at_work
from domain.usecases.mediation import ordinary, to_mediation
from domain.usecases.timeline import note
from models.lead import EntryKind, LeadEntry, LeadStage


async def contact(
    session: AsyncSession, *, actor: Actor, lead_id: int, body: str | None, now: datetime, policy: Policy
) -> LeadEntry:
    """即时联系: she has spoken with the person, in the safe way that was agreed.

    Raises RefusedError: NOT_YOURS, LEAD_CLOSED, CLOSING_ASKED, CHANGED_MEANWHILE.
    """
    lead = (await lead_at_work(session, actor, lead_id, now=now)).lead
    if lead.stage is LeadStage.REPORTED:
        await change_lead(session, lead, lead.rev, stage=LeadStage.VERIFYING)
    await show_life(session, lead, actor=actor, now=now, policy=policy)
    return await note(session, lead, EntryKind.CONTACTED, actor=actor, now=now, body=body)


async def verify(
    session: AsyncSession,
    *,
    actor: Actor,
    lead_id: int,
    seen: int,
    verdict: Verdict,
    body: str | None,
    now: datetime,
    policy: Policy,
) -> LeadEntry:
    """核实: confirmed, unfounded, or an ordinary dispute that goes to mediation. `seen` is the revision she knew.

    What is unfounded may be verified anew, or closed. Raises RefusedError: NOT_YOURS, LEAD_CLOSED, CLOSING_ASKED,
    VERIFIED_ALREADY, NEVER_MEDIATED, CHANGED_MEANWHILE.
    """
    lead = (await lead_at_work(session, actor, lead_id, now=now)).lead
    if lead.stage not in UNVERIFIED:
        raise RefusedError(Reason.VERIFIED_ALREADY)
    today = policy.today(now)
    if verdict is Verdict.UNFOUNDED:
        await change_lead(session, lead, seen, stage=LeadStage.VERIFYING)
        kind = EntryKind.UNFOUNDED
    elif verdict is Verdict.CONFIRMED:
        revisit_on = lead.revisit_on or next_revisit(today, 0, policy)
        await change_lead(session, lead, seen, stage=LeadStage.SUPPORTING, revisit_on=revisit_on)
        kind = EntryKind.VERIFIED
    else:
        matter = ordinary(lead)
        await change_lead(session, lead, seen, stage=LeadStage.FOLLOWING)
        await to_mediation(session, matter, lead, actor=actor, now=now)
        await note(session, lead, EntryKind.VERIFIED, actor=actor, now=now, verdict=verdict.value)
        kind = EntryKind.TO_MEDIATION
    await show_life(session, lead, actor=actor, now=now, policy=policy)
    return await note(session, lead, kind, actor=actor, now=now, body=body)


async def support(
    session: AsyncSession,
    *,
    actor: Actor,
    lead_id: int,
    seen: int,
    kinds: Collection[SupportKind],
    body: str | None,
    now: datetime,
    policy: Policy,
) -> LeadEntry:
    """支持: help of one or several kinds was given. It never waits for the verification; the revisits count from it.

    Raises RefusedError: NOT_YOURS, LEAD_CLOSED, CLOSING_ASKED, CHANGED_MEANWHILE.
    """
    lead = (await lead_at_work(session, actor, lead_id, now=now)).lead
    first = next_revisit(policy.today(now), 0, policy)
    await change_lead(session, lead, seen, revisit_on=first, revisits_done=0)
    given = [kind.value for kind in SupportKind if kind in kinds]
    entry = await note(session, lead, EntryKind.SUPPORT, actor=actor, now=now, body=body, kinds=given)
    # Afterwards: when she is asked again goes by what was done.
    await show_life(session, lead, actor=actor, now=now, policy=policy)
    return entry


async def follow(
    session: AsyncSession, *, actor: Actor, lead_id: int, body: str, now: datetime, policy: Policy
) -> LeadEntry:
    """跟踪: how it goes on. The first note after the support makes the lead one that is followed.

    Raises RefusedError: NOT_YOURS, LEAD_CLOSED, CHANGED_MEANWHILE.
    """
    lead = (await lead_at_work(session, actor, lead_id, now=now, also=(LeadStage.CLOSING,))).lead
    if lead.stage is LeadStage.SUPPORTING:
        await change_lead(session, lead, lead.rev, stage=LeadStage.FOLLOWING)
    await show_life(session, lead, actor=actor, now=now, policy=policy)
    return await note(session, lead, EntryKind.NOTE, actor=actor, now=now, body=body)


async def revisit(
    session: AsyncSession,
    *,
    actor: Actor,
    lead_id: int,
    seen: int,
    result: RevisitResult,
    body: str | None,
    now: datetime,
    policy: Policy,
) -> LeadEntry:
    """回访: it holds, and the next day is set; it is worse, and support begins again; or nobody was reached.

    Raises RefusedError: NOT_YOURS, LEAD_CLOSED, CLOSING_ASKED, VERIFY_FIRST, CHANGED_MEANWHILE.
    """
    lead = (await lead_at_work(session, actor, lead_id, now=now)).lead
    if lead.stage in UNVERIFIED:
        raise RefusedError(Reason.VERIFY_FIRST)
    today, done = policy.today(now), lead.revisits_done
    if result is RevisitResult.HOLDS:
        stage, done = LeadStage.REVISITING, done + 1
        next_on = next_revisit(today, done, policy)
    elif result is RevisitResult.WORSE:
        stage, done = LeadStage.SUPPORTING, 0
        next_on = next_revisit(today, 0, policy)
    else:
        stage, next_on = lead.stage, today + timedelta(days=policy.retry_days)
    await change_lead(session, lead, seen, stage=stage, revisits_done=done, revisit_on=next_on)
    entry = await note(session, lead, EntryKind.REVISITED, actor=actor, now=now, body=body, result=result.value)
    await show_life(session, lead, actor=actor, now=now, policy=policy)
    return entry
