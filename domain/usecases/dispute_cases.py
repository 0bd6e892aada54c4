"""A dispute as whoever may open it is shown it: all that its card, timeline and file are made of (spec 4)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.dispute_access import DisputeSight, dispute_for, read_dispute
from domain.lead_access import lead_for
from domain.refusals import Reason, RefusedError
from domain.rules.ladder import rungs_above
from domain.rules.policy import Policy
from domain.usecases.agreements import agreement_of
from domain.usecases.dispute_history import history_of
from domain.usecases.dispute_moving import rung_people
from domain.usecases.dispute_owning import heirs
from domain.usecases.dispute_plans import guests_of, planned_mediation
from domain.usecases.dispute_rungs import existing_rungs
from domain.usecases.lead_changes import role_of
from domain.usecases.matters import Person
from models.area import Area
from models.confidential import DisputeGround
from models.dispute import Dispute, DisputeEntry, DisputeEntryKind, DisputeParty
from models.household import Household
from models.mediation import Agreement, DisputeFile, Mediation, MediationStage
from models.member import Member

# Who sees what others have done with a case, and not only what it is about.
SEES_THE_WORK = frozenset({DisputeGround.RUNG, DisputeGround.HEAD, DisputeGround.SECOND, DisputeGround.FOLLOWER})
# What somebody wrote herself; what the program noted is right by itself.
CORRECTABLE = frozenset(
    {
        *(DisputeEntryKind.HELD, DisputeEntryKind.LATE_RECORD, DisputeEntryKind.PASSED_UP, DisputeEntryKind.GIVEN_BACK),
        *(DisputeEntryKind.FOLLOWED_UP, DisputeEntryKind.NOTE, DisputeEntryKind.CORRECTION),
    }
)


@dataclass(frozen=True, slots=True)
class Plan:
    """A planned mediation: who leads it, and how many are to be there besides."""

    mediation: Mediation
    leader: Person
    guests: int


@dataclass(frozen=True, slots=True)
class Case:
    """All that the card of a dispute is made of. `above`: some rung over its own exists; `colleagues`: somebody else of
    its rung could have it.

    `again` counts other cases of the same household or with the same residents (反复性); `linked` are those it was
    linked with, and whether she may open them. `red_lead` is the number of the one that froze it, where she may open
    that: to everybody else there is none, whoever she is here.
    """

    sight: DisputeSight
    area: Area
    household: Household | None
    owner: Person | None
    registrar: Person
    parties: Sequence[DisputeParty]
    plan: Plan | None
    attempts: Sequence[Mediation]
    agreement: Agreement | None
    files: int
    linked: Sequence[tuple[Dispute, bool]]
    again: int
    above: bool
    colleagues: bool
    corrects: bool
    red_lead: int | None

    @property
    def works(self) -> bool:
        """Whether she sees what others have done with it."""
        return self.sight.ground in SEES_THE_WORK


async def read_case(session: AsyncSession, *, actor: Actor, dispute_id: int, now: datetime, policy: Policy) -> Case:
    """The dispute with everything around it; that she has read it is written down. Raises RefusedError(NOT_YOURS)."""
    sight = await read_dispute(session, actor, dispute_id, now=now, policy=policy)
    return await case_of(session, sight, actor=actor, now=now, policy=policy)


async def case_of(session: AsyncSession, sight: DisputeSight, *, actor: Actor, now: datetime, policy: Policy) -> Case:
    """Everything around a dispute that somebody may open."""
    dispute = sight.dispute
    people = await people_by_id(session, {dispute.registered_by_id, dispute.owner_id or 0}, sight.path, now, policy)
    existing = await existing_rungs(session, dispute.area_id, policy.ladder)
    known = {rung.key for rung in policy.ladder.rungs}
    parties = await parties_of(session, dispute)
    return Case(
        sight=sight,
        area=await session.get_one(Area, dispute.area_id),
        household=await session.get(Household, dispute.household_id) if dispute.household_id else None,
        owner=people.get(dispute.owner_id or 0),
        registrar=people[dispute.registered_by_id],
        parties=parties,
        plan=await _plan(session, sight, now, policy),
        attempts=await held_mediations(session, dispute),
        agreement=await agreement_of(session, dispute),
        files=await _count(session, DisputeFile, dispute),
        linked=await _linked(session, dispute, actor=actor, now=now, policy=policy),
        again=await _again(session, dispute, parties),
        above=dispute.rung in known and bool(rungs_above(policy.ladder, dispute.rung, existing)),
        colleagues=sight.handles and await _has_colleagues(session, dispute, now, policy),
        corrects=await _wrote(session, dispute, actor),
        red_lead=await _red_lead(session, dispute, actor=actor, now=now),
    )


async def read_history(
    session: AsyncSession, *, actor: Actor, dispute_id: int, now: datetime, policy: Policy
) -> tuple[DisputeSight, list[tuple[DisputeEntry, Person | None]]]:
    """The history with who did what, oldest first; that she has read it is written down.

    Raises RefusedError(NOT_YOURS), also for its registrar, an expert and a guest: they do not see the work on it.
    """
    sight = await read_dispute(session, actor, dispute_id, now=now, policy=policy)
    if sight.ground not in SEES_THE_WORK:
        raise RefusedError(Reason.NOT_YOURS)
    entries = await history_of(session, sight.dispute)
    people = await people_by_id(session, {entry.by_id or 0 for entry in entries}, sight.path, now, policy)
    return sight, [(entry, people.get(entry.by_id or 0)) for entry in entries]


async def people_by_id(
    session: AsyncSession, members: Collection[int], path: str, now: datetime, policy: Policy
) -> dict[int, Person]:
    """Names and posts of members, as they are known where the case is."""
    found = await session.execute(select(col(Member.id), col(Member.name)).where(col(Member.id).in_(set(members))))
    today = policy.today(now)
    return {row[0]: Person(row[1], await role_of(session, row[0], path, today)) for row in found.all()}


async def parties_of(session: AsyncSession, dispute: Dispute) -> list[DisputeParty]:
    """The parties in their order."""
    query = select(DisputeParty).where(col(DisputeParty.dispute_id) == dispute.id)
    return list((await session.execute(query.order_by(col(DisputeParty.position)))).scalars())


async def held_mediations(session: AsyncSession, dispute: Dispute) -> list[Mediation]:
    """What was held, in the order of its days."""
    query = select(Mediation).where(
        col(Mediation.dispute_id) == dispute.id, col(Mediation.stage) == MediationStage.HELD
    )
    return list((await session.execute(query.order_by(col(Mediation.held_on), col(Mediation.id)))).scalars())


async def _plan(session: AsyncSession, sight: DisputeSight, now: datetime, policy: Policy) -> Plan | None:
    mediation = await planned_mediation(session, sight.dispute)
    if mediation is None:
        return None
    people = await people_by_id(session, {mediation.leader_id}, sight.path, now, policy)
    return Plan(mediation, people[mediation.leader_id], len(await guests_of(session, mediation)) - 1)


async def _count(session: AsyncSession, table: type[DisputeFile], dispute: Dispute) -> int:
    query = select(func.count(col(table.id))).where(col(table.dispute_id) == dispute.id)
    return int((await session.execute(query)).scalar_one())


async def _wrote(session: AsyncSession, dispute: Dispute, actor: Actor) -> bool:
    query = select(col(DisputeEntry.id)).where(
        col(DisputeEntry.dispute_id) == dispute.id,
        col(DisputeEntry.by_id) == actor.member_id,
        col(DisputeEntry.kind).in_(CORRECTABLE),
    )
    return (await session.execute(query.limit(1))).first() is not None


async def _has_colleagues(session: AsyncSession, dispute: Dispute, now: datetime, policy: Policy) -> bool:
    people = await rung_people(session, dispute, now=now, policy=policy)
    return dispute.accepted_at is not None and bool(await heirs(session, dispute, people))


async def _linked(
    session: AsyncSession, dispute: Dispute, *, actor: Actor, now: datetime, policy: Policy
) -> list[tuple[Dispute, bool]]:
    query = (
        select(Dispute)
        .where(or_(col(Dispute.id) == dispute.linked_to_id, col(Dispute.linked_to_id) == dispute.id))
        .order_by(col(Dispute.id))
    )
    found = list((await session.execute(query.limit(5))).scalars())
    return [(other, await _opens(session, actor, other, now, policy)) for other in found]


async def _opens(session: AsyncSession, actor: Actor, dispute: Dispute, now: datetime, policy: Policy) -> bool:
    try:
        await dispute_for(session, actor, dispute.id, now=now, policy=policy)
    except RefusedError:
        return False
    return True


async def _red_lead(session: AsyncSession, dispute: Dispute, *, actor: Actor, now: datetime) -> int | None:
    if dispute.red_lead_id is None:
        return None
    try:
        return (await lead_for(session, actor, dispute.red_lead_id, now=now)).lead.id
    except RefusedError:
        return None


async def _again(session: AsyncSession, dispute: Dispute, parties: Sequence[DisputeParty]) -> int:
    """Other cases of the same household, or in which one of the residents is a party too."""
    residents = [party.resident_id for party in parties if party.resident_id is not None]
    same = select(col(DisputeParty.dispute_id)).where(col(DisputeParty.resident_id).in_(residents))
    conditions: list[ColumnElement[bool]] = [col(Dispute.id).in_(same)]
    if dispute.household_id is not None:
        conditions.append(col(Dispute.household_id) == dispute.household_id)
    query = select(func.count(col(Dispute.id))).where(or_(*conditions), col(Dispute.id) != dispute.id)
    return int((await session.execute(query)).scalar_one())
