"""Voting: one vote each, changed until the end in an open ballot, final in a secret one (spec 5; docs/adr/0010)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, case, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor, is_frozen
from domain.council_access import SITS_IN_COUNCIL, item_for
from domain.refusals import Reason, RefusedError
from domain.rules.ballot import CHOICES
from domain.rules.policy import Policy
from domain.rules.urn import Urn
from domain.usecases.ballot_log import log_votes
from domain.usecases.ballots import hold_open_ballot
from domain.usecases.group_posts import show_in_group
from models.agenda import ItemGuest
from models.ballot import Ballot, BallotBox, BallotChoice, Elector, Seat, Vote, VoteWay
from models.council import Council, PostKind
from models.member import Appointment, in_force


@dataclass(frozen=True, slots=True)
class Cast:
    """What a press came to. Of a secret ballot neither the choice nor one before it is ever told."""

    ballot: Ballot
    changed: bool  # False: it was there already, in the same way
    secret: bool
    before: BallotChoice | None = None


def seated(today: date) -> ColumnElement[bool]:
    """The condition on Elector, joined with Ballot and Council: she still holds the seat she had at the opening."""
    standing = exists().where(
        col(Appointment.member_id) == col(Elector.member_id),
        col(Appointment.area_id) == col(Council.area_id),
        col(Appointment.role).in_(SITS_IN_COUNCIL),
        in_force(today),
    )
    invited = exists().where(
        col(ItemGuest.item_id) == col(Ballot.item_id),
        col(ItemGuest.member_id) == col(Elector.member_id),
        col(ItemGuest.ended_at).is_(None),
    )
    return case((col(Elector.seat) == Seat.STANDING, standing), else_=invited)


async def elector_for(session: AsyncSession, ballot_id: int, member_id: int, today: date) -> Elector:
    """Her place on a ballot's list. Raises RefusedError: NOT_ELECTOR, SEAT_LOST."""
    query = (
        select(Elector, seated(today).label("seated"))
        .join(Ballot, col(Ballot.id) == col(Elector.ballot_id))
        .join(Council, col(Council.id) == col(Ballot.council_id))
        .where(and_(col(Elector.ballot_id) == ballot_id, col(Elector.member_id) == member_id))
    )
    row = (await session.execute(query)).one_or_none()
    if row is None:
        raise RefusedError(Reason.NOT_ELECTOR)
    if not row.seated:
        raise RefusedError(Reason.SEAT_LOST)
    return row[0]


async def cast_vote(
    session: AsyncSession, *, actor: Actor, ballot_id: int, choice: BallotChoice, now: datetime, policy: Policy
) -> Cast:
    """Cast one's vote, or change it while an open ballot lasts. A secret vote is final: nobody knows which it was.

    In a secret ballot nothing but the box is written: no entry, no time, no row that names the voter.
    Raises RefusedError: NOT_YOURS (she may not even know of the ballot), FROZEN, NOT_ELECTOR, SEAT_LOST, BALLOT_OVER,
    VOTE_IS_FINAL.
    """
    elector = await _elector_who_presses(session, actor, ballot_id, policy.today(now))
    ballot = await hold_open_ballot(session, ballot_id, now)
    if ballot.secret:
        if not await put_votes(session, ballot, {elector.position: choice}):
            raise RefusedError(Reason.VOTE_IS_FINAL)
        cast = Cast(ballot, changed=True, secret=True)
    else:
        casts = await write_votes(session, ballot, {elector.member_id: choice}, way=VoteWay.PRESS, now=now)
        cast = casts[elector.member_id]
    if cast.changed:
        await show_in_group(session, ballot.council_id, PostKind.BALLOT, ballot.id, now=now)
    return cast


async def _elector_who_presses(session: AsyncSession, actor: Actor, ballot_id: int, today: date) -> Elector:
    if not actor.is_member:
        raise RefusedError(Reason.NOT_YOURS)
    try:
        elector = await elector_for(session, ballot_id, actor.member_id, today)
    except RefusedError as refused:
        if refused.reason is Reason.NOT_ELECTOR:
            await _must_know_of(session, actor, ballot_id)
        raise
    if await is_frozen(session, actor):
        raise RefusedError(Reason.FROZEN)
    return elector


async def _must_know_of(session: AsyncSession, actor: Actor, ballot_id: int) -> None:
    ballot = await session.get(Ballot, ballot_id)
    if ballot is None:
        raise RefusedError(Reason.NOT_YOURS)
    await item_for(session, actor, ballot.item_id)


async def write_votes(
    session: AsyncSession,
    ballot: Ballot,
    choices: Mapping[int, BallotChoice],
    *,
    way: VoteWay,
    now: datetime,
    entered_by_id: int | None = None,
) -> dict[int, Cast]:
    """Write the votes of people on the list of an open ballot that is held, by member, in one trip.

    The same vote in the same way changes nothing, and the log does not grow.
    """
    query = select(Vote).where(col(Vote.ballot_id) == ballot.id, col(Vote.member_id).in_(list(choices)))
    found = (await session.execute(query.execution_options(populate_existing=True))).scalars()
    votes = {vote.member_id: vote for vote in found}
    casts: dict[int, Cast] = {}
    for member_id, choice in choices.items():
        vote = votes.get(member_id)
        before = vote.choice if vote is not None else None
        changed = vote is None or (vote.choice, vote.way) != (choice, way)
        casts[member_id] = Cast(ballot, changed=changed, secret=False, before=before)
        if vote is None:
            vote = Vote(ballot_id=ballot.id, member_id=member_id, choice=choice, way=way, at=now)
            session.add(vote)
        if changed:
            vote.choice, vote.way, vote.entered_by_id, vote.at = choice, way, entered_by_id, now
    await session.flush()
    written = [(member_id, choice) for member_id, choice in choices.items() if casts[member_id].changed]
    if written:
        await log_votes(session, ballot, written, way=way, at=now, entered_by_id=entered_by_id)
    return casts


async def put_votes(session: AsyncSession, ballot: Ballot, votes: Mapping[int, BallotChoice]) -> set[int]:
    """Put votes, by place on the list, into the box of a secret ballot that is held; the places whose vote was taken.

    Whoever has voted before is left out.
    """
    box = await _held_box(session, ballot)
    urn = Urn.load(box.contents)
    first = [place for place in votes if not urn.put_in[place]]
    if first:
        counts = [sum(votes[place] is one for place in first) for one in CHOICES]
        box.contents = urn.put(first, counts).dump()
        await session.flush()
    return set(first)


async def put_papers_in(session: AsyncSession, ballot: Ballot, places: list[int], counts: list[int]) -> None:
    """Put papers with their sum into the box of a secret ballot that is held. Raises RefusedError(VOTE_IS_FINAL)."""
    box = await _held_box(session, ballot)
    urn = Urn.load(box.contents)
    if any(urn.put_in[place] for place in places):
        raise RefusedError(Reason.VOTE_IS_FINAL)
    box.contents = urn.put(places, counts).dump()
    await session.flush()


async def _held_box(session: AsyncSession, ballot: Ballot) -> BallotBox:
    await session.flush()
    query = select(BallotBox).where(col(BallotBox.ballot_id) == ballot.id).with_for_update()
    return (await session.execute(query.execution_options(populate_existing=True))).scalar_one()
