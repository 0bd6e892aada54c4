"""Ballots in all hands: a machine that lets people do whatever they try, on a real database, beside a model of it.

What the use-cases allow must be exactly what the model (`ballot_model.py`) allows.
"""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.rules.ballot import Tally
from domain.usecases.ballot_casting import cast_vote
from domain.usecases.ballot_changes import cancel_ballot, extend_ballot
from domain.usecases.ballot_closing import close_ballot, close_due
from domain.usecases.ballot_opening import open_ballot
from domain.usecases.ballot_papers import enter_vote, put_papers
from domain.usecases.ballot_reminders import remind_due
from domain.usecases.item_guests import uninvite
from models.agenda import AgendaItem, ItemState
from models.area import Area
from models.ballot import BallotChoice, BallotState, VoteWay
from models.member import Appointment, Member, Role
from tests.rules.ballot_model import GUESTS, LATECOMER, PEOPLE, BallotHands, Model
from tests.support.ballots import salt
from tests.support.councils import CHAIR, VOTERS
from tests.support.county import POLICY

SOMEBODY = st.sampled_from(PEOPLE)
A_MEMBER = st.sampled_from(VOTERS[1:])
OFTEN_THE_CHAIR = st.sampled_from([*[CHAIR] * 4, VOTERS[1]])
CHOICE = st.sampled_from(BallotChoice)
ITEM = st.integers(0, 1)
DECIDED = {"passed": ItemState.PASSED, "rejected": ItemState.REJECTED, "no_quorum": ItemState.NO_QUORUM}


class BallotsInAllHands(BallotHands):
    """What people try."""

    @initialize()
    def a_council(self) -> None:
        """Two small matters are on its agenda; both are put to the vote, one openly, one secretly."""
        self.found()
        self.is_opened(0, secret=False, minutes=90, by=CHAIR)
        self.is_opened(1, secret=True, minutes=90, by=CHAIR)

    @rule(item=ITEM, secret=st.booleans(), minutes=st.sampled_from([5, 10, 90, 600]), by=OFTEN_THE_CHAIR)
    def is_opened(self, item: int, *, secret: bool, minutes: int, by: int) -> None:
        """By the chair, with a deadline that may be too near."""
        number, closes_at, name = self.items[item], self.now + timedelta(minutes=minutes), self.conversation()
        opened = []

        async def work(session: AsyncSession, who: Actor) -> None:
            opened.append(
                await open_ballot(
                    session, actor=who, item_id=number, secret=secret, closes_at=closes_at, conversation_id=name,
                    now=self.now, token=salt, policy=POLICY,
                )
            )  # fmt: skip

        expected = by == CHAIR and minutes >= 10 and self.running(item) is None and self.on_agenda(number)
        expected = expected and CHAIR not in self.seatless | self.frozen
        assert self.does(by, f"opened secret={secret}", work) == expected
        if expected:
            people = (*VOTERS, LATECOMER, GUESTS[item])
            electors = tuple(who for who in people if who not in self.seatless)
            self.ballots.append(Model(opened[0].id, number, secret, electors, closes_at))

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
            before = one.entered.get(who)
            if who not in one.papers or before is None or before[:2] != (choice, way):
                one.entered[who] = (choice, way, self.now)
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
        """Between two presses. X go otherwise."""
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

    @rule(item=ITEM, by_chair=st.booleans())
    def a_guest_goes(self, item: int, *, by_chair: bool) -> None:
        """She stays away herself at any time; the chair sends her away only while nobody votes on the item."""
        guest = GUESTS[item]
        by = CHAIR if by_chair else guest
        if by in self.seatless | self.frozen:
            return
        goes = self.does(by, f"guest gone by_chair={by_chair}", lambda session, actor: uninvite(
            session, actor=actor, item_id=self.items[item], guest_id=item + 1, now=self.now, policy=POLICY
        ))  # fmt: skip
        assert goes == (guest not in self.seatless and not (by_chair and self.running(item)))
        if goes:
            self.seatless.add(guest)

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
        """When nobody is left whose vote can still come, by a press or on paper."""
        one = self.newest(item)
        if one is None or CHAIR in self.seatless | self.frozen:
            return
        closed = self.does(CHAIR, "closed by the chair", lambda session, actor: close_ballot(
            session, actor=actor, ballot_id=one.id, now=self.now, policy=POLICY
        ))  # fmt: skip
        voted = one.votes.keys() | one.papers
        waiting = [who for who in one.electors if self.may_vote(one, who, by_paper=True) and who not in voted]
        assert closed == (self.takes_votes(one) and not waiting and one.fit_to_end(self.now))
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
