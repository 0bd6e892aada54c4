"""Ballots: who may open which, which are open, and holding one while it is changed (spec 5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.council_access import ItemSight, Standing, item_for
from domain.refusals import Reason, RefusedError
from models.agenda import AgendaItem
from models.ballot import Ballot, BallotState, Elector
from models.council import Council


@dataclass(frozen=True, slots=True)
class BallotSight:
    """A ballot that somebody may open, what she is to its item, and her place on its list, if she has one."""

    ballot: Ballot
    sight: ItemSight
    elector: Elector | None

    @property
    def item(self) -> AgendaItem:
        """What is voted on."""
        return self.sight.item

    @property
    def council(self) -> Council:
        """Who votes."""
        return self.sight.council

    @property
    def reads_lines(self) -> bool:
        """Whether she may read an open ballot by names: one of N, an overseer, and whoever of X is on its list."""
        if self.sight.standing is Standing.GUEST:
            return self.elector is not None
        return self.sight.takes_part or self.sight.standing is Standing.OVERSEER


async def ballot_for(session: AsyncSession, actor: Actor, ballot_id: int) -> BallotSight:
    """The ballot, when `actor` may open its item (`item_for`).

    Raises RefusedError(NOT_YOURS) alike for one that is none of hers and one that does not exist.
    """
    ballot = await session.get(Ballot, ballot_id)
    if ballot is None:
        raise RefusedError(Reason.NOT_YOURS)
    sight = await item_for(session, actor, ballot.item_id)
    return BallotSight(ballot, sight, await session.get(Elector, (ballot_id, actor.member_id)))


async def led_ballot(session: AsyncSession, actor: Actor, ballot_id: int) -> BallotSight:
    """Like `ballot_for`, for what the chair alone does. Raises RefusedError: NOT_YOURS, CHAIR_ONLY."""
    seen = await ballot_for(session, actor, ballot_id)
    if not seen.sight.leads:
        raise RefusedError(Reason.CHAIR_ONLY)
    return seen


async def hold_ballot(session: AsyncSession, ballot_id: int) -> Ballot | None:
    """The ballot as it is now, held until the transaction ends: nobody votes in it or closes it meanwhile.

    Whoever changes the item as well holds the item first (`hold_item`).
    """
    await session.flush()
    query = select(Ballot).where(col(Ballot.id) == ballot_id).with_for_update(key_share=True)
    return (await session.execute(query.execution_options(populate_existing=True))).scalar_one_or_none()


async def hold_open_ballot(session: AsyncSession, ballot_id: int, now: datetime) -> Ballot:
    """The same, for one that can be voted in at `now`: the instant of the deadline is too late.

    Raises RefusedError: NOT_YOURS (there is none), BALLOT_OVER.
    """
    ballot = await hold_ballot(session, ballot_id)
    if ballot is None:
        raise RefusedError(Reason.NOT_YOURS)
    if ballot.state is not BallotState.OPEN or now >= ballot.closes_at:
        raise RefusedError(Reason.BALLOT_OVER)
    return ballot


async def ballots_of_item(session: AsyncSession, item_id: int) -> list[Ballot]:
    """All ballots on an item, the newest first."""
    query = select(Ballot).where(col(Ballot.item_id) == item_id).order_by(col(Ballot.id).desc())
    return list((await session.execute(query)).scalars())


async def ballots_waiting_for(session: AsyncSession, member_id: int, now: datetime) -> list[Ballot]:
    """The open ballots on whose list she is, the next to close first; she may have voted in them already."""
    query = (
        select(Ballot)
        .join(Elector, col(Elector.ballot_id) == col(Ballot.id))
        .where(
            col(Elector.member_id) == member_id,
            col(Ballot.state) == BallotState.OPEN,
            col(Ballot.closes_at) > now,
        )
        .order_by(col(Ballot.closes_at), col(Ballot.id))
    )
    return list((await session.execute(query)).scalars())


async def open_ballots(session: AsyncSession, *, now: datetime) -> Sequence[tuple[int, int]]:
    """The ballots in which votes are taken: each one's council, and its own number."""
    query = select(col(Ballot.council_id), col(Ballot.id)).where(
        col(Ballot.state) == BallotState.OPEN, col(Ballot.closes_at) > now
    )
    return [(row[0], row[1]) for row in (await session.execute(query.order_by(col(Ballot.id)))).all()]
