"""A council on a real database, and beside it a model of its ballots: what is stored must be what the model says."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis.stateful import invariant
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.refusals import RefusedError
from domain.rules.ballot import Tally, outcome_of, tally_of
from domain.rules.recount import recount
from domain.usecases.ballot_counting import tally_now
from domain.usecases.ballot_log import counted_votes, rules_of, stored_ballot, turnout_of
from models.agenda import AgendaItem, ItemState, Urgency
from models.ballot import Ballot, BallotChoice, BallotEntry, BallotEvent, BallotOutcome, BallotState, Vote, VoteWay
from models.meeting import CouncilMeeting, MeetingState
from models.member import Member
from tests.rules.dispute_hands import Hands
from tests.support.ballots import actor, add_guests, add_item
from tests.support.councils import VOTERS, add_council_rows
from tests.support.county import HEAD, POLICY

GUESTS = (151, 152)
LATECOMER = HEAD  # she gets a seat when ballots are open already
PEOPLE = (*VOTERS, *GUESTS, LATECOMER)
Act = Callable[[AsyncSession, Actor], Awaitable[object]]


@dataclass
class Model:
    """What a ballot must be."""

    id: int
    item: int
    secret: bool
    electors: tuple[int, ...]
    closes_at: datetime
    votes: dict[int, BallotChoice] = field(default_factory=dict)
    papers: set[int] = field(default_factory=set)
    mixed: Tally = field(default_factory=Tally)  # of papers in a secret box, nobody's in particular
    entered: dict[int, tuple[BallotChoice, VoteWay, datetime]] = field(default_factory=dict)  # in an open ballot
    state: BallotState = BallotState.OPEN

    def tells(self) -> bool:
        """Whether the papers tell how one or two others voted."""
        return self.secret and bool(self.papers) and 0 < len(self.votes) < 3

    def fit_to_end(self, now: datetime) -> bool:
        """Whether the chair may close it when everybody has voted."""
        fresh = [who for who in self.papers & self.entered.keys() if now - self.entered[who][2] < timedelta(minutes=30)]
        return not self.tells() and not fresh

    @property
    def tally(self) -> Tally:
        """All votes."""
        one = tally_of(self.votes.values())
        two = self.mixed
        return Tally(one.favour + two.favour, one.against + two.against, one.abstain + two.abstain)


class BallotHands(Hands):
    """A council of seven, two items with somebody of X each, and a latecomer."""

    def __init__(self, template: Path, seen: Counter[str]) -> None:
        super().__init__(template, seen)
        self.numbers: dict[int, int] = {}
        self.items: list[int] = []
        self.ballots: list[Model] = []
        self.seatless: set[int] = {LATECOMER}
        self.frozen: set[int] = set()

    def found(self) -> None:
        """Two small matters are on the agenda."""

        async def rows(session: AsyncSession) -> None:
            council = await add_council_rows(session, now=self.now, policy=POLICY)
            for number, guest in enumerate(GUESTS, 1):
                item = await add_item(session, council, now=self.now, number=number, urgency=Urgency.SMALL)
                await add_guests(session, item, [guest], self.now)
                self.items.append(item.id)
            members = await session.execute(select(col(Member.telegram_id), col(Member.id)))
            self.numbers = {row[0]: row[1] for row in members.all()}

        self.transact(rows)

    def does(self, who: int, name: str, work: Act) -> bool:
        """Somebody does it; a refusal undoes it, and anything else is a fault."""

        async def one(session: AsyncSession) -> None:
            await work(session, await actor(session, who, self.now, POLICY))

        try:
            self.transact(one)
        except RefusedError as refused:
            self.seen[refused.reason.value] += 1
            return False
        self.seen[name] += 1
        return True

    def running(self, item: int) -> Model | None:
        """The open ballot of an item, as far as the model knows."""
        number = self.items[item]
        return next((one for one in self.ballots if one.item == number and one.state is BallotState.OPEN), None)

    def newest(self, item: int) -> Model | None:
        """The last ballot of an item, over or not."""
        return next((one for one in reversed(self.ballots) if one.item == self.items[item]), None)

    def takes_votes(self, one: Model) -> bool:
        """Whether votes are taken now."""
        return one.state is BallotState.OPEN and self.now < one.closes_at

    def may_vote(self, one: Model, who: int, *, by_paper: bool = False) -> bool:
        """Whether her vote is taken."""
        seated = who in one.electors and who not in self.seatless
        return self.takes_votes(one) and seated and (by_paper or who not in self.frozen)

    def on_agenda(self, number: int) -> bool:
        """Whether a vote on the item can be opened."""
        item = self.transact(lambda session: session.get_one(AgendaItem, number))
        return item.state in (ItemState.ACCEPTED, ItemState.DISCUSSING)

    @invariant()
    def everything_adds_up(self) -> None:
        """Each ballot is what the model says, and a recount finds nothing wrong."""
        if self.items:
            self.transact(self.compare)

    async def compare(self, session: AsyncSession) -> None:
        """Look at every ballot as it is stored."""
        for one in self.ballots:
            ballot = await session.get_one(Ballot, one.id)
            again = recount(await stored_ballot(session, ballot))
            assert not again.faults, again
            count = await tally_now(session, ballot)
            assert (ballot.state, ballot.closes_at) == (one.state, one.closes_at)
            assert (count.turnout, count.electorate) == (one.tally.turnout, len(one.electors))
            hidden = one.secret and (one.state is not BallotState.CLOSED or ballot.outcome is BallotOutcome.NO_QUORUM)
            assert count.tally == (None if hidden or one.tells() else one.tally)
            await self.compare_the_end(session, ballot, one)
            if one.secret:
                assert not await _count(session, Vote, one.id)
                casts = select(func.count()).where(
                    col(BallotEntry.ballot_id) == one.id, col(BallotEntry.kind) == BallotEvent.CAST
                )
                assert not (await session.execute(casts)).scalar_one()

    async def compare_the_end(self, session: AsyncSession, ballot: Ballot, one: Model) -> None:
        """An ended ballot and its meeting; an item with an open one is being voted on."""
        item = await session.get_one(AgendaItem, one.item)
        if one.state is BallotState.OPEN:
            assert item.state is ItemState.VOTING
            return
        meeting = await session.get_one(CouncilMeeting, ballot.meeting_id)
        if one.state is BallotState.CANCELLED:
            assert (ballot.outcome, meeting.state) == (None, MeetingState.CANCELLED)
            return
        assert ballot.outcome is outcome_of(one.tally, len(one.electors), rules_of(ballot))
        assert meeting.state is MeetingState.HELD
        secretly = one.secret and ballot.outcome is BallotOutcome.NO_QUORUM
        assert counted_votes(ballot) == (None if secretly else one.tally)
        assert turnout_of(ballot) == one.tally.turnout
        self.seen[f"outcome {one.secret} {ballot.outcome.value}"] += 1


async def _count(session: AsyncSession, table: type[Vote], ballot_id: int) -> int:
    query = select(func.count()).select_from(table).where(col(table.ballot_id) == ballot_id)
    return int((await session.execute(query)).scalar_one())
