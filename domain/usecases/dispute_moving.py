"""A case comes to a rung: those who left it keep following, those who have it now are called (M, spec 4).

Whoever calls has the dispute held (`hold_dispute`): two people never move one case at a time.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, false, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.dispute_access import stands_back
from domain.dispute_notices import DisputeCall, DisputeNews
from domain.rules.ladder import Arrival, DisputeEvent, Standing
from domain.rules.ladder_file import MAY_MEDIATE
from domain.rules.policy import Policy
from domain.usecases.dispute_changes import change_dispute
from domain.usecases.dispute_history import note_dispute
from domain.usecases.dispute_plans import cancel_plans
from domain.usecases.dispute_rungs import Above, RungPeople, existing_rungs, people_of
from domain.usecases.outbox import insert_ignoring, tell
from domain.usecases.posts import chain_of
from models.confidential import DisputeFollower
from models.dispute import Dispute, DisputeEntryKind, DisputeState, DisputeStep
from models.member import Appointment, in_force

_TOLD_AS = {Arrival.GIVEN_BACK: DisputeEvent.GIVEN_BACK, Arrival.REOPENED: DisputeEvent.REOPENED}


def standing_of(dispute: Dispute) -> Standing:
    """Where the case stands, for the rules."""
    return Standing(
        dispute.rung, dict(dispute.tried), dict(dispute.broken), dispute.came_from, frozenset(dispute.given_back)
    )


def standing_values(standing: Standing) -> dict[str, Any]:
    """The columns that say where a case stands."""
    return {
        "rung": standing.rung,
        "tried": dict(standing.tried),
        "broken": dict(standing.broken),
        "came_from": standing.came_from,
        "given_back": sorted(standing.given_back),
    }


async def climb_to(
    session: AsyncSession,
    dispute: Dispute,
    standing: Standing,
    above: Above,
    *,
    why: Arrival,
    actor: Actor | None,
    now: datetime,
    policy: Policy,
) -> None:
    """Bring the case up to `standing.rung`, one of `above`; the rungs that are passed over are written down."""
    await note_skipped(session, dispute, above, standing.rung, now=now)
    people = next(people for people in above.can if people.rung.key == standing.rung)
    await arrive(session, dispute, standing, people, why=why, actor=actor, now=now, policy=policy)


async def note_skipped(session: AsyncSession, dispute: Dispute, above: Above, key: str, *, now: datetime) -> None:
    """Write down which rungs are passed over on the way to `key`, and why."""
    for skipped in above.skipped_below(key):
        await note_dispute(
            session, dispute, DisputeEntryKind.SKIPPED, actor=None, now=now,
            rung=skipped.rung.key, reason=skipped.why_nobody.value,
        )  # fmt: skip


async def arrive(
    session: AsyncSession,
    dispute: Dispute,
    standing: Standing,
    people: RungPeople,
    *,
    why: Arrival,
    actor: Actor | None,
    now: datetime,
    policy: Policy,
) -> None:
    """The case stands on another rung now, and waits there to be accepted. What was planned is off."""
    await cancel_plans(session, dispute, actor=actor, now=now, policy=policy)
    left = dispute.rung
    await keep_following(session, dispute, now=now, policy=policy)
    owner = _owner(people, dispute, actor)
    accept_by = policy.after_quiet(now) + timedelta(hours=policy.ladder.clocks[dispute.colour].accept_hours)
    await change_dispute(
        session,
        dispute,
        dispute.rev,
        **standing_values(standing),
        rung_area_id=people.area_id,
        rung_since=now,
        state=DisputeState.REGISTERED,
        mediable=True,
        outcome=None,
        owner_id=owner,
        accepted_at=None,
        happened_on=policy.today(now),
        next_on=policy.today(accept_by),
        next_step=DisputeStep.ACCEPT,
        next_step_at=accept_by,
        round=0,
        follow_ups_done=0,
        closing_by_id=None,
        closed_by_id=None,
        closed_at=None,
    )
    entry = await note_dispute(
        session, dispute, DisputeEntryKind.ARRIVED, actor=actor, now=now,
        rung=standing.rung, left=left, why=why.value, owner=owner,
    )  # fmt: skip
    await call_rung(
        session, dispute, people, why=why, key=f"dispute-arrived:{entry.id}", actor=actor, now=now, policy=policy
    )
    if why is not Arrival.REGISTERED:
        event = _TOLD_AS.get(why, DisputeEvent.CLIMBED)
        besides = {*people.all_who_may, *([actor.member_id] if actor else [])}
        await tell_those_who_follow(
            session, dispute, event, key=f"dispute-left:{entry.id}", besides=besides, now=now, policy=policy
        )


async def call_rung(
    session: AsyncSession,
    dispute: Dispute,
    people: RungPeople,
    *,
    why: Arrival,
    key: str,
    actor: Actor | None,
    now: datetime,
    policy: Policy,
    again: bool = False,
) -> None:
    """Call everybody on the rung who can have the case, besides whoever acts."""
    called = [member for member in people.able or people.all_who_may if actor is None or member != actor.member_id]
    notice = DisputeCall(dispute.code, dispute.id, dispute.colour, why, again)
    await tell(session, called, notice, key, now=now, policy=policy)


async def tell_those_who_follow(
    session: AsyncSession,
    dispute: Dispute,
    event: DisputeEvent,
    *,
    key: str,
    besides: Iterable[int] = (),
    now: datetime,
    policy: Policy,
) -> None:
    """Tell the rungs that the case has left, and its registrar; nobody who stands back from it, or has left there."""
    followers = select(col(DisputeFollower.member_id)).where(col(DisputeFollower.dispute_id) == dispute.id)
    member = col(Appointment.member_id)
    registrar = false() if dispute.conflict else member == dispute.registered_by_id
    still_there = and_(
        col(Appointment.area_id).in_(await chain_of(session, dispute.area_id)),
        col(Appointment.role).in_(MAY_MEDIATE),
        in_force(policy.today(now)),
    )
    query = select(member).where(or_(member.in_(followers), registrar), still_there)
    told = set((await session.execute(query)).scalars()) - set(besides)
    told -= await stands_back(session, dispute, told)
    notice = DisputeNews(dispute.code, dispute.id, dispute.colour, event)
    await tell(session, sorted(told), notice, key, now=now, policy=policy)


async def tell_rung(
    session: AsyncSession,
    dispute: Dispute,
    event: DisputeEvent,
    *,
    key: str,
    besides: Iterable[int] = (),
    now: datetime,
    policy: Policy,
) -> None:
    """Tell everybody on the case's own rung."""
    people = await rung_people(session, dispute, now=now, policy=policy)
    without = set(besides)
    told = [member for member in people.all_who_may if member not in without] if people else []
    notice = DisputeNews(dispute.code, dispute.id, dispute.colour, event)
    await tell(session, told, notice, key, now=now, policy=policy)


