"""Violence comes to light in a dispute: all mediation ends in the transaction in which help is called (spec 3, 4)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.dispute_access import DisputeSight, dispute_for
from domain.kept_away import who_may_hear
from domain.lead_notices import LeadNews
from domain.refusals import Reason, RefusedError
from domain.rules.handling import LeadEvent
from domain.rules.ladder import DisputeEvent
from domain.rules.policy import Policy
from domain.usecases.dispute_changes import change_dispute, hold_dispute
from domain.usecases.dispute_history import note_dispute
from domain.usecases.dispute_moving import tell_rung, tell_those_who_follow
from domain.usecases.dispute_plans import cancel_plans
from domain.usecases.keeping_away import concerned_by, keep_away
from domain.usecases.lead_changes import path_of, role_over
from domain.usecases.leads import LeadFacts, store_lead
from domain.usecases.mediation import freeze_mediation
from domain.usecases.outbox import tell
from domain.usecases.taking_over import take_over
from domain.usecases.timeline import note
from domain.usecases.violence_facts import what_is_known
from models.dispute import Dispute, DisputeEntryKind, DisputeState
from models.household import Household
from models.lead import EntryKind, Lead, LeadSource, Triage, Where


async def disclose_in_dispute(
    session: AsyncSession,
    *,
    actor: Actor,
    dispute_id: int,
    body: str | None,
    child: bool = False,
    conversation_id: str,
    now: datetime,
    policy: Policy,
) -> tuple[Dispute, Lead]:
    """Freeze the case for good, and report a red lead with what is known; its alert rings at once.

    Whoever may read the case may do it, in whatever state it is: nothing that somebody else has done meanwhile stands
    in the way of help. `child`: it concerns a child. Raises RefusedError: NOT_YOURS, DISPUTE_FROZEN.
    """
    if await hold_dispute(session, dispute_id) is None:
        raise RefusedError(Reason.NOT_YOURS)
    sight = await freezable(session, actor=actor, dispute_id=dispute_id, now=now, policy=policy)
    dispute = sight.dispute
    triage = (Triage.DANGER, Triage.CHILD) if child else (Triage.DANGER,)
    lead = await _red_lead(session, actor, dispute, body, conversation_id, triage=triage, now=now, policy=policy)
    await _freeze(session, dispute, lead, actor=actor, body=body, now=now, policy=policy)
    await _tell_first_lead(session, dispute, lead, actor, now=now, policy=policy)
    return dispute, lead


async def freezable(
    session: AsyncSession, *, actor: Actor, dispute_id: int, now: datetime, policy: Policy
) -> DisputeSight:
    """A case in which `actor` may say that violence has come to light.

    Raises RefusedError: NOT_YOURS, DISPUTE_FROZEN.
    """
    sight = await dispute_for(session, actor, dispute_id, now=now, policy=policy)
    if not sight.reads_all:
        raise RefusedError(Reason.NOT_YOURS)
    if sight.dispute.state is DisputeState.FROZEN:
        raise RefusedError(Reason.DISPUTE_FROZEN)
    return sight


async def freeze_dispute_of(session: AsyncSession, lead: Lead, *, actor: Actor, now: datetime, policy: Policy) -> bool:
    """Freeze the dispute that was made of a lead which is becoming red; whether there was one to freeze.

    Whom the dispute went past, the lead goes past as well from now on: it tells of violence among its parties.
    To be done before the lead changes: until then the database holds it to what may be mediated.
    """
    query = select(col(Dispute.id)).where(col(Dispute.lead_id) == lead.id)
    number = (await session.execute(query)).scalar_one_or_none()
    dispute = await hold_dispute(session, number) if number is not None else None
    if dispute is None:
        return False
    concerned = await concerned_by(session, dispute)
    await keep_away(session, lead, households=concerned.households, stood_back=concerned.stood_back)
    if dispute.state is DisputeState.FROZEN:
        return False
    await _freeze(session, dispute, lead, actor=actor, body=None, now=now, policy=policy)
    known = await what_is_known(session, dispute, None)
    await take_over(session, dispute, lead, known.whole, by_id=actor.member_id, now=now)
    return True


async def _freeze(
    session: AsyncSession,
    dispute: Dispute,
    lead: Lead,
    *,
    actor: Actor,
    body: str | None,
    now: datetime,
    policy: Policy,
) -> None:
    before, outcome = dispute.state, dispute.outcome
    await cancel_plans(session, dispute, actor=actor, now=now, policy=policy)
    if dispute.lead_id is not None:
        # What asked for the mediation stays frozen too: nobody takes it up a second time.
        await freeze_mediation(session, await session.get_one(Lead, dispute.lead_id))
    await change_dispute(
        session,
        dispute,
        dispute.rev,
        state=DisputeState.FROZEN,
        mediable=False,
        outcome=None,
        owner_id=None,
        next_on=None,
        next_step=None,
        next_step_at=None,
        closed_at=now,
        red_lead_id=lead.id,
    )
    entry = await note_dispute(
        session, dispute, DisputeEntryKind.FROZEN, actor=actor, now=now, body=body,
        lead=lead.code, before=before.value, ended_as=outcome.value if outcome else None,
    )  # fmt: skip
    key, besides = f"dispute-frozen:{entry.id}", {actor.member_id}
    await tell_rung(session, dispute, DisputeEvent.FROZEN, key=key, besides=besides, now=now, policy=policy)
    await tell_those_who_follow(session, dispute, DisputeEvent.FROZEN, key=key, besides=besides, now=now, policy=policy)


async def _red_lead(
    session: AsyncSession,
    actor: Actor,
    dispute: Dispute,
    body: str | None,
    conversation_id: str,
    *,
    triage: tuple[Triage, ...],
    now: datetime,
    policy: Policy,
) -> Lead:
    known, concerned = await what_is_known(session, dispute, body), await concerned_by(session, dispute)
    facts = LeadFacts(
        item=policy.catalogue.by_triage[triage[-1]],
        triage=triage,
        whereabouts=Where.NO_HOUSEHOLD if known.household_id is None else Where.HOUSEHOLD,
        household_id=known.household_id,
        source=LeadSource.SEEN,
        narrative=known.narrative,
        persons=known.persons,
        further_households=concerned.households,
        stood_back=concerned.stood_back,
    )
    home = await session.get(Household, known.household_id) if known.household_id is not None else None
    lead = await store_lead(
        session,
        actor=actor,
        facts=facts,
        # It rings where she lives now, not where she lived when the dispute was registered.
        area_id=home.grid_id if home else dispute.area_id,
        conversation_id=conversation_id,
        now=now,
        policy=policy,
    )
    lead.linked_to_id = dispute.lead_id
    await take_over(session, dispute, lead, known.beyond, by_id=actor.member_id, now=now)
    return lead


async def _tell_first_lead(
    session: AsyncSession, dispute: Dispute, red: Lead, actor: Actor, *, now: datetime, policy: Policy
) -> None:
    """The lead of which the dispute was made names the red one, and whoever has it hears that it has become worse."""
    if dispute.lead_id is None:
        return
    first = await session.get_one(Lead, dispute.lead_id)
    entry = await note(session, first, EntryKind.LINKED, actor=actor, now=now, case=red.code)
    if first.handler_id is None or first.handler_id == actor.member_id:
        return
    told = await who_may_hear(session, red, await who_may_hear(session, first, [first.handler_id]))
    role = role_over(actor, await path_of(session, first))
    notice = LeadNews(first.code, first.id, first.colour, role, LeadEvent.WORSE)
    await tell(session, told, notice, f"lead-worse:{entry.id}", now=now, policy=policy)
