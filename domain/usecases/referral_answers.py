"""What becomes of a request for help: it is looked at, accepted, declined, reported on, or taken back (spec 4).

Whoever is asked sees the request while it is open, and the one lead or dispute once she has accepted; afterwards
nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import ASKED_FOR_HELP, Actor, is_frozen
from domain.referral_notices import ReferralAnswered, ReferralWithdrawn
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from domain.rules.whistles import LEVELS
from domain.usecases.help_subject import Passing, Subject
from domain.usecases.help_subjects import requests, still_open, subject_of
from domain.usecases.outbox import tell
from domain.usecases.referrals import ASKED_AS
from models.area import Area
from models.confidential import DisputeGround, Ground
from models.dispute import Dispute
from models.lead import Lead
from models.referral import OPEN, Referral, ReferralKind, ReferralState


class Side(StrEnum):
    """How somebody stands to a request."""

    ASKED = "asked"
    ASKER = "asker"  # whoever asked, or works on it
    ABOVE = "above"  # a centre to which a whistle has climbed: she hears who is silent, and nothing of the matter


@dataclass(frozen=True, slots=True)
class Looked:
    """A request as somebody may see it."""

    referral: Referral
    subject: Subject
    side: Side


async def look_at_request(
    session: AsyncSession, *, actor: Actor, referral_id: int, now: datetime, policy: Policy
) -> Looked:
    """The request, for whoever is asked, asks, or stands above a silent unit; the reading of its words is logged.

    Raises RefusedError: NOT_YOURS, REFERRAL_OVER (for the one who was asked).
    """
    referral, subject, path = await _found(session, actor, referral_id)
    if referral.member_id == actor.member_id:
        await _open_request(session, actor, referral, subject, path, now=now)
        await subject.log(session, actor, Ground.REFERRAL, now)
        return Looked(referral, subject, Side.ASKED)
    ground = await _ground_of_asker(session, actor, referral, subject, now=now, policy=policy)
    if ground is not None:
        await subject.log(session, actor, ground, now)
        return Looked(referral, subject, Side.ASKER)
    climbed = referral.kind is ReferralKind.WHISTLE and referral.climbs > 0 and is_open(referral, subject, now)
    if climbed and actor.covers(path, LEVELS) and await subject.may_hear(session, [actor.member_id]):
        return Looked(referral, subject, Side.ABOVE)
    raise RefusedError(Reason.NOT_YOURS)


async def request_to_answer(
    session: AsyncSession, actor: Actor, referral_id: int, *, now: datetime
) -> tuple[Referral, Subject]:
    """An open request to `actor`, whose post still covers the area.

    Raises RefusedError: NOT_YOURS, REFERRAL_OVER.
    """
    referral, subject, path = await _found(session, actor, referral_id)
    await _open_request(session, actor, referral, subject, path, now=now)
    return referral, subject


async def accept_request(
    session: AsyncSession, *, actor: Actor, referral_id: int, now: datetime, policy: Policy
) -> tuple[Referral, Subject]:
    """Take it on (an expert), or say "on it" (a unit): she sees the one matter from now on, for so many days.

    Raises RefusedError: NOT_YOURS, REFERRAL_OVER, REFERRAL_ANSWERED.
    """
    referral, subject = await request_to_answer(session, actor, referral_id, now=now)
    until = now + timedelta(days=policy.referral_days)
    await _move(session, referral, ReferralState.ASKED, ReferralState.ACCEPTED, answered_at=now, until=until)
    await told(session, referral, subject, actor=actor, now=now, policy=policy)
    return referral, subject


async def decline_request(
    session: AsyncSession, *, actor: Actor, referral_id: int, why: str, now: datetime, policy: Policy
) -> tuple[Referral, Subject]:
    """Decline, with a reason. Units cannot: a whistle is answered, or climbs.

    Raises RefusedError: NOT_YOURS, REFERRAL_OVER, REFERRAL_ANSWERED.
    """
    referral, subject = await request_to_answer(session, actor, referral_id, now=now)
    if referral.kind is not ReferralKind.EXPERT:
        raise RefusedError(Reason.NOT_YOURS)
    await _move(session, referral, ReferralState.ASKED, ReferralState.DECLINED, answered_at=now, reply=why)
    await told(session, referral, subject, actor=actor, now=now, policy=policy, body=why)
    return referral, subject


async def report_back(
    session: AsyncSession, *, actor: Actor, referral_id: int, result: str, now: datetime, policy: Policy
) -> tuple[Referral, Subject]:
    """Report the result of what she has accepted; with that her sight of the matter ends.

    Raises RefusedError: NOT_YOURS, REFERRAL_OVER, NOT_ACCEPTED_YET.
    """
    referral, subject = await request_to_answer(session, actor, referral_id, now=now)
    if referral.state is ReferralState.ASKED:
        raise RefusedError(Reason.NOT_ACCEPTED_YET)
    await _move(session, referral, ReferralState.ACCEPTED, ReferralState.REPORTED, answered_at=now, reply=result)
    await told(session, referral, subject, actor=actor, now=now, policy=policy, body=result)
    return referral, subject


async def take_back_request(
    session: AsyncSession, *, actor: Actor, referral_id: int, now: datetime, policy: Policy
) -> tuple[Referral, Subject]:
    """End a request that one has made, or that was made for what one works on; who was asked is told.

    Raises RefusedError: NOT_YOURS, REFERRAL_OVER.
    """
    referral, subject, _ = await _found(session, actor, referral_id)
    if await _ground_of_asker(session, actor, referral, subject, now=now, policy=policy) is None:
        raise RefusedError(Reason.NOT_YOURS)
    if referral.state not in OPEN:
        raise RefusedError(Reason.REFERRAL_OVER)
    await _move(session, referral, referral.state, ReferralState.ENDED)
    await told(session, referral, subject, actor=actor, now=now, policy=policy)
    await told_over(session, referral, subject, now=now, policy=policy)
    return referral, subject


async def requests_to(
    session: AsyncSession, *, actor: Actor, now: datetime, offset: int = 0, limit: int = 8
) -> tuple[list[tuple[Referral, Subject]], int]:
    """One page of the open requests to `actor`, unanswered ones first, and how many there are.

    A post that has ended meanwhile is noticed when one is opened.
    """
    where = (
        col(Referral.member_id) == actor.member_id,
        col(Referral.state).in_(OPEN),
        col(Referral.until) > now,
        still_open(),
    )
    total = (await session.execute(requests(func.count(col(Referral.id))).where(*where))).scalar_one()
    first = col(Referral.state) != ReferralState.ASKED
    query = requests(Referral, Lead, Dispute).where(*where).order_by(first, col(Referral.id))
    rows = (await session.execute(query.offset(offset).limit(limit))).all()
    return [(row[0], subject_of(row[1] or row[2])) for row in rows], total


async def told(
    session: AsyncSession,
    referral: Referral,
    subject: Subject,
    *,
    actor: Actor | None,
    now: datetime,
    policy: Policy,
    body: str | None = None,
) -> None:
    """Put the new state of a request on the timeline, and tell whoever asked and whoever works on the lead now."""
    detail: dict[str, Any] = {"referral": referral.id, "member": referral.member_id, "answer": referral.state.value}
    await subject.note(session, Passing.ANSWERED, referral.kind, actor=actor, now=now, body=body, **detail)
    notice = ReferralAnswered(subject.code, subject.about, subject.colour, referral.id, referral.kind, referral.state)
    key = f"referral-answered:{referral.id}:{referral.state.value}"
    wait = [member for member in waiting_for(referral, subject) if actor is None or member != actor.member_id]
    await tell(session, await subject.may_hear(session, wait), notice, key, now=now, policy=policy)


async def told_over(
    session: AsyncSession, referral: Referral, subject: Subject, *, now: datetime, policy: Policy
) -> None:
    """Tell whoever was asked that she is no longer needed."""
    notice = ReferralWithdrawn(subject.code, subject.about, subject.colour)
    hearing = await subject.may_hear(session, [referral.member_id])
    await tell(session, hearing, notice, f"referral-over:{referral.id}", now=now, policy=policy)


def waiting_for(referral: Referral, subject: Subject) -> list[int]:
    """Who waits for the answer: whoever asked, and whoever works on it now."""
    return list(dict.fromkeys([referral.asked_by_id, subject.worker_id or referral.asked_by_id]))


def is_open(referral: Referral, subject: Subject, now: datetime) -> bool:
    """Whether the request still stands."""
    return referral.state in OPEN and referral.until > now and subject.is_open


async def _found(session: AsyncSession, actor: Actor, referral_id: int) -> tuple[Referral, Subject, str]:
    query = requests(Referral, Lead, Dispute, col(Area.path)).where(col(Referral.id) == referral_id)
    row = (await session.execute(query)).one_or_none()
    if row is None or not actor.is_member or await is_frozen(session, actor):
        raise RefusedError(Reason.NOT_YOURS)
    return row[0], subject_of(row[1] or row[2]), row[3]


async def _open_request(
    session: AsyncSession, actor: Actor, referral: Referral, subject: Subject, path: str, *, now: datetime
) -> None:
    asked = referral.member_id == actor.member_id and actor.covers(path, {ASKED_AS[referral.kind]} & ASKED_FOR_HELP)
    if not asked or not await subject.may_hear(session, [actor.member_id]):
        raise RefusedError(Reason.NOT_YOURS)
    if not is_open(referral, subject, now):
        raise RefusedError(Reason.REFERRAL_OVER)


async def _ground_of_asker(
    session: AsyncSession, actor: Actor, referral: Referral, subject: Subject, *, now: datetime, policy: Policy
) -> Ground | DisputeGround | None:
    """Why she may see what was asked and answered; whoever asked must still be allowed to open the matter."""
    try:
        stance = await subject.stance_of(session, actor, now=now, policy=policy)
    except RefusedError:
        return None
    return stance.ground if stance.works or referral.asked_by_id == actor.member_id else None


async def _move(
    session: AsyncSession, referral: Referral, before: ReferralState, after: ReferralState, **values: Any
) -> None:
    """Two at once: what the first one says holds."""
    moved = await session.execute(
        update(Referral)
        .where(col(Referral.id) == referral.id, col(Referral.state) == before)
        .values(state=after, climbs_at=None, **values)
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        raise RefusedError(Reason.REFERRAL_ANSWERED)
    await session.refresh(referral)
