"""What a ballot's readers are shown besides its count: how it stands with their own vote, why it was cancelled."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.refusals import Reason, RefusedError
from domain.usecases.ballot_casting import elector_for
from domain.usecases.ballot_counting import has_voted, vote_of
from domain.usecases.ballots import BallotSight, ballots_waiting_for, led_ballot
from models.agenda import AgendaItem, ItemEntry, ItemEvent
from models.ballot import Ballot, BallotChoice, BallotState, Elector, VoteWay
from models.council import Council, CouncilGroup, GroupState
from models.member import Role


class HerVote(StrEnum):
    """How it stands with the reader's own vote in a ballot."""

    WANTED = "wanted"
    CAST = "cast"
    NOT_CAST = "not_cast"  # the vote is over
    SEAT_LOST = "seat_lost"  # she is on the list, and has lost her seat since
    NOT_HERS = "not_hers"  # she is not on the list


@dataclass(frozen=True, slots=True)
class OwnVote:
    """How it stands with somebody's vote; what she voted is known of open ballots alone."""

    how: HerVote
    choice: BallotChoice | None = None
    way: VoteWay | None = None


async def own_vote(session: AsyncSession, seen: BallotSight, *, running: bool, today: date) -> OwnVote:
    """The reader's own vote; `running` says whether votes are taken."""
    ballot, elector = seen.ballot, seen.elector
    if elector is None:
        return OwnVote(HerVote.NOT_HERS)
    vote = await vote_of(session, ballot, elector.member_id)
    choice, way = (vote.choice, vote.way) if vote is not None else (None, None)
    if running and not await _seated(session, ballot, elector.member_id, today):
        return OwnVote(HerVote.SEAT_LOST, choice, way)
    if await has_voted(session, ballot, elector):
        return OwnVote(HerVote.CAST, choice, way)
    return OwnVote(HerVote.WANTED if running else HerVote.NOT_CAST)


async def _seated(session: AsyncSession, ballot: Ballot, member_id: int, today: date) -> bool:
    try:
        await elector_for(session, ballot.id, member_id, today)
    except RefusedError:
        return False
    return True


async def why_cancelled(session: AsyncSession, ballot: Ballot) -> str:
    """What the chair wrote when she cancelled it; nothing for one that was not cancelled."""
    if ballot.state is not BallotState.CANCELLED:
        return ""
    query = select(ItemEntry).where(
        col(ItemEntry.item_id) == ballot.item_id, col(ItemEntry.kind) == ItemEvent.CANCELLED
    )
    entries = (await session.execute(query)).scalars()
    return next((entry.body or "" for entry in entries if entry.detail.get("ballot") == ballot.id), "")


@dataclass(frozen=True, slots=True)
class WaitingBallot:
    """An open ballot on whose list somebody is, and whether she has voted in it."""

    ballot: Ballot
    title: str
    voted: bool


async def waiting_ballots(session: AsyncSession, member_id: int, now: datetime) -> list[WaitingBallot]:
    """The open ballots on whose list she is: those she has not voted in first, the next to close first."""
    found = []
    for ballot in await ballots_waiting_for(session, member_id, now):
        item = await session.get_one(AgendaItem, ballot.item_id)
        elector = await session.get_one(Elector, (ballot.id, member_id))
        found.append(WaitingBallot(ballot, item.title, await has_voted(session, ballot, elector)))
    return sorted(found, key=lambda one: one.voted)


async def has_group(session: AsyncSession, council_id: int) -> bool:
    """Whether the council has a group in which the bot can show its votes; without one people vote in private."""
    group = await session.get(CouncilGroup, council_id)
    return group is not None and group.state is GroupState.BOUND


async def led_open_ballots(session: AsyncSession, actor: Actor, query: str, now: datetime) -> list[WaitingBallot]:
    """The open ballots of the councils that she chairs, whose item has `query` in its code or title."""
    led = [post.area_id for post in actor.posts if post.role is Role.COUNCIL_CHAIR]
    statement = (
        select(Ballot, AgendaItem)
        .join(AgendaItem, col(AgendaItem.id) == col(Ballot.item_id))
        .join(Council, col(Council.id) == col(Ballot.council_id))
        .where(col(Council.area_id).in_(led), col(Ballot.state) == BallotState.OPEN, col(Ballot.closes_at) > now)
        .order_by(col(Ballot.closes_at), col(Ballot.id))
    )
    rows = (await session.execute(statement)).all()
    return [
        WaitingBallot(ballot, item.title, voted=False)
        for ballot, item in rows
        if query.lower() in f"{item.code} {item.title}".lower()
    ]


async def open_ballot_led(session: AsyncSession, actor: Actor, ballot_id: int, now: datetime) -> BallotSight:
    """The ballot, for what the chair does while it is open. Raises RefusedError: NOT_YOURS, CHAIR_ONLY, BALLOT_OVER."""
    seen = await led_ballot(session, actor, ballot_id)
    if seen.ballot.state is not BallotState.OPEN or now >= seen.ballot.closes_at:
        raise RefusedError(Reason.BALLOT_OVER)
    return seen
