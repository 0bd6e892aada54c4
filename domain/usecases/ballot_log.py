"""The log of a ballot: entries are only ever added, each chained to the one before (spec 5; docs/adr/0010)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.rules.ballot import Tally, VotingRules
from domain.rules.hash_chain import LoggedEvent, Place, Words, chained
from domain.rules.recount import StoredBallot
from domain.rules.urn import Urn
from models.ballot import (
    Ballot,
    BallotBox,
    BallotChoice,
    BallotEntry,
    BallotEvent,
    BallotWords,
    Elector,
    Vote,
    VoteWay,
)
from models.council import Council

SEAL_SHOWN = 12  # characters of a seal that people can compare: nobody finds another log with the same ones in time


async def log_ballot(
    session: AsyncSession,
    ballot: Ballot,
    kind: BallotEvent,
    *,
    at: datetime,
    by_id: int | None = None,
    voter_id: int | None = None,
    choice: BallotChoice | None = None,
    way: VoteWay | None = None,
    detail: Mapping[str, Any] | None = None,
) -> BallotEntry:
    """Add an entry to the log of a ballot that the caller holds."""
    number, before = await _end_of_log(session, ballot)
    event = LoggedEvent(number + 1, kind, at, by_id, voter_id, choice, way, dict(detail or {}))
    entry = _entry(ballot, before, event)
    session.add(entry)
    await session.flush()
    return entry


async def log_votes(
    session: AsyncSession,
    ballot: Ballot,
    votes: Sequence[tuple[int, BallotChoice]],
    *,
    way: VoteWay,
    at: datetime,
    entered_by_id: int | None = None,
) -> None:
    """Add the entries of several votes (member, choice), in this order, in one trip."""
    number, before = await _end_of_log(session, ballot)
    for place, (member_id, choice) in enumerate(votes, number + 1):
        event = LoggedEvent(place, BallotEvent.CAST, at, entered_by_id or member_id, member_id, choice, way, {})
        entry = _entry(ballot, before, event)
        session.add(entry)
        before = entry.chain
    await session.flush()


async def _end_of_log(session: AsyncSession, ballot: Ballot) -> tuple[int, str]:
    """The number and the chain of the last entry."""
    last = select(col(BallotEntry.number), col(BallotEntry.chain)).where(col(BallotEntry.ballot_id) == ballot.id)
    row = (await session.execute(last.order_by(col(BallotEntry.number).desc()).limit(1))).one_or_none()
    return (row.number, row.chain) if row is not None else (0, "")


def _entry(ballot: Ballot, before: str, event: LoggedEvent) -> BallotEntry:
    return BallotEntry(
        ballot_id=ballot.id,
        ballot_secret=ballot.secret,
        number=event.number,
        kind=event.kind,
        at=event.at,
        by_id=event.by_id,
        voter_id=event.voter_id,
        choice=event.choice,
        way=event.way,
        detail=dict(event.detail),
        chain=chained(before, ballot.id, event),
    )


def rules_of(ballot: Ballot) -> VotingRules:
    """The rules under which a ballot is counted: those of its opening."""
    return VotingRules(ballot.quorum_num, ballot.quorum_den, ballot.majority, ballot.abstain_counts)


def counted_votes(ballot: Ballot) -> Tally | None:
    """What a closed ballot counted, as far as it is told: nothing of a secret one without a quorum."""
    if ballot.favour is None or ballot.against is None or ballot.abstain is None:
        return None
    return Tally(ballot.favour, ballot.against, ballot.abstain)


def turnout_of(ballot: Ballot) -> int:
    """How many voted in a closed ballot."""
    counted = counted_votes(ballot)
    return counted.turnout if counted is not None else ballot.turnout or 0


def council_rules(council: Council) -> VotingRules:
    """The rules under which a ballot that a council opened now would be counted."""
    return VotingRules(council.quorum_num, council.quorum_den, council.majority, council.abstain_counts)


async def words_of(session: AsyncSession, ballot: Ballot) -> Words | None:
    """What was voted on, as it read at the opening; None when somebody has deleted it behind the program's back."""
    kept = await session.get(BallotWords, ballot.id)
    return Words(kept.title, kept.body, kept.salt) if kept is not None else None


def seal_shown(ballot: Ballot) -> str | None:
    """The part of a closed ballot's seal that is shown to people, in fours: "3f9a 01bc 77de"."""
    if ballot.seal is None:
        return None
    return " ".join(ballot.seal[start : start + 4] for start in range(0, SEAL_SHOWN, 4))


async def entries_of(session: AsyncSession, ballot_id: int) -> list[BallotEntry]:
    """The log of a ballot, in its order."""
    query = select(BallotEntry).where(col(BallotEntry.ballot_id) == ballot_id).order_by(col(BallotEntry.number))
    return list((await session.execute(query)).scalars())


async def stored_ballot(session: AsyncSession, ballot: Ballot) -> StoredBallot:
    """All that is stored of a ballot, for a recount.

    Raises CannotDecryptError, UrnError: words or a box that cannot be read.
    """
    electors = (await session.execute(select(Elector).where(col(Elector.ballot_id) == ballot.id))).scalars()
    votes = (await session.execute(select(Vote).where(col(Vote.ballot_id) == ballot.id))).scalars()
    box = (await session.execute(select(BallotBox).where(col(BallotBox.ballot_id) == ballot.id))).scalar_one_or_none()
    return StoredBallot(
        id=ballot.id,
        item_id=ballot.item_id,
        words=await words_of(session, ballot),
        secret=ballot.secret,
        state=ballot.state,
        opened_at=ballot.opened_at,
        closes_at=ballot.closes_at,
        rules=rules_of(ballot),
        standing=ballot.standing,
        invited=ballot.invited,
        counted=counted_votes(ballot),
        turnout=ballot.turnout,
        outcome=ballot.outcome,
        seal=ballot.seal,
        electors=[Place(one.position, one.member_id, one.seat) for one in electors],
        votes={one.member_id: (one.choice, one.way, one.entered_by_id) for one in votes},
        box=Urn.load(box.contents) if box is not None else None,
        entries=[
            LoggedEvent(
                one.number, one.kind, one.at, one.by_id, one.voter_id, one.choice, one.way, one.detail, one.chain
            )
            for one in await entries_of(session, ballot.id)
        ],
    )
