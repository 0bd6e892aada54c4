"""Corrections of a meeting's record: asked for by those who were there, answered by the chair; then it is final (D)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.council_notices import RecordNews
from domain.refusals import Reason, RefusedError
from domain.rules.meeting_news import RecordTold
from domain.rules.policy import Policy
from domain.usecases.council_meetings import MeetingSight, hold_meeting, meeting_for
from domain.usecases.meeting_people import keepers_of
from domain.usecases.minutes import kept_meeting, put_out, were_there
from domain.usecases.outbox import tell
from models.council import Council
from models.meeting import CorrectionState, CouncilMeeting, Minutes, MinutesCorrection, MinutesState
from models.member import Member, Role


@dataclass(frozen=True, slots=True)
class CorrectionAsked:
    """A correction and who asks for it."""

    correction: MinutesCorrection
    who: str


@dataclass(frozen=True, slots=True)
class Answering:
    """A correction that waits for its answer, with the record it is about; the meeting is held."""

    correction: MinutesCorrection
    who: str
    sight: MeetingSight
    minutes: Minutes


async def record_to_correct(
    session: AsyncSession, actor: Actor, meeting_id: int, *, now: datetime
) -> tuple[MeetingSight, Minutes]:
    """The record that she may ask to be corrected; the meeting is held.

    Raises RefusedError: NOT_YOURS, NOT_AT_MEETING, RECORD_NOT_OUT, RECORD_FINAL (or its three days are over).
    """
    sight = await meeting_for(session, actor, meeting_id)
    await hold_meeting(session, sight.meeting)
    minutes = await session.get(Minutes, meeting_id, populate_existing=True)
    if minutes is None or minutes.state is MinutesState.DRAFT:
        raise RefusedError(Reason.RECORD_NOT_OUT)
    if actor.member_id not in await were_there(session, sight.meeting) and not sight.keeps(actor.member_id):
        raise RefusedError(Reason.NOT_AT_MEETING)
    over = minutes.corrections_until is not None and now >= minutes.corrections_until
    if minutes.state is MinutesState.FINAL or over:
        raise RefusedError(Reason.RECORD_FINAL)
    return sight, minutes


async def ask_correction(
    session: AsyncSession,
    *,
    actor: Actor,
    meeting_id: int,
    body: str,
    conversation_id: str,
    now: datetime,
    policy: Policy,
) -> MinutesCorrection:
    """Somebody who was there wants something corrected; those who keep the record hear of it.

    Raises RefusedError: NOT_YOURS, NOT_AT_MEETING, RECORD_NOT_OUT, RECORD_FINAL.
    """
    sight, minutes = await record_to_correct(session, actor, meeting_id, now=now)
    asked = MinutesCorrection(
        meeting_id=meeting_id,
        version=minutes.version,
        conversation_id=conversation_id,
        member_id=actor.member_id,
        at=now,
        body=body,
    )
    session.add(asked)
    await session.flush()
    meeting = sight.meeting
    news = RecordNews(meeting.code, meeting.id, minutes.version, RecordTold.CORRECTION)
    keepers = {*await keepers_of(session, meeting, today=policy.today(now))} - {actor.member_id}
    await tell(session, sorted(keepers), news, f"correction:{asked.id}", now=now, policy=policy)
    return asked


async def corrections_of(session: AsyncSession, actor: Actor, meeting_id: int) -> Sequence[CorrectionAsked]:
    """All corrections for those who keep the record; for anybody else her own ones. Raises RefusedError(NOT_YOURS)."""
    sight = await meeting_for(session, actor, meeting_id)
    query = (
        select(MinutesCorrection, col(Member.name))
        .join(Member, col(Member.id) == col(MinutesCorrection.member_id))
        .where(col(MinutesCorrection.meeting_id) == meeting_id)
        .order_by(col(MinutesCorrection.id))
    )
    if not sight.keeps(actor.member_id):
        query = query.where(col(MinutesCorrection.member_id) == actor.member_id)
    return [CorrectionAsked(correction, name) for correction, name in (await session.execute(query)).all()]


async def corrections_waiting(session: AsyncSession, actor: Actor) -> Sequence[CorrectionAsked]:
    """The corrections that wait for an answer of hers as a chair."""
    led = {post.area_id for post in actor.posts if post.role is Role.COUNCIL_CHAIR}
    query = (
        select(MinutesCorrection, col(Member.name))
        .join(Member, col(Member.id) == col(MinutesCorrection.member_id))
        .join(CouncilMeeting, col(CouncilMeeting.id) == col(MinutesCorrection.meeting_id))
        .join(Council, col(Council.id) == col(CouncilMeeting.council_id))
        .where(col(Council.area_id).in_(led), col(MinutesCorrection.state) == CorrectionState.WAITING)
        .order_by(col(MinutesCorrection.id))
    )
    return [CorrectionAsked(correction, name) for correction, name in (await session.execute(query)).all()]


async def correction_to_answer(session: AsyncSession, actor: Actor, correction_id: int) -> Answering:
    """A correction that waits, for the chair. Raises RefusedError: NOT_YOURS, CHAIR_ONLY, STEP_PASSED."""
    correction = await session.get(MinutesCorrection, correction_id)
    if correction is None:
        raise RefusedError(Reason.NOT_YOURS)
    sight = await kept_meeting(session, actor, correction.meeting_id)
    if not sight.leads:
        raise RefusedError(Reason.CHAIR_ONLY)
    await session.refresh(correction)
    minutes = await session.get_one(Minutes, correction.meeting_id, populate_existing=True)
    if correction.state is not CorrectionState.WAITING or minutes.state is not MinutesState.OUT:
        raise RefusedError(Reason.STEP_PASSED)
    who = (await session.get_one(Member, correction.member_id)).name
    return Answering(correction, who, sight, minutes)


async def answer_correction(
    session: AsyncSession,
    *,
    actor: Actor,
    correction_id: int,
    answer: str | None,
    notes: str | None = None,
    decisions: str | None = None,
    seen: int,
    now: datetime,
    policy: Policy,
) -> MinutesCorrection:
    """Take a correction (`decisions` given: the record says so now, and another version goes round), or say why not.

    Raises RefusedError: NOT_YOURS, CHAIR_ONLY, STEP_PASSED (answered already, or the record is final),
    CHANGED_MEANWHILE, REASON_NEEDED (not taken, and no answer).
    """
    found = await correction_to_answer(session, actor, correction_id)
    correction, minutes, meeting = found.correction, found.minutes, found.sight.meeting
    if minutes.rev != seen:
        raise RefusedError(Reason.CHANGED_MEANWHILE)
    takes = decisions is not None
    if not takes and not answer:
        raise RefusedError(Reason.REASON_NEEDED)
    correction.state = CorrectionState.TAKEN if takes else CorrectionState.NOT_TAKEN
    correction.answer, correction.decided_by_id, correction.decided_at = answer, actor.member_id, now
    minutes.rev += 1
    if takes:
        minutes.opinions, minutes.decisions = notes, decisions or None
        await put_out(session, meeting, minutes, by_id=actor.member_id, now=now, policy=policy)
    await session.flush()
    told = RecordTold.TAKEN if takes else RecordTold.NOT_TAKEN
    news = RecordNews(meeting.code, meeting.id, minutes.version, told)
    asker = [one for one in (correction.member_id,) if one != actor.member_id]
    await tell(session, asker, news, f"correction:{correction.id}:answer", now=now, policy=policy)
    return correction
