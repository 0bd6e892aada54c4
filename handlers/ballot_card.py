"""A ballot as everybody may see it, in its group and in private: turnout, deadline, arithmetic, and what it decided.

Nobody's name is on it. What concerns one reader alone (her own vote, who is still missing) stands below it.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from domain.rules.ballot import needed_in_favour
from domain.rules.policy import Policy
from domain.usecases.ballot_counting import tally_now
from domain.usecases.ballot_log import rules_of, seal_shown, words_of
from domain.usecases.ballot_reading import why_cancelled
from models.agenda import AgendaItem, Urgency
from models.ballot import Ballot, BallotOutcome, BallotState, ClosedBy
from models.council import Majority


@dataclass(frozen=True, slots=True)
class BallotCard:
    """What is voted on, how far it is, and the arithmetic.

    `shows` says whether the votes may be told: those of a secret ballot are once it is closed. `counting`: its
    deadline is over, the count is not made yet. `seal` is what two people can compare of what was counted.
    """

    title: str
    code: str
    urgency: Urgency
    secret: bool
    state: BallotState
    outcome: BallotOutcome | None
    counting: bool
    closes_at: datetime
    ended_at: datetime | None
    by_chair: bool
    standing: int
    invited: int
    electorate: int
    needed: int
    turnout: int
    missing: int
    shows: bool
    favour: int
    against: int
    abstain: int
    majority: Majority
    abstain_counts: bool
    needed_favour: int
    papers: int
    reason: str
    seal: str


async def ballot_card(
    session: AsyncSession, ballot: Ballot, item: AgendaItem, *, now: datetime, policy: Policy
) -> BallotCard:
    """The ballot as it is now, under the words that were voted on: the item may read otherwise since."""
    count = await tally_now(session, ballot)
    tally = count.tally
    words = await words_of(session, ballot)
    return BallotCard(
        title=words.title if words else item.title,
        code=item.code,
        urgency=item.urgency,
        secret=ballot.secret,
        state=ballot.state,
        outcome=ballot.outcome,
        counting=is_counting(ballot, now),
        closes_at=ballot.closes_at.astimezone(policy.zone),
        ended_at=ballot.ended_at.astimezone(policy.zone) if ballot.ended_at else None,
        by_chair=ballot.closed_by is ClosedBy.CHAIR,
        standing=ballot.standing,
        invited=ballot.invited,
        electorate=count.electorate,
        needed=count.needed,
        turnout=count.turnout,
        missing=max(0, count.needed - count.turnout),
        shows=tally is not None,
        favour=tally.favour if tally else 0,
        against=tally.against if tally else 0,
        abstain=tally.abstain if tally else 0,
        majority=ballot.majority,
        abstain_counts=ballot.abstain_counts,
        needed_favour=needed_in_favour(tally, rules_of(ballot)) if tally else 0,
        papers=count.papers,
        reason=await why_cancelled(session, ballot),
        seal=seal_shown(ballot) or "",
    )


def is_counting(ballot: Ballot, now: datetime) -> bool:
    """Whether its deadline is over and the count is about to be made: no vote is taken any more."""
    return ballot.state is BallotState.OPEN and now >= ballot.closes_at


def is_running(ballot: Ballot, now: datetime) -> bool:
    """Whether votes are taken."""
    return ballot.state is BallotState.OPEN and now < ballot.closes_at
