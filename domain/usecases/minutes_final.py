"""When a meeting's record becomes final: its three days are over, and no correction waits for an answer (D)."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import QueryableAttribute, defer
from sqlmodel import col

from domain.council_notices import RecordNews
from domain.rules.meeting_news import RecordTold
from domain.rules.policy import Policy
from domain.usecases.meeting_people import keepers_of
from domain.usecases.minutes import tell_of_record
from domain.usecases.one_by_one import one_by_one
from domain.usecases.outbox import tell
from models.looking import Reader, any_row
from models.meeting import CorrectionState, CouncilMeeting, Minutes, MinutesCorrection, MinutesState

# As long as nobody has answered, whoever is the chair by then hears of it, early in each week after the three days.
_TOLD_EVERY, _TOLD_WITHIN = timedelta(days=7), timedelta(days=2)
# Not needed for this, and a single one that cannot be decrypted would keep all others from being read.
_WORDS: tuple[QueryableAttribute[str], ...] = (Minutes.opinions, Minutes.decisions)  # type: ignore[assignment]
_MEETINGS_WORDS: tuple[QueryableAttribute[str], ...] = (
    CouncilMeeting.place,
    CouncilMeeting.sign_code,
)  # type: ignore[assignment]


_OVER = (col(Minutes.state) == MinutesState.OUT, col(Minutes.corrections_until) <= bindparam("now"))
_ANY_OVER = any_row(select(col(Minutes.meeting_id)).where(*_OVER))


async def records_wait(reader: Reader, *, now: datetime) -> bool:
    """Whether the three days of a record are over that is not final."""
    return (await reader.execute(_ANY_OVER, {"now": now})).scalar_one()


async def finish_records(
    session: AsyncSession, *, now: datetime, policy: Policy, limit: int, failed: set[int] | None = None
) -> int:
    """Records whose three days are over are final; where a correction is not answered yet, the chair of the day
    hears of it once a week.

    How many were dealt with that can become final. What goes wrong with one keeps none of the others waiting: `failed`
    are those that this sweep passes over.
    """
    failed = set() if failed is None else failed
    others = col(Minutes.meeting_id).not_in(failed)
    answered = await _records(session, others, ~_waiting(), now=now, limit=limit)
    records = {one.meeting_id: (one, meeting) for one, meeting in answered}
    unanswered = await _records(session, others, _waiting(), now=now, limit=None)
    waiting = {one.meeting_id: (one, meeting) for one, meeting in unanswered}

    async def finish(meeting_id: int) -> bool:
        minutes, meeting = records[meeting_id]
        minutes.state, minutes.final_at, minutes.rev = MinutesState.FINAL, now, minutes.rev + 1
        await session.flush()
        await tell_of_record(session, meeting, minutes, RecordTold.FINAL, now=now, policy=policy)
        return True

    async def remind(meeting_id: int) -> bool:
        await _tell_that_it_waits(session, *waiting[meeting_id], now=now, policy=policy)
        return True

    done = await one_by_one(session, list(records), finish, what="record_not_final", failed=failed)
    await one_by_one(session, list(waiting), remind, what="correction_not_told_of", failed=failed)
    return done


async def _tell_that_it_waits(
    session: AsyncSession, minutes: Minutes, meeting: CouncilMeeting, *, now: datetime, policy: Policy
) -> None:
    week, since = divmod(now - (minutes.corrections_until or now), _TOLD_EVERY)
    if since > _TOLD_WITHIN:
        return
    news = RecordNews(meeting.code, meeting.id, minutes.version, RecordTold.WAITS)
    key = f"record:{meeting.id}:{minutes.version}:waits:{week}"
    keepers = await keepers_of(session, meeting, today=policy.today(now))
    await tell(session, keepers, news, key, now=now, policy=policy)


async def _records(
    session: AsyncSession, *which: ColumnElement[bool], now: datetime, limit: int | None
) -> list[tuple[Minutes, CouncilMeeting]]:
    """Records whose days are over and their meetings, held, and no word of them. What somebody else holds comes with
    the next sweep.
    """
    query = (
        select(Minutes, CouncilMeeting)
        .join(CouncilMeeting, col(CouncilMeeting.id) == col(Minutes.meeting_id))
        .options(*(defer(words) for words in (*_WORDS, *_MEETINGS_WORDS)))
        .where(*_OVER, *which)
        .order_by(col(Minutes.corrections_until), col(Minutes.meeting_id))
        .limit(limit)
        .with_for_update(key_share=True, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return [(minutes, meeting) for minutes, meeting in (await session.execute(query, {"now": now})).all()]


def _waiting() -> ColumnElement[bool]:
    return exists().where(
        col(MinutesCorrection.meeting_id) == col(Minutes.meeting_id),
        col(MinutesCorrection.state) == CorrectionState.WAITING,
    )
