"""What can be known of a ballot: its count as far as its kind allows, who has not voted, and its lines (spec 5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.refusals import Reason, RefusedError
from domain.rules.ballot import CHOICES, Tally, needed_to_vote, papers_tell, tally_of
from domain.rules.retention import Entity
from domain.rules.urn import Urn
from domain.usecases.ballot_casting import seated
from domain.usecases.ballot_log import counted_votes, entries_of, rules_of, turnout_of
from domain.usecases.ballots import BallotSight, ballot_for
from models.ballot import (
    Ballot,
    BallotBox,
    BallotChoice,
    BallotEvent,
    Elector,
    Seat,
    Vote,
    VoteWay,
)
from models.council import Council
from models.erasing import Erasure
from models.member import Member


@dataclass(frozen=True, slots=True)
class Count:
    """How a ballot stands: `tally` is None while a secret one is open, and for good when it was cancelled or had no
    quorum.
    """

    electorate: int
    needed: int  # so many of them must vote
    turnout: int
    tally: Tally | None
    papers: int  # so many of the votes were entered by the chair, on paper or by proxy

    @property
    def has_quorum(self) -> bool:
        """Whether enough have voted."""
        return self.turnout >= self.needed


@dataclass(frozen=True, slots=True)
class Place:
    """Somebody on a ballot's list."""

    member_id: int
    name: str
    seat: Seat
    voted: bool
    seated: bool  # she still holds her seat
    frozen: bool

    @property
    def can_press(self) -> bool:
        """Whether she can vote by herself; of whoever is frozen a paper is taken all the same."""
        return self.seated and not self.frozen


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an open ballot's record; no choice: she has not voted."""

    name: str
    seat: Seat
    choice: BallotChoice | None
    way: VoteWay | None
    entered_by: str | None  # the chair who entered it
    changes: int  # so many times she voted differently before


async def tally_now(session: AsyncSession, ballot: Ballot) -> Count:
    """How a ballot stands; of a secret one the turnout alone until it is closed, and for good without a
    quorum (spec 5).
    """
    electorate = ballot.standing + ballot.invited
    needed = needed_to_vote(electorate, rules_of(ballot))
    if await is_nameless(session, ballot):
        return Count(electorate, needed, turnout_of(ballot), counted_votes(ballot), 0)
    if not ballot.secret:
        votes = list((await session.execute(select(Vote).where(col(Vote.ballot_id) == ballot.id))).scalars())
        papers = sum(vote.way is not VoteWay.PRESS for vote in votes)
        return Count(electorate, needed, len(votes), tally_of(vote.choice for vote in votes), papers)
    box = await box_of(session, ballot)
    papers = sum(
        int(entry.detail["papers"])
        for entry in await entries_of(session, ballot.id)
        if entry.kind is BallotEvent.PAPERS
    )
    # Of one or two who pressed, whoever put the papers in would read the votes.
    told = None if papers_tell(box.turnout, papers) else counted_votes(ballot)
    return Count(electorate, needed, box.turnout, told, papers)


async def is_nameless(session: AsyncSession, ballot: Ballot) -> bool:
    """Whether its days are over, so that count, result and seal are all that is left: the list is gone, by the rule."""
    listed = select(col(Elector.position)).where(col(Elector.ballot_id) == ballot.id).limit(1)
    if ballot.ended_at is None or (await session.execute(listed)).scalar_one_or_none() is not None:
        return False
    by_rule = select(col(Erasure.id)).where(col(Erasure.rule) == Entity.BALLOT_NAMES, col(Erasure.at) > ballot.ended_at)
    return (await session.execute(by_rule.limit(1))).scalar_one_or_none() is not None


async def box_of(session: AsyncSession, ballot: Ballot) -> Urn:
    """The box of a secret ballot, for counting who has voted. Its counts are nobody's business before the end."""
    query = select(col(BallotBox.contents)).where(col(BallotBox.ballot_id) == ballot.id)
    contents = (await session.execute(query)).scalar_one_or_none()
    return Urn.load(contents) if contents is not None else Urn.empty(0, len(CHOICES))


