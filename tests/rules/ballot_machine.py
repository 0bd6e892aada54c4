"""Ballots in all hands: a machine that lets people do whatever they try, on a real database, beside a model of it.

The model knows who is on a list, who has lost her seat and what was voted; what the use-cases allow must be exactly
what the model allows, and what they count must be what the model counts.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.refusals import RefusedError
from domain.rules.ballot import Tally, outcome_of, tally_of
from domain.rules.recount import recount
from domain.usecases.ballot_casting import cast_vote
from domain.usecases.ballot_changes import cancel_ballot, extend_ballot
from domain.usecases.ballot_closing import close_ballot, close_due
from domain.usecases.ballot_counting import tally_now
from domain.usecases.ballot_log import rules_of, stored_ballot
from domain.usecases.ballot_papers import enter_vote, put_papers
from domain.usecases.ballot_reminders import remind_due
from domain.usecases.ballots import open_ballot
from models.agenda import AgendaItem, ItemState, Urgency
from models.area import Area
from models.ballot import Ballot, BallotChoice, BallotEntry, BallotEvent, BallotState, Vote, VoteWay
from models.meeting import CouncilMeeting, MeetingState
from models.member import Appointment, Member, Role
from tests.rules.dispute_hands import Hands
from tests.support.ballots import actor, add_guests, add_item
from tests.support.councils import CHAIR, VOTERS, add_council_rows
from tests.support.county import HEAD, POLICY

GUESTS = (151, 152)
LATECOMER = HEAD  # she gets a seat when ballots are open already
PEOPLE = (*VOTERS, *GUESTS, LATECOMER)
SOMEBODY = st.sampled_from(PEOPLE)
A_MEMBER = st.sampled_from(VOTERS[1:])
OFTEN_THE_CHAIR = st.sampled_from([*[CHAIR] * 4, VOTERS[1]])
CHOICE = st.sampled_from(BallotChoice)
ITEM = st.integers(0, 1)
DECIDED = {"passed": ItemState.PASSED, "rejected": ItemState.REJECTED, "no_quorum": ItemState.NO_QUORUM}
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
    state: BallotState = BallotState.OPEN

    @property
    def tally(self) -> Tally:
        """All votes."""
        one = tally_of(self.votes.values())
        two = self.mixed
        return Tally(one.favour + two.favour, one.against + two.against, one.abstain + two.abstain)


class BallotsInAllHands(Hands):
    """A council of seven, two items with two people of X each, and a latecomer."""

    def __init__(self, template: Path, seen: Counter[str]) -> None:
        super().__init__(template, seen)
        self.items: list[int] = []
        self.ballots: list[Model] = []
        self.seatless: set[int] = {LATECOMER}
        self.frozen: set[int] = set()

    @initialize()
    def a_council(self) -> None:
        """Two small matters are on its agenda; both are put to the vote, one openly, one secretly."""

        async def found(session: AsyncSession) -> None:
            council = await add_council_rows(session, now=self.now, policy=POLICY)
            for number, guest in enumerate(GUESTS, 1):
                item = await add_item(session, council, now=self.now, number=number, urgency=Urgency.SMALL)
                await add_guests(session, item, [guest], self.now)
                self.items.append(item.id)
            members = await session.execute(select(col(Member.telegram_id), col(Member.id)))
            self.numbers = {row[0]: row[1] for row in members.all()}

        self.transact(found)
        self.is_opened(0, secret=False, minutes=90, by=CHAIR)
        self.is_opened(1, secret=True, minutes=90, by=CHAIR)

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

    @rule(item=ITEM, secret=st.booleans(), minutes=st.sampled_from([5, 10, 90, 600]), by=OFTEN_THE_CHAIR)
    def is_opened(self, item: int, *, secret: bool, minutes: int, by: int) -> None:
        """By the chair, with a deadline that may be too near."""
        number, closes_at, name = self.items[item], self.now + timedelta(minutes=minutes), self.conversation()
        opened = []

        async def work(session: AsyncSession, who: Actor) -> None:
            opened.append(
                await open_ballot(
                    session, actor=who, item_id=number, secret=secret, closes_at=closes_at, conversation_id=name,
                    now=self.now, policy=POLICY,
                )
            )  # fmt: skip

        expected = by == CHAIR and minutes >= 10 and self.running(item) is None and self.on_agenda(number)
        expected = expected and CHAIR not in self.seatless | self.frozen
        assert self.does(by, f"opened secret={secret}", work) == expected
        if expected:
            people = (*VOTERS, LATECOMER, GUESTS[item])
            electors = tuple(who for who in people if who not in self.seatless)
            self.ballots.append(Model(opened[0].id, number, secret, electors, closes_at))

    def on_agenda(self, number: int) -> bool:
        """Whether a vote on the item can be opened."""
        item = self.transact(lambda session: session.get_one(AgendaItem, number))
        return item.state in (ItemState.ACCEPTED, ItemState.DISCUSSING)

    @rule(item=ITEM, favour=st.integers(0, len(PEOPLE)), order=st.permutations(PEOPLE))
    def everybody_votes(self, item: int, favour: int, order: list[int]) -> None:
        """So many in favour, and the others against it."""
        self.is_voted_in(item, order[:favour], BallotChoice.FAVOUR, 1)
        self.is_voted_in(item, order[favour:], BallotChoice.AGAINST, 1)

    @rule(item=ITEM, by=st.lists(SOMEBODY, min_size=1, max_size=5), choice=CHOICE, times=st.integers(1, 2))
    def is_voted_in(self, item: int, by: list[int], choice: BallotChoice, times: int) -> None:
        """By anybody, some twice."""
        one = self.newest(item)
        for who in by * times if one else []:
            assert one
            fresh = not one.secret or who not in one.votes.keys() | one.papers
            expected = self.may_vote(one, who) and fresh
            cast = self.does(who, f"cast secret={one.secret}", lambda session, actor: cast_vote(
                session, actor=actor, ballot_id=one.id, choice=choice, now=self.now, policy=POLICY
            ))  # fmt: skip
            assert cast == expected, (who, choice)
            if cast:
                one.votes[who] = choice
                one.papers.discard(who)

    @rule(item=ITEM, who=SOMEBODY, choice=CHOICE, way=st.sampled_from([VoteWay.PAPER, VoteWay.PROXY]))
    def is_entered_for(self, item: int, who: int, choice: BallotChoice, way: VoteWay) -> None:
        """By the chair: for whoever has not voted herself, in an open ballot."""
        one = self.newest(item)
        if one is None or CHAIR in self.seatless | self.frozen:
            return
        entered = self.does(CHAIR, "entered", lambda session, actor: enter_vote(
            session, actor=actor, ballot_id=one.id, member_id=self.numbers[who], choice=choice, way=way, now=self.now,
            policy=POLICY,
        ))  # fmt: skip
        herself = who in one.votes and who not in one.papers
        assert entered == (not one.secret and self.may_vote(one, who, by_paper=True) and not herself)
        if entered:
            one.votes[who] = choice
            one.papers.add(who)

    @rule(item=ITEM, people=st.sets(SOMEBODY, min_size=2, max_size=4), favour=st.integers(0, 4), wrong=st.booleans())
    def papers_are_put_in(self, item: int, people: set[int], favour: int, *, wrong: bool) -> None:
        """Into a secret ballot's box, sometimes with a sum that cannot be."""
        one = self.newest(item)
        if one is None or CHAIR in self.seatless | self.frozen:
            return
        tally = Tally(favour=favour, against=max(0, len(people) - favour) + int(wrong))
        put = self.does(CHAIR, "papers", lambda session, actor: put_papers(
            session, actor=actor, ballot_id=one.id, member_ids=[self.numbers[who] for who in people], tally=tally,
            now=self.now, policy=POLICY,
        ))  # fmt: skip
        fits = len(people) >= 3 and tally.turnout == len(people)
        fresh = not people & (one.votes.keys() | one.papers)
        assert put == (one.secret and fits and fresh and all(self.may_vote(one, who, by_paper=True) for who in people))
        if put:
            one.papers |= people
            before = one.mixed
            one.mixed = Tally(before.favour + tally.favour, before.against + tally.against)

    @rule(who=SOMEBODY, gone=st.booleans())
    def a_seat_is_lost_or_given(self, who: int, *, gone: bool) -> None:
        """Between two presses. X keep theirs here."""
        if who in GUESTS or gone == (who in self.seatless):
            return

        async def change(session: AsyncSession) -> None:
            number, role = self.numbers[who], Role.COUNCIL_CHAIR if who == CHAIR else Role.COUNCIL_MEMBER
            if gone:
                await session.execute(
                    delete(Appointment).where(col(Appointment.member_id) == number, col(Appointment.role) == role)
                )
                return
            village = (await session.execute(select(Area).where(col(Area.code) == "T-A"))).scalar_one()
            today = POLICY.today(self.now)
            session.add(Appointment(member_id=number, area_id=village.id, role=role, starts_on=today))

        self.transact(change)
        (self.seatless.add if gone else self.seatless.discard)(who)

    @rule(who=A_MEMBER, frozen=st.booleans())
    def an_account_is_frozen(self, who: int, *, frozen: bool) -> None:
        """Or given back."""
        change = update(Member).where(col(Member.id) == self.numbers[who])
        self.transact(lambda session: session.execute(change.values(frozen_at=self.now if frozen else None)))
        (self.frozen.add if frozen else self.frozen.discard)(who)

    @rule(minutes=st.sampled_from([1, 4, 30, 300, 700]), exactly=st.booleans())
    def time_passes(self, minutes: int, *, exactly: bool) -> None:
        """To the very second of a deadline at times; then the sweep comes."""
        ends = sorted(one.closes_at for one in self.ballots if one.state is BallotState.OPEN)
        self.now = ends[0] if exactly and ends else self.now + timedelta(minutes=minutes)
        for one in self.ballots:
            if one.state is BallotState.OPEN and self.now >= one.closes_at:
                who = next((who for who in one.electors if who not in self.seatless), None)
                if who is not None:  # too late, whether or not the sweep has come
                    assert not self.does(who, "too late", lambda session, actor, one=one: cast_vote(  # type: ignore[misc]
                        session, actor=actor, ballot_id=one.id, choice=BallotChoice.FAVOUR, now=self.now, policy=POLICY
                    ))  # fmt: skip
        self.transact(lambda session: remind_due(session, now=self.now, policy=POLICY, limit=10))
        closed = self.transact(lambda session: close_due(session, now=self.now, policy=POLICY, limit=10))
        over = [one for one in self.ballots if one.state is BallotState.OPEN and one.closes_at <= self.now]
        assert closed == len(over)
        for one in over:
            one.state = BallotState.CLOSED
            self.seen["closed by its deadline"] += 1

    @rule(item=ITEM)
    def is_closed_by_the_chair(self, item: int) -> None:
        """When nobody is left who can vote and has not."""
        one = self.newest(item)
        if one is None or CHAIR in self.seatless | self.frozen:
            return
        closed = self.does(CHAIR, "closed by the chair", lambda session, actor: close_ballot(
            session, actor=actor, ballot_id=one.id, now=self.now, policy=POLICY
        ))  # fmt: skip
        waiting = [who for who in one.electors if self.may_vote(one, who) and who not in one.votes.keys() | one.papers]
        assert closed == (self.takes_votes(one) and not waiting)
        if closed:
            one.state = BallotState.CLOSED

    @rule(item=ITEM, minutes=st.sampled_from([-60, 20, 900]))
    def is_given_more_time(self, item: int, minutes: int) -> None:
        """Later, never earlier."""
        one = self.newest(item)
        if one is None or CHAIR in self.seatless | self.frozen:
            return
        later = one.closes_at + timedelta(minutes=minutes)
        extended = self.does(CHAIR, "extended", lambda session, actor: extend_ballot(
            session, actor=actor, ballot_id=one.id, closes_at=later, now=self.now
        ))  # fmt: skip
        assert extended == (self.takes_votes(one) and minutes > 0)
        if extended:
            one.closes_at = later

    @rule(item=ITEM, by=st.sampled_from([CHAIR, VOTERS[2]]), sure=st.sampled_from([False, False, True]))
    def is_cancelled(self, item: int, by: int, *, sure: bool) -> None:
        """By the chair alone."""
        one = self.newest(item)
        if one is None or not sure or by in self.seatless | self.frozen:
            return
        cancelled = self.does(by, "cancelled", lambda session, actor: cancel_ballot(
            session, actor=actor, ballot_id=one.id, reason="写错了", now=self.now, policy=POLICY
        ))  # fmt: skip
        assert cancelled == (by == CHAIR and self.takes_votes(one))
        if cancelled:
            one.state = BallotState.CANCELLED

    @rule(item=ITEM)
    def is_taken_up_again(self, item: int) -> None:
        """What was decided goes back to the agenda: for the machine, so that there is another ballot."""
        change = update(AgendaItem).where(
            col(AgendaItem.id) == self.items[item], col(AgendaItem.state).in_(list(DECIDED.values()))
        )
        self.transact(lambda session: session.execute(change.values(state=ItemState.DISCUSSING)))

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
            hidden = one.secret and one.state is not BallotState.CLOSED
            assert count.tally == (None if hidden else one.tally)
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
        assert Tally(ballot.favour or 0, ballot.against or 0, ballot.abstain or 0) == one.tally
        self.seen[f"outcome {one.secret} {ballot.outcome.value}"] += 1


async def _count(session: AsyncSession, table: type[Vote], ballot_id: int) -> int:
    query = select(func.count()).select_from(table).where(col(table.ballot_id) == ballot_id)
    return int((await session.execute(query)).scalar_one())
