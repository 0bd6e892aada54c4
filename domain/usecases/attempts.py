"""Recording an attempt (调解记录): who, when, how, the matter and the feelings, and what came of it (M, W, spec 4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.dispute_access import stands_back
from domain.dispute_notices import DisputeNews
from domain.refusals import Reason, RefusedError
from domain.rules.ladder import Course, DisputeEvent
from domain.rules.policy import Policy
from domain.usecases.attempt_course import take_its_course
from domain.usecases.attempt_occasion import Occasion, Seen, keep_late_record, occasion_of
from domain.usecases.dispute_history import note_dispute
from domain.usecases.mediation_leaders import leaders_of
from domain.usecases.outbox import tell
from domain.usecases.taking_over import take_over_late
from models.dispute import Dispute, DisputeEntry, DisputeEntryKind, DisputeKind, DisputeParty
from models.lead import FileKind
from models.mediation import AttemptResult, DisputeFile, Mediation, MediationMethod, MediationStage

# What can come of a mediation; and of a counselling's session, which counts nothing and settles nothing.
RESULTS: dict[DisputeKind, tuple[AttemptResult, ...]] = {
    DisputeKind.DISPUTE: (
        AttemptResult.AGREED,
        AttemptResult.PARTLY,
        AttemptResult.FAILED,
        AttemptResult.ABSENT,
        AttemptResult.REFUSED,
    ),
    DisputeKind.COUNSELLING: (AttemptResult.SESSION, AttemptResult.ABSENT),
}


@dataclass(frozen=True, slots=True)
class AttemptFacts:
    """What was said of an attempt: the matter and the feelings (事心双解), who promised what, who did not come.

    `absent` are positions of parties, `photos` pairs of the messenger's file id and a caption. The leader is known
    from the plan; of what was not planned it is whoever records it, unless she says otherwise.
    """

    result: AttemptResult
    held_on: date
    method: MediationMethod
    matter: str
    feelings: str | None = None
    promises: str | None = None
    absent: Sequence[int] = ()
    photos: Sequence[tuple[str, str]] = ()
    next_on: date | None = None
    leader_id: int | None = None


@dataclass(frozen=True, slots=True)
class Attempted:
    """What became of it. `late`: it is kept as a note, without a mediation, and counts nothing (course STAYS)."""

    dispute: Dispute
    mediation: Mediation | None
    course: Course
    late: bool


async def record_attempt(
    session: AsyncSession,
    *,
    actor: Actor,
    dispute_id: int,
    facts: AttemptFacts,
    conversation_id: str,
    now: datetime,
    policy: Policy,
    seen: Seen | None = None,
) -> Attempted:
    """Record what came of a mediation, and let the case take its course in the same transaction.

    Only a failed one counts; the last try that fails climbs at once. `seen` is what the recorder saw when she began
    (None: it was now). An attempt on a case that has moved on since is kept as a late record; when violence has ended
    it, its red lead has that too.

    Raises RefusedError: NOT_YOURS, NOT_ACCEPTED, DAY_IN_FUTURE, DAY_BEFORE_CASE, DAY_IN_PAST or DAY_TOO_FAR (of the
    next date), STEP_PASSED (a result or a party that this case does not know), NOT_A_MEDIATOR, CHANGED_MEANWHILE.
    """
    occasion = await occasion_of(session, actor, dispute_id, seen=seen, now=now, policy=policy)
    dispute = occasion.dispute
    await _check(session, occasion, facts, actor, now=now, policy=policy)
    if occasion.late:
        entry = await keep_late_record(
            session, dispute, _words(facts), actor=actor, now=now, conversation=conversation_id,
            result=facts.result.value, method=facts.method.value, held_on=facts.held_on.isoformat(),
        )  # fmt: skip
        _add_photos(session, dispute, None, facts, actor)
        photos = [(FileKind.PHOTO, *photo) for photo in facts.photos]
        await take_over_late(session, dispute, _words(facts), photos, by_id=actor.member_id, now=now)
        await _tell_owner(session, dispute, entry, actor, now=now, policy=policy)
        return Attempted(dispute, None, Course.STAYS, late=True)
    mediation = _held(occasion, facts, actor=actor, conversation_id=conversation_id, now=now, policy=policy)
    session.add(mediation)
    await session.flush()
    _add_photos(session, dispute, mediation, facts, actor)
    entry = await note_dispute(
        session, dispute, DisputeEntryKind.HELD, actor=actor, now=now, mediation=mediation.id, rung=dispute.rung,
        result=facts.result.value, held_on=facts.held_on.isoformat(),
    )  # fmt: skip
    course = await take_its_course(
        session, dispute, mediation, actor=actor, next_on=facts.next_on, now=now, policy=policy
    )
    if course is Course.STAYS:
        await _tell_owner(session, dispute, entry, actor, now=now, policy=policy)
    return Attempted(dispute, mediation, course, late=False)


async def _tell_owner(
    session: AsyncSession, dispute: Dispute, entry: DisputeEntry, actor: Actor, *, now: datetime, policy: Policy
) -> None:
    """What a colleague or the rung below has written down is news to whoever has the case."""
    if dispute.owner_id is None or dispute.owner_id == actor.member_id:
        return
    told = {dispute.owner_id} - await stands_back(session, dispute, [dispute.owner_id])
    notice = DisputeNews(dispute.code, dispute.id, dispute.colour, DisputeEvent.NOTE_ADDED)
    await tell(session, told, notice, f"dispute-attempt:{entry.id}", now=now, policy=policy)


async def recorded_attempt(session: AsyncSession, *, actor: Actor, conversation_id: str) -> tuple[Dispute, bool] | None:
    """The dispute on which `actor` recorded an attempt in this conversation, and whether that came too late."""
    held = select(col(Mediation.dispute_id)).where(
        col(Mediation.record_conversation_id) == conversation_id, col(Mediation.recorded_by_id) == actor.member_id
    )
    kept = select(col(DisputeEntry.dispute_id)).where(
        col(DisputeEntry.kind) == DisputeEntryKind.LATE_RECORD,
        col(DisputeEntry.by_id) == actor.member_id,
        col(DisputeEntry.detail)["conversation"].as_string() == conversation_id,
    )
    for query, late in ((held, False), (kept, True)):
        found = (await session.execute(query.limit(1))).scalar_one_or_none()
        if found is not None:
            return await session.get_one(Dispute, found), late
    return None


async def _check(
    session: AsyncSession, occasion: Occasion, facts: AttemptFacts, actor: Actor, *, now: datetime, policy: Policy
) -> None:
    dispute, today = occasion.dispute, policy.today(now)
    if facts.held_on > today:
        raise RefusedError(Reason.DAY_IN_FUTURE)
    # Of a case that has moved on, the day on which it came to her rung is not known any more.
    since = dispute.registered_at if occasion.late else dispute.rung_since
    if facts.held_on < policy.today(since):
        raise RefusedError(Reason.DAY_BEFORE_CASE)
    if facts.result not in RESULTS[dispute.kind] or not await _are_parties(session, dispute, facts.absent):
        raise RefusedError(Reason.STEP_PASSED)
    if occasion.late:
        return
    _check_next(dispute, facts.next_on, today, policy)
    others = facts.leader_id is not None and facts.leader_id != actor.member_id
    if others and facts.leader_id not in await leaders_of(session, dispute, now=now, policy=policy):
        raise RefusedError(Reason.NOT_A_MEDIATOR)


def _check_next(dispute: Dispute, next_on: date | None, today: date, policy: Policy) -> None:
    if next_on is None:
        return
    if next_on < today:
        raise RefusedError(Reason.DAY_IN_PAST)
    latest = today + timedelta(days=policy.ladder.clocks[dispute.colour].climb_days)
    if next_on > latest:
        raise RefusedError(Reason.DAY_TOO_FAR, latest=latest)


async def _are_parties(session: AsyncSession, dispute: Dispute, positions: Sequence[int]) -> bool:
    wanted = set(positions)
    query = select(func.count()).where(
        col(DisputeParty.dispute_id) == dispute.id, col(DisputeParty.position).in_(wanted)
    )
    return not wanted or (await session.execute(query)).scalar_one() == len(wanted)


def _held(
    occasion: Occasion, facts: AttemptFacts, *, actor: Actor, conversation_id: str, now: datetime, policy: Policy
) -> Mediation:
    """What was planned, now held; or a mediation that nobody had planned, or that came before what is planned."""
    dispute, plan = occasion.dispute, occasion.plan
    if plan is None or plan.planned_at is None or facts.held_on < policy.today(plan.planned_at):
        leader = facts.leader_id or actor.member_id
        plan = Mediation(dispute_id=dispute.id, rung=dispute.rung, stage=MediationStage.HELD, leader_id=leader)
    plan.stage = MediationStage.HELD
    plan.leader_id = facts.leader_id or plan.leader_id
    plan.held_on = facts.held_on
    plan.method = facts.method
    plan.result = facts.result
    plan.counted = facts.result is AttemptResult.FAILED
    plan.matter = facts.matter
    plan.feelings = facts.feelings
    plan.promises = facts.promises
    plan.absent = sorted(set(facts.absent))
    plan.recorded_by_id = actor.member_id
    plan.recorded_at = now
    plan.record_conversation_id = conversation_id
    return plan


def _words(facts: AttemptFacts) -> str:
    """All that she wrote, the matter first."""
    return "\n\n".join(part for part in (facts.matter, facts.feelings, facts.promises) if part)


def _add_photos(
    session: AsyncSession, dispute: Dispute, mediation: Mediation | None, facts: AttemptFacts, actor: Actor
) -> None:
    session.add_all(
        DisputeFile(
            dispute_id=dispute.id,
            mediation_id=mediation.id if mediation else None,
            kind=FileKind.PHOTO,
            file_id=file_id,
            caption=caption or None,
            sent_by_id=actor.member_id,
        )
        for file_id, caption in facts.photos
    )
