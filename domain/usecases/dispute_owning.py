"""Who has a case: a colleague gets it, or its owner can have it no more (spec 3 and 4).

Whoever calls has the dispute held (`hold_dispute`).
"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.dispute_notices import DisputeCall, DisputeForsaken, DisputeNews
from domain.rules.ladder import Arrival, DisputeEvent, out_of_time
from domain.rules.policy import Policy
from domain.usecases.availability import PassedOver
from domain.usecases.dispute_changes import change_dispute
from domain.usecases.dispute_history import note_dispute
from domain.usecases.dispute_leading import lead_anew
from domain.usecases.dispute_moving import (
    climb_to,
    keep_following,
    note_skipped,
    rung_people,
    standing_of,
    standing_values,
    tell_rung,
    tell_those_who_follow,
)
from domain.usecases.dispute_rungs import Above, RungPeople, head_of_rung, rungs_over
from domain.usecases.namesakes import namesakes
from domain.usecases.outbox import tell
from domain.usecases.posts import chain_of, holders
from models.dispute import Dispute, DisputeEntry, DisputeEntryKind, DisputeState
from models.member import Role

_TELL_AGAIN = timedelta(days=7)


async def heirs(session: AsyncSession, dispute: Dispute, people: RungPeople | None) -> list[int]:
    """Who of the rung can have the case in place of its owner.

    Once it is accepted, nobody who has a party's name: she would have had to say that she is a namesake.
    """
    able = [member for member in people.able if member != dispute.owner_id] if people else []
    if dispute.state is DisputeState.REGISTERED:
        return able
    same = await namesakes(session, dispute, able)
    return [member for member in able if member not in same]


async def set_owner(
    session: AsyncSession,
    dispute: Dispute,
    owner_id: int,
    *,
    why: PassedOver | None = None,
    actor: Actor | None,
    now: datetime,
    policy: Policy,
    body: str | None = None,
) -> None:
    """The case is hers from now on; she and her colleagues hear of it. `why`: the owner before could not have it."""
    before = dispute.owner_id
    await change_dispute(session, dispute, dispute.rev, owner_id=owner_id)
    entry = await note_dispute(
        session, dispute, DisputeEntryKind.OWNER, actor=actor, now=now, body=body,
        owner=owner_id, before=before, reason=why.value if why else None,
    )  # fmt: skip
    key, acts = f"dispute-owner:{entry.id}", {actor.member_id} if actor else set()
    if dispute.state is DisputeState.REGISTERED:
        call = DisputeCall(dispute.code, dispute.id, dispute.colour, Arrival.UNANSWERED, again=True)
        await tell(session, {owner_id} - acts, call, key, now=now, policy=policy)
        return
    yours = DisputeNews(dispute.code, dispute.id, dispute.colour, DisputeEvent.YOURS)
    await tell(session, {owner_id} - acts, yours, key, now=now, policy=policy)
    besides = {owner_id, *acts}
    await tell_rung(session, dispute, DisputeEvent.HANDED, key=key, besides=besides, now=now, policy=policy)


async def replace_owner(
    session: AsyncSession, dispute: Dispute, why: PassedOver, *, actor: Actor | None, now: datetime, policy: Policy
) -> bool:
    """The owner can have the case no more: another of the rung has it, or, where nobody is left, the next rung.

    On the last rung it stays; where really nobody is left there, it keeps its owner, and the head and the
    administrators are told, once a week. Whether anything was changed.
    """
    people = await rung_people(session, dispute, now=now, policy=policy)
    gone = dispute.owner_id
    able = await heirs(session, dispute, people)
    if able:
        await set_owner(session, dispute, able[0], why=why, actor=actor, now=now, policy=policy)
        await lead_anew(session, dispute, gone, people, actor=actor, now=now, policy=policy)
        return True
    above = await rungs_over(session, dispute, today=policy.today(now), ladder=policy.ladder)
    if above.can:
        await _to_the_next(session, dispute, above, actor=actor, now=now, policy=policy)
        return True
    away = [member for member in people.all_who_may if member != gone] if people else []
    if away and (people is None or gone not in people.all_who_may):
        await set_owner(session, dispute, away[0], why=why, actor=actor, now=now, policy=policy)
        await lead_anew(session, dispute, gone, people, actor=actor, now=now, policy=policy)
        return True
    await _tell_forsaken(session, dispute, now=now, policy=policy)
    return False


async def _to_the_next(
    session: AsyncSession, dispute: Dispute, above: Above, *, actor: Actor | None, now: datetime, policy: Policy
) -> None:
    """What is mediated waits on the next rung to be accepted; what is agreed on is followed up there."""
    standing = out_of_time(standing_of(dispute), above.keys).standing
    if dispute.mediable:
        why = Arrival.NOBODY_LEFT
        await climb_to(session, dispute, standing, above, why=why, actor=None, now=now, policy=policy)
        return
    await note_skipped(session, dispute, above, standing.rung, now=now)
    await keep_following(session, dispute, now=now, policy=policy)
    people, left = above.can[0], dispute.rung
    may = people.all_who_may
    owner = may[0] if may else dispute.owner_id
    values = standing_values(standing)
    await change_dispute(
        session, dispute, dispute.rev, **values, rung_area_id=people.area_id, rung_since=now, owner_id=owner
    )
    entry = await note_dispute(
        session, dispute, DisputeEntryKind.ARRIVED, actor=None, now=now,
        rung=standing.rung, left=left, why=Arrival.NOBODY_LEFT.value, owner=owner,
    )  # fmt: skip
    key = f"dispute-carried:{entry.id}"
    yours = DisputeNews(dispute.code, dispute.id, dispute.colour, DisputeEvent.YOURS)
    await tell(session, may[:1], yours, key, now=now, policy=policy)
    besides = {*may, *([actor.member_id] if actor else [])}
    await tell_those_who_follow(
        session, dispute, DisputeEvent.CLIMBED, key=key, besides=besides, now=now, policy=policy
    )


async def _tell_forsaken(session: AsyncSession, dispute: Dispute, *, now: datetime, policy: Policy) -> None:
    today = policy.today(now)
    lately = select(col(DisputeEntry.detail)).where(
        col(DisputeEntry.dispute_id) == dispute.id,
        col(DisputeEntry.kind) == DisputeEntryKind.HEAD_TOLD,
        col(DisputeEntry.at) > now - _TELL_AGAIN,
    )
    if any(detail.get("nobody") for detail in (await session.execute(lately)).scalars()):
        return
    above = await chain_of(session, dispute.area_id)
    told = [
        *await head_of_rung(session, dispute, policy.ladder, today),
        *await holders(session, above, Role.ADMINISTRATOR, today),
    ]
    entry = await note_dispute(
        session,
        dispute,
        DisputeEntryKind.HEAD_TOLD,
        actor=None,
        now=now,
        rung=dispute.rung,
        nobody=True,
        told=len(told),
    )
    notice = DisputeForsaken(dispute.code, dispute.colour)
    await tell(session, told, notice, f"dispute-forsaken:{entry.id}", now=now, policy=policy)
