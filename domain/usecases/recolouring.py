"""A lead's colour: anybody who handles it may raise it; lowering needs a reason, and red is lowered by law alone."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Actor
from domain.kept_away import who_may_hear
from domain.lead_notices import LeadNews, LeadRecoloured
from domain.refusals import Reason, RefusedError
from domain.rules.handling import LeadEvent
from domain.rules.policy import Policy
from domain.rules.triage import is_raise
from domain.usecases.alerts import hurry_alert, recolour_alert
from domain.usecases.dispute_freezing import freeze_dispute_of
from domain.usecases.lead_changes import change_lead, lead_at_work, path_of, role_over, rung_for
from domain.usecases.lead_holding import hold_lead
from domain.usecases.mediation import freeze_mediation
from domain.usecases.outbox import tell
from domain.usecases.timeline import note
from models.lead import Colour, EntryKind, Lead, LeadStage
from models.member import Role


async def recolour(
    session: AsyncSession,
    *,
    actor: Actor,
    lead_id: int,
    seen: int,
    colour: Colour,
    body: str | None,
    law: str | None = None,
    now: datetime,
    policy: Policy,
) -> Lead:
    """Give the lead another colour, with a reason where it is lowered. Everybody rung and the reporter are told.

    A red lead is lowered only by the county's centre, with a named `law`, and never a key matter. What has been red
    is not mediated any more, whatever its colour becomes.
    Raises RefusedError: NOT_YOURS, LEAD_CLOSED, SAME_COLOUR, REASON_NEEDED, KEY_STAYS_RED, LEGAL_PATH,
    CHANGED_MEANWHILE.
    """
    lead = (await lead_at_work(session, actor, lead_id, now=now, also=(LeadStage.CLOSING,))).lead
    if lead.colour is colour:
        raise RefusedError(Reason.SAME_COLOUR)
    if not is_raise(lead.colour, colour):
        await _may_lower(session, actor, lead, body, law)
    return await _become(
        session, actor, lead, seen, colour, key=lead.key_matter, body=body, law=law, now=now, policy=policy
    )


async def disclose_violence(
    session: AsyncSession, *, actor: Actor, lead_id: int, seen: int, body: str, now: datetime, policy: Policy
) -> Lead:
    """Violence has come to light: the lead is a key matter from now on, red for good, and its mediation is frozen.

    Raises RefusedError: NOT_YOURS, LEAD_CLOSED, SAME_COLOUR (it is a key matter already), CHANGED_MEANWHILE.
    """
    lead = (await lead_at_work(session, actor, lead_id, now=now, also=(LeadStage.CLOSING,))).lead
    if lead.key_matter:
        raise RefusedError(Reason.SAME_COLOUR)
    return await _become(session, actor, lead, seen, Colour.RED, key=True, body=body, law=None, now=now, policy=policy)


async def _may_lower(session: AsyncSession, actor: Actor, lead: Lead, body: str | None, law: str | None) -> None:
    if lead.key_matter:
        raise RefusedError(Reason.KEY_STAYS_RED)
    if not body:
        raise RefusedError(Reason.REASON_NEEDED)
    if lead.colour is Colour.RED:
        by_county = actor.covers(await path_of(session, lead), {Role.COUNTY_CENTRE})
        if not by_county or not law:
            raise RefusedError(Reason.LEGAL_PATH)


async def _become(
    session: AsyncSession,
    actor: Actor,
    lead: Lead,
    seen: int,
    colour: Colour,
    *,
    key: bool,
    body: str | None,
    law: str | None,
    now: datetime,
    policy: Policy,
) -> Lead:
    protected = colour is Colour.RED or key
    if protected:
        await hold_lead(session, lead)
    before, was_key = lead.colour, lead.key_matter
    # First frozen, then red: while a mediation is asked for or goes on, the database holds the lead to what may be
    # mediated.
    frozen = protected and await _freeze_what_is_mediated(session, actor, lead, now=now, policy=policy)
    values: dict[str, Any] = {"colour": colour, "key_matter": key, "mediable": lead.mediable and not protected}
    if protected and lead.stage is not LeadStage.REPORTED:
        # What has become worse is verified anew, and nobody closes it meanwhile.
        values |= {"stage": LeadStage.VERIFYING, "closing_by_id": None}
    await change_lead(session, lead, seen, **values)
    detail: dict[str, Any] = {"from_colour": before.value, "colour": colour.value, "key_matter": key}
    if frozen:
        detail["mediation_frozen"] = True
    if law:
        body = f"{law}\n{body or ''}".strip()
    entry = await note(session, lead, EntryKind.COLOUR, actor=actor, now=now, body=body, **detail)
    if before is not colour:
        reporter = [lead.reporter_id] if await reporter_hears(session, lead, actor) else []
        told = [*await rung_for(session, lead), *reporter]
        await recolour_alert(session, lead, now=now, policy=policy)
        role = role_over(actor, await path_of(session, lead))
        notice = LeadRecoloured(lead.code, lead.id, before, colour, role)
        others = [member for member in await who_may_hear(session, lead, told) if member != actor.member_id]
        await tell(session, others, notice, f"lead-colour:{entry.id}", now=now, policy=policy)
    elif key and not was_key:
        await _tell_of_worse(session, actor, lead, entry.id, now=now, policy=policy)
    return lead


async def _freeze_what_is_mediated(
    session: AsyncSession, actor: Actor, lead: Lead, *, now: datetime, policy: Policy
) -> bool:
    dispute = await freeze_dispute_of(session, lead, actor=actor, now=now, policy=policy)
    return await freeze_mediation(session, lead) or dispute


async def _tell_of_worse(
    session: AsyncSession, actor: Actor, lead: Lead, entry_id: int, *, now: datetime, policy: Policy
) -> None:
    """It was red already, so no new chain rings: whoever has it and everybody rung hear that it is verified anew."""
    await hurry_alert(session, lead, now=now, policy=policy)
    told = [*await rung_for(session, lead), *([lead.handler_id] if lead.handler_id is not None else [])]
    notice = LeadNews(lead.code, lead.id, lead.colour, role_over(actor, await path_of(session, lead)), LeadEvent.WORSE)
    others = [member for member in await who_may_hear(session, lead, told) if member != actor.member_id]
    await tell(session, others, notice, f"lead-worse:{entry_id}", now=now, policy=policy)


async def reporter_hears(session: AsyncSession, lead: Lead, actor: Actor) -> bool:
    """Whether the lead's reporter is told of its other colour: not when it is she who gave it, nor when it goes past
    her.
    """
    if lead.conflict or lead.reporter_id == actor.member_id:
        return False
    return bool(await who_may_hear(session, lead, [lead.reporter_id]))
