"""Reminding, in private, those who have not voted: at half time and shortly before the end (spec 5)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.council_notices import VoteWanted
from domain.rules.policy import Policy
from domain.rules.urn import UrnError
from domain.usecases.ballot_counting import who_has_not_voted
from domain.usecases.ballot_log import log_ballot
from domain.usecases.ballots import hold_ballot
from domain.usecases.one_by_one import one_by_one
from domain.usecases.outbox import tell
from models.agenda import AgendaItem, Urgency
from models.ballot import Ballot, BallotEvent, BallotState
from models.keyring import CannotDecryptError
from models.looking import Reader

LAST_CALL = {
    Urgency.URGENT: timedelta(minutes=30),
    Urgency.SMALL: timedelta(hours=1),
    Urgency.HARD: timedelta(hours=1),
}
HALF_TIME, LAST = 1, 2  # what `Ballot.reminded` counts up to
_RUNNING = (
    select(col(Ballot.opened_at), col(Ballot.closes_at), col(Ballot.reminded), col(AgendaItem.urgency))
    .join(AgendaItem, col(AgendaItem.id) == col(Ballot.item_id))
    .where(col(Ballot.state) == BallotState.OPEN)
)


def reminders_due(opened_at: datetime, closes_at: datetime, urgency: Urgency, now: datetime) -> int:
    """How many of the two reminders are due by `now`: none, half time, the last call as well.

    A short vote has its last call in its last quarter: nobody is called while she reads the first word of it.
    """
    length = closes_at - opened_at
    if now >= closes_at - min(LAST_CALL[urgency], length / 4):
        return LAST
    return HALF_TIME if now >= opened_at + length / 2 else 0


async def ballots_wait(reader: Reader, *, now: datetime) -> bool:
    """Whether there is a ballot to close, or one to remind of."""
    running = (await reader.execute(_RUNNING)).all()
    return any(
        closes_at <= now or reminders_due(opened_at, closes_at, urgency, now) > reminded
        for opened_at, closes_at, reminded, urgency in running
    )


async def remind_due(
    session: AsyncSession, *, now: datetime, policy: Policy, limit: int, failed: set[int] | None = None
) -> int:
    """Remind of up to `limit` open ballots what is due; of a reminder that was missed only the last is told.

    How many ballots were dealt with. Of one that cannot be read nobody is reminded, and the others go on: `failed` are
    those that this sweep has met already and passes over.
    """
    failed = set() if failed is None else failed
    query = (
        select(
            col(Ballot.id),
            col(Ballot.opened_at),
            col(Ballot.closes_at),
            col(Ballot.reminded),
            col(AgendaItem.urgency),
            col(AgendaItem.code),
        )
        .join(AgendaItem, col(AgendaItem.id) == col(Ballot.item_id))
        .where(col(Ballot.state) == BallotState.OPEN, col(Ballot.reminded) < LAST, col(Ballot.closes_at) > now)
        .order_by(col(Ballot.closes_at), col(Ballot.id))
    )
    rows = (await session.execute(query)).all()
    due = {
        row.id: row
        for row in rows
        if row.id not in failed and reminders_due(row.opened_at, row.closes_at, row.urgency, now) > row.reminded
    }

    async def remind(ballot_id: int) -> bool:
        row = due[ballot_id]
        return await _remind(session, ballot_id, row.urgency, row.code, now=now, policy=policy)

    return await one_by_one(session, list(due)[:limit], remind, what="vote_not_reminded_of", failed=failed)


async def _remind(
    session: AsyncSession, ballot_id: int, urgency: Urgency, code: str, *, now: datetime, policy: Policy
) -> bool:
    ballot = await hold_ballot(session, ballot_id)
    if ballot is None or ballot.state is not BallotState.OPEN or now >= ballot.closes_at:
        return False
    stage = reminders_due(ballot.opened_at, ballot.closes_at, urgency, now)
    if stage <= ballot.reminded:
        return False  # another replica was first
    ballot.reminded, ballot.rev = stage, ballot.rev + 1
    await session.flush()
    missing = await who_has_not_voted(session, ballot, policy.today(now))
    waiting = [place.member_id for place in missing if place.can_press]
    # Not whom: of a secret ballot the log must not tell between which two instants somebody has voted.
    await log_ballot(session, ballot, BallotEvent.REMINDED, at=now, detail={"stage": stage})
    wanted = VoteWanted(code, ballot.id, ballot.closes_at.astimezone(policy.zone), ballot.secret, again=True)
    await tell(session, waiting, wanted, f"vote:{ballot.id}:{ballot.rev}", now=now, policy=policy)
    return True


async def wanted_votes(
    session: AsyncSession, asked: Iterable[tuple[int, int]], *, now: datetime, policy: Policy
) -> set[tuple[int, int]]:
    """Of these (member, ballot) those whose vote is still wanted: a word that waited for the morning may be late."""
    pairs = set(asked)
    wanted: set[tuple[int, int]] = set()
    for ballot_id in sorted({ballot_id for _, ballot_id in pairs}):
        ballot = await session.get(Ballot, ballot_id)
        if ballot is not None and ballot.state is BallotState.OPEN and now < ballot.closes_at:
            try:
                waiting = await who_has_not_voted(session, ballot, policy.today(now))
            except (CannotDecryptError, UrnError, IndexError):  # of this one nobody knows: then she is asked
                wanted |= {pair for pair in pairs if pair[1] == ballot_id}
                continue
            wanted |= {(place.member_id, ballot_id) for place in waiting if place.can_press}
    return wanted & pairs