async def rung_people(session: AsyncSession, dispute: Dispute, *, now: datetime, policy: Policy) -> RungPeople | None:
    """Who holds the rung on which the case stands; None for a rung that the county has removed."""
    rung = next((rung for rung in policy.ladder.rungs if rung.key == dispute.rung), None)
    if rung is None:
        return None
    return await people_of(session, dispute, rung, dispute.rung_area_id, policy.today(now))


async def rung_below(
    session: AsyncSession, dispute: Dispute, key: str, *, now: datetime, policy: Policy
) -> RungPeople | None:
    """Who holds another rung of the case's area; None where it does not exist."""
    area_id = (await existing_rungs(session, dispute.area_id, policy.ladder)).get(key)
    if area_id is None:
        return None
    return await people_of(session, dispute, policy.ladder[key], area_id, policy.today(now))


async def keep_following(session: AsyncSession, dispute: Dispute, *, now: datetime, policy: Policy) -> None:
    """Those of the rung that it leaves keep following it; who stands back does not.

    Of a rung that the county has removed since nobody knows who held it: there it is whoever had the case. While a
    case is being registered it stands nowhere yet: who registers it does not see the work on it for that.
    """
    if not dispute.rung:
        return
    people = await rung_people(session, dispute, now=now, policy=policy)
    had_it = () if dispute.owner_id is None else (dispute.owner_id,)
    rows = [
        {"dispute_id": dispute.id, "member_id": member, "rung": dispute.rung, "since": now}
        for member in (people.all_who_may if people else had_it)
    ]
    if rows:
        await session.execute(insert_ignoring(session, DisputeFollower), rows)


def _owner(people: RungPeople, dispute: Dispute, actor: Actor | None) -> int:
    """Whoever acts, when it is her rung; the first who can have it; where nobody can, whoever had it."""
    if actor is not None and actor.member_id in people.able:
        return actor.member_id
    may = people.able or people.all_who_may
    return may[0] if may else dispute.owner_id or dispute.registered_by_id
