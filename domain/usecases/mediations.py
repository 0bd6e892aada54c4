"""Planning a mediation: when, where, who leads, who is invited; and calling it off (spec 4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.dispute_access import MAY_BE_INVITED, dispute_for, stands_back
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from domain.usecases.chain_building import holders_of
from domain.usecases.dispute_changes import change_dispute, dispute_at_work
from domain.usecases.dispute_history import note_dispute
from domain.usecases.dispute_moving import rung_people
from domain.usecases.dispute_plan_clock import call_off, planned_values
from domain.usecases.dispute_plans import guests_of, planned_mediation, tell_of_plan
from domain.usecases.dispute_reminders import reminded_already
from domain.usecases.mediation_leaders import leaders_of
from domain.usecases.namesakes import namesakes
from domain.usecases.posts import chain_of
from models.dispute import Dispute, DisputeEntryKind, DisputeKind, DisputeState
from models.mediation import Mediation, MediationGuest, MediationStage
from models.member import Member, Role


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """What was said of a planned mediation. `agreed`: all parties agree to the guests, and to its being open."""

    planned_at: datetime
    leader_id: int
    place: str | None = None
    guests: Sequence[int] = ()
    public: bool = False
    agreed: bool = False


@dataclass(frozen=True, slots=True)
class Invitable:
    """Somebody who can be invited, and as what."""

    member_id: int
    name: str
    role: Role


async def plan_mediation(
    session: AsyncSession,
    *,
    actor: Actor,
    dispute_id: int,
    facts: PlanFacts,
    conversation_id: str,
    now: datetime,
    policy: Policy,
    seen: int | None = None,
) -> Mediation:
    """Plan a mediation of a case on the actor's rung. Everybody of the rung and every guest is told.

    Nobody is invited, and nothing is open, but with the parties' consent (spec 4); to a counselling a couple comes
    alone. Until its day the clock stands still (see `dispute_plan_clock`); so it lies no further ahead than the clock
    is long.

    Raises RefusedError: NOT_YOURS, NOT_ACCEPTED and the like (`dispute_at_work`), PLANNED_ALREADY, TIME_IN_PAST,
    DAY_TOO_FAR, NOT_A_MEDIATOR (whoever may not lead or be invited, or is close to a party), PARTIES_DISAGREE,
    STEP_PASSED (guests or listeners at a counselling), CHANGED_MEANWHILE.
    """
    sight = await dispute_at_work(session, actor, dispute_id, now=now, policy=policy, states=(DisputeState.MEDIATING,))
    dispute = sight.dispute
    if await planned_mediation(session, dispute) is not None:
        raise RefusedError(Reason.PLANNED_ALREADY)
    if seen is not None and dispute.rev != seen:  # first: in another colour another day may be the last
        raise RefusedError(Reason.CHANGED_MEANWHILE)
    await _check(session, dispute, facts, now=now, policy=policy)
    mediation = Mediation(
        dispute_id=dispute.id,
        rung=dispute.rung,
        stage=MediationStage.PLANNED,
        planned_at=facts.planned_at,
        planned_by_id=actor.member_id,
        plan_conversation_id=conversation_id,
        place=facts.place,
        public=facts.public,
        guests_agreed=facts.agreed,
        leader_id=facts.leader_id,
    )
    session.add(mediation)
    await session.flush()
    await _add_guests(session, dispute, mediation, facts.guests, now=now, policy=policy)
    day = policy.today(facts.planned_at)
    clock, kept = await planned_values(session, dispute, day, now=now, policy=policy)
    await change_dispute(session, dispute, dispute.rev if seen is None else seen, **clock)
    await note_dispute(
        session, dispute, DisputeEntryKind.PLANNED, actor=actor, now=now, mediation=mediation.id, on=day.isoformat(),
        guests=len(set(facts.guests)), **kept,
    )  # fmt: skip
    await tell_of_plan(session, dispute, mediation, "planned", actor=actor, now=now, policy=policy)
    await reminded_already(session, mediation, now=now, policy=policy)
    return mediation


async def cancel_mediation(
    session: AsyncSession, *, actor: Actor, dispute_id: int, mediation_id: int, now: datetime, policy: Policy
) -> Dispute:
    """Call off what is planned; those who were to be there are told, and the clock has run on.

    Raises RefusedError: NOT_YOURS and the like (`dispute_at_work`), NOT_PLANNED (that one is off, or held, already).
    """
    sight = await dispute_at_work(session, actor, dispute_id, now=now, policy=policy, states=(DisputeState.MEDIATING,))
    dispute = sight.dispute
    plan = await planned_mediation(session, dispute)
    if plan is None or plan.id != mediation_id:
        raise RefusedError(Reason.NOT_PLANNED)
    await call_off(session, dispute, actor=actor, now=now, policy=policy)
    return dispute


async def invitable(session: AsyncSession, dispute: Dispute, *, now: datetime, policy: Policy) -> list[Invitable]:
    """Who can be invited to the case's mediation: elders, executives and experts over its area, the nearest first.

    Nobody of the rung itself (she is there anyway), nobody who stands back or has a party's very name, nobody whose
    account is frozen.
    """
    today = policy.today(now)
    areas = await chain_of(session, dispute.area_id)
    roles = [role for role in Role if role in MAY_BE_INVITED]
    holding = await holders_of(session, {(role, area) for role in roles for area in areas}, today)
    found: dict[int, Role] = {}
    for area in areas:
        for role in roles:
            for member in holding[role, area]:
                found.setdefault(member, role)
    people = await rung_people(session, dispute, now=now, policy=policy)
    close = await stands_back(session, dispute, list(found)) | await namesakes(session, dispute, list(found))
    without = {*(people.all_who_may if people else ()), *close}
    query = select(col(Member.id), col(Member.name)).where(
        col(Member.id).in_(set(found) - without), col(Member.frozen_at).is_(None)
    )
    names = {row[0]: row[1] for row in (await session.execute(query)).all()}
    return [Invitable(member, names[member], found[member]) for member in found if member in names]


async def mediation_for(
    session: AsyncSession, actor: Actor, mediation_id: int, *, now: datetime, policy: Policy
) -> tuple[Dispute, Mediation]:
    """A planned mediation and its dispute, for whoever is to be there or may open the case: when it is, and no more.

    Raises RefusedError: NOT_YOURS (also for one that does not exist), NOT_PLANNED.
    """
    mediation = await session.get(Mediation, mediation_id)
    if mediation is None:
        raise RefusedError(Reason.NOT_YOURS)
    sight = await dispute_for(session, actor, mediation.dispute_id, now=now, policy=policy)
    if not sight.reads_all and actor.member_id not in await guests_of(session, mediation):
        raise RefusedError(Reason.NOT_YOURS)
    if mediation.stage is not MediationStage.PLANNED:
        raise RefusedError(Reason.NOT_PLANNED)
    return sight.dispute, mediation


async def _check(session: AsyncSession, dispute: Dispute, facts: PlanFacts, *, now: datetime, policy: Policy) -> None:
    if facts.planned_at < now:
        raise RefusedError(Reason.TIME_IN_PAST)
    latest = policy.today(now) + timedelta(days=policy.ladder.clocks[dispute.colour].climb_days)
    if policy.today(facts.planned_at) > latest:
        raise RefusedError(Reason.DAY_TOO_FAR, latest=latest)
    if facts.leader_id not in await leaders_of(session, dispute, now=now, policy=policy):
        raise RefusedError(Reason.NOT_A_MEDIATOR)
    beside = bool(facts.guests) or facts.public
    if beside and dispute.kind is DisputeKind.COUNSELLING:
        raise RefusedError(Reason.STEP_PASSED)
    if beside and not facts.agreed:
        raise RefusedError(Reason.PARTIES_DISAGREE)
    may_come = {one.member_id for one in await invitable(session, dispute, now=now, policy=policy)}
    if not set(facts.guests) <= may_come:
        raise RefusedError(Reason.NOT_A_MEDIATOR)


async def _add_guests(
    session: AsyncSession,
    dispute: Dispute,
    mediation: Mediation,
    invited: Sequence[int],
    *,
    now: datetime,
    policy: Policy,
) -> None:
    """Those of the rung are there together (M); whoever is invited comes besides."""
    people = await rung_people(session, dispute, now=now, policy=policy)
    members = dict.fromkeys(people.all_who_may if people else (), False) | dict.fromkeys(invited, True)
    members.pop(mediation.leader_id, None)
    session.add_all(
        MediationGuest(mediation_id=mediation.id, member_id=member, invited=invited)
        for member, invited in members.items()
    )
    await session.flush()
