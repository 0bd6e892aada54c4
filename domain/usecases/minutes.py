"""The record of a council's meeting: written, and sent round for three days of corrections (spec 5; D)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.council_notices import RecordNews
from domain.refusals import Reason, RefusedError
from domain.rules.meeting_news import RecordTold
from domain.rules.policy import Policy
from domain.usecases.council_files import Sent, add_meeting_files
from domain.usecases.council_meetings import MeetingSight, hold_meeting, meeting_for
from domain.usecases.meeting_people import attendance_of, keepers_of
from domain.usecases.meeting_record import record_of
from domain.usecases.outbox import tell
from domain.usecases.record_facts import RecordFacts, to_json
from models.ballot import Ballot, BallotState, Elector
from models.meeting import CouncilMeeting, Minutes, MinutesState, MinutesVersion

CORRECTION_DAYS = 3


@dataclass(frozen=True, slots=True)
class Written:
    """A meeting's record as its keeper writes it, and what it says by itself."""

    sight: MeetingSight
    minutes: Minutes
    facts: RecordFacts


async def minutes_to_write(session: AsyncSession, actor: Actor, meeting_id: int, policy: Policy) -> Written:
    """The record of a meeting that was held, for the chair or the recorder, while it is a draft; the meeting is held.

    Raises RefusedError: NOT_YOURS, CHAIR_ONLY, MEETING_NOT_HELD, RECORD_OUT.
    """
    sight = await kept_meeting(session, actor, meeting_id)
    minutes = await session.get(Minutes, meeting_id, populate_existing=True)
    if minutes is None:
        raise RefusedError(Reason.MEETING_NOT_HELD)
    if minutes.state is not MinutesState.DRAFT:
        raise RefusedError(Reason.RECORD_OUT)
    return Written(sight, minutes, await record_of(session, sight.meeting, minutes, policy))


async def kept_meeting(session: AsyncSession, actor: Actor, meeting_id: int) -> MeetingSight:
    """The meeting, held, for whoever keeps its record. Raises RefusedError: NOT_YOURS, CHAIR_ONLY."""
    sight = await meeting_for(session, actor, meeting_id)
    if not sight.keeps(actor.member_id):
        raise RefusedError(Reason.CHAIR_ONLY)
    await hold_meeting(session, sight.meeting)
    return sight


async def write_minutes(
    session: AsyncSession,
    *,
    actor: Actor,
    meeting_id: int,
    notes: str | None,
    decisions: str,
    files: Sequence[Sent] = (),
    seen: int,
    now: datetime,
    policy: Policy,
) -> Minutes:
    """Write down what was said and decided besides what the records say, with pictures.

    Raises RefusedError: NOT_YOURS, CHAIR_ONLY, MEETING_NOT_HELD, RECORD_OUT, CHANGED_MEANWHILE.
    """
    written = await minutes_to_write(session, actor, meeting_id, policy)
    minutes = written.minutes
    if minutes.rev != seen:
        raise RefusedError(Reason.CHANGED_MEANWHILE)
    minutes.opinions, minutes.decisions, minutes.rev = notes, decisions, seen + 1
    await add_meeting_files(session, written.sight.meeting, files, sent_by_id=actor.member_id, now=now)
    return minutes


async def send_round(session: AsyncSession, *, actor: Actor, meeting_id: int, now: datetime, policy: Policy) -> Minutes:
    """Send the record to those who were there: from now on they have three days to ask for corrections (D).

    Raises RefusedError: NOT_YOURS, CHAIR_ONLY, MEETING_NOT_HELD, RECORD_OUT, VOTE_STILL_OPEN.
    """
    written = await minutes_to_write(session, actor, meeting_id, policy)
    open_ballot = exists().where(col(Ballot.meeting_id) == meeting_id, col(Ballot.state) == BallotState.OPEN)
    if (await session.execute(select(open_ballot))).scalar_one():
        raise RefusedError(Reason.VOTE_STILL_OPEN)
    await put_out(session, written.sight.meeting, written.minutes, by_id=actor.member_id, now=now, policy=policy)
    return written.minutes


async def put_out(
    session: AsyncSession, meeting: CouncilMeeting, minutes: Minutes, *, by_id: int, now: datetime, policy: Policy
) -> None:
    """Another version: kept as it is, sent round, and open to corrections for three days again."""
    await session.flush()
    facts = await record_of(session, meeting, minutes, policy)
    minutes.state, minutes.version, minutes.rev = MinutesState.OUT, minutes.version + 1, minutes.rev + 1
    minutes.corrections_until = now + timedelta(days=CORRECTION_DAYS)
    session.add(MinutesVersion(meeting_id=meeting.id, version=minutes.version, at=now, facts=to_json(facts)))
    await session.flush()
    told = RecordTold.OUT if minutes.version == 1 else RecordTold.ANEW
    await tell_of_record(session, meeting, minutes, told, by_id=by_id, now=now, policy=policy)


async def tell_of_record(
    session: AsyncSession,
    meeting: CouncilMeeting,
    minutes: Minutes,
    told: RecordTold,
    *,
    by_id: int | None = None,
    now: datetime,
    policy: Policy,
) -> None:
    """Tell those who were there, and those who keep the record, how far it is."""
    keepers = await keepers_of(session, meeting, today=policy.today(now))
    people = dict.fromkeys([*await were_there(session, meeting), *keepers])
    news = RecordNews(meeting.code, meeting.id, minutes.version, told)
    key = f"record:{meeting.id}:{minutes.version}:{told.value}"
    await tell(session, [one for one in people if one != by_id], news, key, now=now, policy=policy)


async def were_there(session: AsyncSession, meeting: CouncilMeeting) -> list[int]:
    """Those whose record it is: who signed in; of a ballot's own meeting its electors, whether they voted or not."""
    if not meeting.quick:
        return [one.member_id for one in await attendance_of(session, meeting.id)]
    query = (
        select(col(Elector.member_id))
        .join(Ballot, col(Ballot.id) == col(Elector.ballot_id))
        .where(col(Ballot.meeting_id) == meeting.id)
    )
    return list((await session.execute(query.order_by(col(Elector.member_id)))).scalars())
