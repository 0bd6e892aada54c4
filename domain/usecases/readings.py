"""What the database shows an operator's watch: each reading comes from an index of what waits."""

from datetime import date, datetime, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.channel import Lane
from domain.usecases.figures import inbox_waiting, outbox_waiting
from domain.usecases.incidents import Alarm, Reading, unreachable_heads
from models.alert import Alert, AlertState
from models.inbox import InboxUpdate

_LANES = {
    Lane.RED: (Alarm.OUTBOX_RED, 60),
    Lane.REPLY: (Alarm.OUTBOX_REPLY, 120),
    Lane.NOTICE: (Alarm.OUTBOX_NOTICE, 600),
    Lane.DIGEST: (Alarm.OUTBOX_DIGEST, 7200),  # a province's morning takes 12 minutes at Telegram's pace
}
LONGEST_INBOX = 120  # seconds
LONGEST_BELL = 120  # seconds; a step that failed by a fault of ours is tried again after one minute
_RECENT = timedelta(minutes=10)


async def read_queues(session: AsyncSession, *, now: datetime) -> list[Reading]:
    """Whether what is due goes out, what came in is handled, and alerts take their steps."""
    readings = []
    for lane, waiting in (await outbox_waiting(session, now)).items():
        alarm, longest = _LANES[lane]
        values = {"count": waiting.count, "seconds": int(waiting.oldest)}
        readings.append(Reading(alarm, int(waiting.oldest > longest), values))
    inbox = await inbox_waiting(session, now)
    values = {"count": inbox.count, "seconds": int(inbox.oldest)}
    readings.append(Reading(Alarm.INBOX, int(inbox.oldest > LONGEST_INBOX), values))
    late = (col(Alert.state) != AlertState.CLOSED, col(Alert.next_step_at) < now - timedelta(seconds=LONGEST_BELL))
    bells = (await session.execute(select(func.count()).select_from(Alert).where(*late))).scalar_one()
    return [*readings, Reading(Alarm.BELLS, int(bells > 0), {"count": bells, "seconds": LONGEST_BELL})]


async def read_set_aside(session: AsyncSession, *, now: datetime) -> Reading | None:
    """The newest update that was set aside just now; None when none was. Each of them is a level of its own."""
    recent = (col(InboxUpdate.done_at) > now - _RECENT, col(InboxUpdate.set_aside))
    count, newest = (await session.execute(select(func.count(), func.max(col(InboxUpdate.seq))).where(*recent))).one()
    return Reading(Alarm.SET_ASIDE, newest, {"count": count}) if newest else None


async def nothing_set_aside(session: AsyncSession) -> bool:
    """Whether no update is set aside any more. It reads the whole inbox: not to be asked at every look."""
    return not (await session.execute(select(exists().where(col(InboxUpdate.set_aside))))).scalar_one()


async def read_heads(session: AsyncSession, day: date) -> Reading:
    """How many heads cannot be reached; it is told anew whenever there are twice as many."""
    count = await unreachable_heads(session, day)
    return Reading(Alarm.HEADS, count.bit_length(), {"count": count})
