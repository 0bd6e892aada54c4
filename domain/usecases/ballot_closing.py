"""Closing a ballot: the count, the outcome, the seal; by the deadline or when everybody has voted (spec 5)."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.council_access import chairs_of, hold_item
from domain.refusals import Reason, RefusedError
from domain.rules.ballot import Tally, is_published, outcome_of, papers_tell
from domain.rules.hash_chain import count_to_log
from domain.rules.policy import Policy
from domain.usecases.ballot_counting import box_of, places_of, tally_now, who_has_not_voted
from domain.usecases.ballot_log import log_ballot, rules_of
from domain.usecases.ballots import hold_ballot, hold_open_ballot, led_ballot
from domain.usecases.council_meetings import ballot_meeting_over
from domain.usecases.group_posts import show_in_group
from domain.usecases.item_changes import move_item
from domain.usecases.item_history import note_item, tell_of_item
from domain.usecases.one_by_one import one_by_one
from models.agenda import AgendaItem, ItemEvent, ItemState
from models.ballot import Ballot, BallotEvent, BallotOutcome, BallotState, ClosedBy, Vote, VoteWay
from models.council import Council, PostKind

HER_TIME = timedelta(minutes=30)  # in which whoever a paper or a proxy was entered for can vote herself (ours)
_DECIDES = {
    BallotOutcome.PASSED: (ItemState.PASSED, ItemEvent.PASSED),
    BallotOutcome.REJECTED: (ItemState.REJECTED, ItemEvent.REJECTED),
    BallotOutcome.NO_QUORUM: (ItemState.NO_QUORUM, ItemEvent.NO_QUORUM),
}


async def close_ballot(session: AsyncSession, *, actor: Actor, ballot_id: int, now: datetime, policy: Policy) -> Ballot:
    """The chair closes it before its deadline, once everybody who still can vote has voted.

    Raises RefusedError: NOT_YOURS, CHAIR_ONLY, BALLOT_OVER, SOMEBODY_CAN_VOTE, PAPERS_TOO_FRESH (whoever a vote was
    entered for has some time to put it right), FEW_PRESSES (the papers would tell how one or two people voted).
    """
    seen = await led_ballot(session, actor, ballot_id)
    await hold_item(session, seen.item)
    ballot = await hold_open_ballot(session, ballot_id, now)
    if await who_has_not_voted(session, ballot, policy.today(now)):
        raise RefusedError(Reason.SOMEBODY_CAN_VOTE)
    await _must_be_fit_to_end(session, ballot, now)
    await _close(session, ballot, seen.item, seen.council, actor=actor, now=now, policy=policy)
    return ballot


async def _must_be_fit_to_end(session: AsyncSession, ballot: Ballot, now: datetime) -> None:
    count = await tally_now(session, ballot)
    if ballot.secret and papers_tell(count.turnout, count.papers):
        raise RefusedError(Reason.FEW_PRESSES)
    entered = select(func.max(col(Vote.at))).where(col(Vote.ballot_id) == ballot.id, col(Vote.way) != VoteWay.PRESS)
    last = (await session.execute(entered)).scalar_one_or_none()
    if last is not None and now < last + HER_TIME:
        raise RefusedError(Reason.PAPERS_TOO_FRESH)


async def close_due(
    session: AsyncSession, *, now: datetime, policy: Policy, limit: int, failed: set[int] | None = None
) -> int:
    """Close up to `limit` ballots whose deadline has come; how many were dealt with.

    One that cannot be counted (its box does not open without the key it was sealed with) waits, and the others go on:
    `failed` are those that this sweep has met already and passes over.
    """
    failed = set() if failed is None else failed
    query = (
        select(col(Ballot.id))
        .where(col(Ballot.state) == BallotState.OPEN, col(Ballot.closes_at) <= now, col(Ballot.id).not_in(failed))
        .order_by(col(Ballot.closes_at), col(Ballot.id))
        .limit(limit)
    )

    async def close(ballot_id: int) -> bool:
        return await _close_one(session, ballot_id, now, policy)

    due = (await session.execute(query)).scalars().all()
    return await one_by_one(session, due, close, what="ballot_not_closed", failed=failed)


async def _close_one(session: AsyncSession, ballot_id: int, now: datetime, policy: Policy) -> bool:
    found = (await session.execute(select(col(Ballot.item_id)).where(col(Ballot.id) == ballot_id))).scalar_one()
    item = await session.get_one(AgendaItem, found)
    await hold_item(session, item)
    ballot = await hold_ballot(session, ballot_id)
    if ballot is None or ballot.state is not BallotState.OPEN or ballot.closes_at > now:
        return False  # another replica was first, or the chair has given it more time
    council = await session.get_one(Council, ballot.council_id)
    await _close(session, ballot, item, council, actor=None, now=now, policy=policy)
    return True


async def _close(
    session: AsyncSession,
    ballot: Ballot,
    item: AgendaItem,
    council: Council,
    *,
    actor: Actor | None,
    now: datetime,
    policy: Policy,
) -> None:
    """Count what is held, and say what it has decided. No actor: its deadline has come, and it was decided then,
    whenever the machine came to count.
    """
    tally, outcome = await _count_and_seal(session, ballot, actor=actor, now=now)
    at = ballot.ended_at or now
    decided, event = _DECIDES[outcome]
    await move_item(session, item, decided, now=at)
    places = await places_of(session, ballot, policy.today(now))
    await ballot_meeting_over(session, ballot, {one.member_id: one.seat for one in places if one.voted}, at=at)
    facts = {"ballot": ballot.id, "electorate": ballot.standing + ballot.invited, "turnout": tally.turnout}
    by_id = actor.member_id if actor else None
    told = (await tally_now(session, ballot)).tally is not None
    detail = facts | (count_to_log(tally, outcome, secret=ballot.secret) if told else {"outcome": outcome.value})
    noted = await note_item(session, item, event, at=at, by_id=by_id, detail=detail)
    chairs = await chairs_of(session, council, policy.today(now))
    await tell_of_item(session, item, noted, now=now, policy=policy, also=chairs)
    await show_in_group(session, ballot.council_id, PostKind.BALLOT, ballot.id, now=now, urgent=True)


async def _count_and_seal(
    session: AsyncSession, ballot: Ballot, *, actor: Actor | None, now: datetime
) -> tuple[Tally, BallotOutcome]:
    """Write the count, the outcome and the seal. By its deadline it ended then, and not when somebody came to count."""
    tally = await _final_tally(session, ballot)
    outcome = outcome_of(tally, ballot.standing + ballot.invited, rules_of(ballot))
    closed_by = ClosedBy.CHAIR if actor else ClosedBy.DEADLINE
    detail = count_to_log(tally, outcome, secret=ballot.secret) | {"by": closed_by.value}
    by_id = actor.member_id if actor else None
    # The log ends before the ballot does: afterwards the database takes no entry any more.
    entry = await log_ballot(session, ballot, BallotEvent.CLOSED, at=now, by_id=by_id, detail=detail)
    if is_published(outcome, secret=ballot.secret):
        ballot.favour, ballot.against, ballot.abstain = tally.favour, tally.against, tally.abstain
    else:
        ballot.turnout = tally.turnout
    ballot.outcome, ballot.seal = outcome, entry.chain
    ballot.state, ballot.closed_by = BallotState.CLOSED, closed_by
    ballot.ended_at, ballot.rev = now if actor else ballot.closes_at, ballot.rev + 1
    await session.flush()
    return tally, outcome


async def _final_tally(session: AsyncSession, ballot: Ballot) -> Tally:
    if ballot.secret:
        return Tally(*(await box_of(session, ballot)).counts)
    tally = (await tally_now(session, ballot)).tally
    assert tally is not None  # noqa: S101
    return tally
