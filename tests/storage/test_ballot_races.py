"""Several programs on one PostgreSQL: votes cast at the same instant, and a vote cast while its ballot is closed."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.refusals import Reason, RefusedError
from domain.rules.recount import recount
from domain.usecases.ballot_casting import cast_vote
from domain.usecases.ballot_closing import close_ballot, close_due
from domain.usecases.ballot_log import entries_of, stored_ballot
from domain.usecases.ballot_opening import open_ballot
from models.ballot import Ballot, BallotChoice, BallotEvent, BallotState
from models.session import Database
from tests.support.ballots import actor, add_item, salt
from tests.support.councils import CHAIR, FIRST, SECOND, VOTERS, add_council_rows
from tests.support.county import POLICY, SATURDAY

FAVOUR, AGAINST, _ = BallotChoice
LATER = SATURDAY + timedelta(hours=2)
Work = Callable[[AsyncSession], Awaitable[object]]


pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)  # SQLite has one writer by nature


async def opened(database: Database, *, secret: bool) -> int:
    """A vote in the council of seven; its number."""
    async with database.transaction() as session:
        council = await add_council_rows(session, now=SATURDAY, policy=POLICY)
        item = await add_item(session, council, now=SATURDAY)
        chair = await actor(session, CHAIR, SATURDAY, POLICY)
        ballot = await open_ballot(
            session, actor=chair, item_id=item.id, secret=secret, closes_at=LATER, conversation_id="c", now=SATURDAY,
            token=salt, policy=POLICY,
        )  # fmt: skip
        return ballot.id


def casts(ballot_id: int, who: int, choice: BallotChoice) -> Work:
    """Somebody votes."""

    async def work(session: AsyncSession) -> object:
        voter = await actor(session, who, SATURDAY, POLICY)
        return await cast_vote(
            session, actor=voter, ballot_id=ballot_id, choice=choice, now=SATURDAY + timedelta(minutes=1), policy=POLICY
        )

    return work


async def at_once(database: Database, *works: Work) -> list[object]:
    """Each in a transaction of its own, all under way before the first of them ends; what came of each."""
    under_way = asyncio.Barrier(len(works) + 1)

    async def one(work: Work, pause: float) -> object:
        try:
            async with database.transaction() as session:
                await session.execute(select(1))
                await under_way.wait()
                await asyncio.sleep(pause)
                done = await work(session)
                await asyncio.sleep(0.05)  # the others run into what it holds
                return done
        except RefusedError as refused:
            return refused.reason

    tasks = [asyncio.ensure_future(one(work, place / 100)) for place, work in enumerate(works)]
    await under_way.wait()
    return await asyncio.gather(*tasks)


async def adds_up(database: Database, ballot_id: int) -> Ballot:
    """The ballot, in which a recount finds nothing wrong."""
    async with database.transaction() as session:
        ballot = await session.get_one(Ballot, ballot_id)
        assert recount(await stored_ballot(session, ballot)).adds_up
        return ballot


@pytest.mark.parametrize("secret", [False, True])
async def test_votes_cast_at_once_are_all_counted_and_nobodys_twice(database: Database, secret: bool) -> None:
    number = await opened(database, secret=secret)
    both = [casts(number, FIRST, FAVOUR), casts(number, FIRST, AGAINST)]
    results = await at_once(database, *both, casts(number, SECOND, FAVOUR))
    assert results.count(Reason.VOTE_IS_FINAL) == int(secret)
    async with database.transaction() as session:
        await close_due(session, now=LATER, policy=POLICY, limit=1)
        kinds = [entry.kind for entry in await entries_of(session, number)]
    assert kinds.count(BallotEvent.CAST) == (0 if secret else 3)
    ballot = await adds_up(database, number)
    # Too few for a quorum: of a secret vote nothing but the turnout is kept.
    assert (ballot.turnout if secret else (ballot.favour or 0) + (ballot.against or 0)) == 2


async def test_a_vote_is_either_counted_or_too_late(database: Database) -> None:
    """The last one votes while the chair closes it: the closing waits for her."""
    number = await opened(database, secret=True)
    for who in VOTERS[:-1]:
        async with database.transaction() as session:
            await casts(number, who, FAVOUR)(session)

    async def closes(session: AsyncSession) -> object:
        chair = await actor(session, CHAIR, SATURDAY, POLICY)
        return await close_ballot(
            session, actor=chair, ballot_id=number, now=SATURDAY + timedelta(minutes=2), policy=POLICY
        )

    last = casts(number, VOTERS[-1], AGAINST)
    voted, closed = await at_once(database, last, closes)
    assert not isinstance(voted, Reason)
    assert isinstance(closed, Ballot), closed  # it has waited for the vote, and then nobody was left
    assert (await adds_up(database, number)).against == 1


async def test_several_programs_close_a_vote_once(database: Database) -> None:
    number = await opened(database, secret=False)

    def sweep(session: AsyncSession) -> Awaitable[object]:
        return close_due(session, now=LATER, policy=POLICY, limit=5)

    late = casts(number, FIRST, FAVOUR)
    closed = await at_once(database, sweep, sweep, late)
    assert sorted(closed[:2], key=str) == [0, 1]
    in_time = closed[2] is not Reason.BALLOT_OVER
    ballot = await adds_up(database, number)
    assert (ballot.state, ballot.favour) == (BallotState.CLOSED, int(in_time))