async def has_voted(session: AsyncSession, ballot: Ballot, elector: Elector) -> bool:
    """Whether she has voted."""
    if ballot.secret:
        return (await box_of(session, ballot)).put_in[elector.position]
    return await session.get(Vote, (ballot.id, elector.member_id)) is not None


async def vote_of(session: AsyncSession, ballot: Ballot, member_id: int) -> Vote | None:
    """Her present vote in an open ballot, for herself to see."""
    return None if ballot.secret else await session.get(Vote, (ballot.id, member_id))


async def places_of(session: AsyncSession, ballot: Ballot, today: date) -> list[Place]:
    """Everybody on the list, in its order: who has voted and who still can. For the chair and for reminders."""
    query = (
        select(Elector, Member, seated(today).label("seated"))
        .join(Member, col(Member.id) == col(Elector.member_id))
        .join(Ballot, col(Ballot.id) == col(Elector.ballot_id))
        .join(Council, col(Council.id) == col(Ballot.council_id))
        .where(col(Elector.ballot_id) == ballot.id)
        .order_by(col(Elector.position))
    )
    rows = (await session.execute(query)).all()
    voted = await _who_voted(session, ballot, [row[0] for row in rows])
    return [
        Place(
            elector.member_id,
            member.name,
            elector.seat,
            elector.member_id in voted,
            bool(has_seat),
            member.frozen_at is not None,
        )
        for elector, member, has_seat in rows
    ]


async def who_has_not_voted(session: AsyncSession, ballot: Ballot, today: date) -> list[Place]:
    """Those on the list who have not voted and whose vote can still come, by a press or on paper (spec 5).

    Whoever is frozen is one of them: else a vote could be closed early by freezing those who would vote otherwise.
    """
    return [place for place in await places_of(session, ballot, today) if place.seated and not place.voted]


async def _who_voted(session: AsyncSession, ballot: Ballot, electors: Iterable[Elector]) -> set[int]:
    if ballot.secret:
        box = await box_of(session, ballot)
        return {elector.member_id for elector in electors if box.put_in[elector.position]}
    query = select(col(Vote.member_id)).where(col(Vote.ballot_id) == ballot.id)
    return set((await session.execute(query)).scalars())


async def lines_of(session: AsyncSession, *, actor: Actor, ballot_id: int) -> tuple[BallotSight, list[Line]]:
    """An open ballot line by line (记名明细), in the order of its list: for N+X and whoever oversees the council.

    Raises RefusedError: NOT_YOURS (a proposer without a seat as well, and X who was invited later), NO_LINES (a secret
    ballot has none).
    """
    seen = await ballot_for(session, actor, ballot_id)
    if not seen.reads_lines:
        raise RefusedError(Reason.NOT_YOURS)
    if seen.ballot.secret:
        raise RefusedError(Reason.NO_LINES)
    votes = {
        vote.member_id: vote
        for vote in (await session.execute(select(Vote).where(col(Vote.ballot_id) == ballot_id))).scalars()
    }
    casts = [entry.voter_id for entry in await entries_of(session, ballot_id) if entry.kind is BallotEvent.CAST]
    query = select(Elector, col(Member.name)).join(Member, col(Member.id) == col(Elector.member_id))
    rows = (
        await session.execute(query.where(col(Elector.ballot_id) == ballot_id).order_by(col(Elector.position)))
    ).all()
    names = await _names(session, {vote.entered_by_id for vote in votes.values() if vote.entered_by_id is not None})
    lines = []
    for elector, name in rows:
        vote = votes.get(elector.member_id)
        lines.append(
            Line(
                name,
                elector.seat,
                vote.choice if vote else None,
                vote.way if vote else None,
                names.get(vote.entered_by_id or 0) if vote else None,
                max(0, casts.count(elector.member_id) - 1),
            )
        )
    return seen, lines


async def _names(session: AsyncSession, members: set[int]) -> dict[int, str]:
    query = select(col(Member.id), col(Member.name)).where(col(Member.id).in_(members))
    return {row[0]: row[1] for row in (await session.execute(query)).all()}
