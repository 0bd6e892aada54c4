"""What the clock does to a vote: reminders to those who have not voted, the deadline, and a night in between."""

import logging
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import LargeBinary, Table, literal, update

from domain.usecases.ballot_casting import cast_vote
from domain.usecases.ballot_changes import extend_ballot
from domain.usecases.ballot_opening import open_ballot
from domain.usecases.ballot_reminders import wanted_votes
from models.agenda import AgendaItem, ItemState, Urgency
from models.ballot import Ballot, BallotBox, BallotChoice, BallotOutcome, BallotState, ClosedBy
from models.council import Council
from tests.support.ballots import actor, add_guests, add_item, member_id, salt
from tests.support.councils import CHAIR, FIFTH, FIRST, FOURTH, GROUP_CHAT, SECOND, SIXTH, THIRD, add_council
from tests.support.county import EXPERT, POLICY, TOWNSHIP
from tests.support.groups import group_shows
from tests.support.hands import Bench

MEMBERS = (CHAIR, FIRST, SECOND, THIRD, FOURTH, FIFTH, SIXTH)


async def opened(
    bench: Bench, *, hours: float, secret: bool = False, urgency: Urgency = Urgency.SMALL, guests: tuple[int, ...] = ()
) -> int:
    """A vote; its number. What is told of its opening is left unread."""
    council_id, now = await add_council(bench), bench.clock.now
    async with bench.database.transaction() as session:
        council = await session.get_one(Council, council_id)
        item = await add_item(session, council, now=now, urgency=urgency)
        await add_guests(session, item, guests, now)
        ballot = await open_ballot(
            session, actor=await actor(session, CHAIR, now, POLICY), item_id=item.id, secret=secret,
            closes_at=now + timedelta(hours=hours), conversation_id="c", now=now, token=salt, policy=POLICY,
        )  # fmt: skip
        number = ballot.id
    await bench.tick()
    await group_shows(bench)
    return number


async def vote(bench: Bench, number: int, *people: int) -> None:
    """They vote, in favour."""
    for who in people:
        async with bench.database.transaction() as session:
            await cast_vote(
                session, actor=await actor(session, who, bench.clock.now, POLICY), ballot_id=number,
                choice=BallotChoice.FAVOUR, now=bench.clock.now, policy=POLICY,
            )  # fmt: skip


def who_is_told(bench: Bench, *people: int) -> set[int]:
    """Those of them who have something new in their private chats."""
    return {who for who in people or MEMBERS if bench.person(who).reads()}


async def later(bench: Bench, **units: float) -> None:
    """Time goes by, and the sweep comes."""
    bench.pass_time(**units)
    await bench.tick()


async def test_who_has_not_voted_is_reminded_at_half_time_and_before_the_end(bench: Bench) -> None:
    number = await opened(bench, hours=24, secret=True, guests=(EXPERT, TOWNSHIP))
    # X may not be in the group: they are told at once. The proposer hears that her item is being voted on.
    assert who_is_told(bench, EXPERT, TOWNSHIP, *MEMBERS) == {EXPERT, TOWNSHIP, FIRST}
    await vote(bench, number, CHAIR, FIRST, EXPERT)
    await later(bench, hours=11)
    assert who_is_told(bench) == set()
    await later(bench, hours=1)  # nine in the evening: nobody is woken, and the reminder waits for the morning
    assert who_is_told(bench, *MEMBERS, EXPERT, TOWNSHIP) == set()
    await vote(bench, number, SECOND)
    await later(bench, hours=10, minutes=5)
    assert who_is_told(bench, *MEMBERS, EXPERT, TOWNSHIP) == {THIRD, FOURTH, FIFTH, SIXTH, TOWNSHIP}
    await later(bench, minutes=56)  # an hour before the end
    assert who_is_told(bench, *MEMBERS, EXPERT, TOWNSHIP) == {THIRD, FOURTH, FIFTH, SIXTH, TOWNSHIP}
    await vote(bench, number, THIRD, FOURTH)
    await later(bench, minutes=30)
    assert who_is_told(bench, *MEMBERS, EXPERT, TOWNSHIP) == set()
    await bench.restart()  # the deadline is in the database
    await later(bench, hours=9)
    async with bench.database.transaction() as session:
        ballot = await session.get_one(Ballot, number)
        item = await session.get_one(AgendaItem, ballot.item_id)
    assert (ballot.state, ballot.closed_by, ballot.outcome) == (
        *(BallotState.CLOSED, ClosedBy.DEADLINE, BallotOutcome.PASSED),
    )
    assert ballot.ended_at == ballot.closes_at  # not when somebody came to count
    assert item.state is ItemState.PASSED
    assert who_is_told(bench, *MEMBERS, EXPERT, TOWNSHIP) == {CHAIR, FIRST}
    [shown] = await group_shows(bench)
    assert "通过" in shown.text
    bench.all_unread()  # the workers' morning


async def test_an_urgent_vote_calls_half_an_hour_before_and_more_time_starts_anew(bench: Bench) -> None:
    number = await opened(bench, hours=2, urgency=Urgency.URGENT)
    assert who_is_told(bench) == {FIRST}
    await vote(bench, number, CHAIR, FIRST, SECOND, THIRD, FOURTH)
    await later(bench, hours=1, minutes=31)  # half time was missed: one word, not two
    assert {who: len(bench.person(who).reads()) for who in MEMBERS} == dict.fromkeys(MEMBERS, 0) | {FIFTH: 1, SIXTH: 1}
    async with bench.database.transaction() as session:
        ballot = await session.get_one(Ballot, number)
        chair = await actor(session, CHAIR, bench.clock.now, POLICY)
        await extend_ballot(
            session, actor=chair, ballot_id=number, closes_at=ballot.closes_at + timedelta(hours=2),
            now=bench.clock.now,
        )  # fmt: skip
    await later(bench, minutes=31)
    assert who_is_told(bench) == {FIFTH, SIXTH}  # half time of the longer vote
    await group_shows(bench)
    await later(bench, hours=3)
    assert who_is_told(bench) == {CHAIR, FIRST}
    await group_shows(bench)


async def test_an_open_vote_is_shown_again_when_its_message_was_deleted(bench: Bench) -> None:
    await opened(bench, hours=2)
    assert who_is_told(bench) == {FIRST}
    [message] = [one for one in bench.box.messages(GROUP_CHAT) if one["from"]["is_bot"]]
    bench.box.act(CHAIR, GROUP_CHAT, "delete", message_id=message["message_id"])
    assert await group_shows(bench) == []
    await bench.sweep.shown_ballots()
    [again] = await group_shows(bench)
    assert again.message_id != message["message_id"]


async def test_boxes_that_cannot_be_read_keep_no_other_vote_waiting(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Three of four are unreadable, and a batch takes two: the sweep comes to the fourth all the same."""
    monkeypatch.setattr("scheduler.sweep.BALLOTS_AT_ONCE", 2)
    council_id, now = await add_council(bench), bench.clock.now
    async with bench.database.transaction() as session:
        council = await session.get_one(Council, council_id)
        chair = await actor(session, CHAIR, now, POLICY)
        numbers = []
        for number in range(1, 5):
            item = await add_item(session, council, now=now, number=number, urgency=Urgency.URGENT)
            ballot = await open_ballot(
                session, actor=chair, item_id=item.id, secret=True, closes_at=now + timedelta(hours=1, minutes=number),
                conversation_id=f"c{number}", now=now, token=salt, policy=POLICY,
            )  # fmt: skip
            numbers.append(ballot.id)
    for number in numbers:
        await vote(bench, number, *MEMBERS[:5])
    async with bench.database.transaction() as session:
        boxes: Table = BallotBox.__table__  # type: ignore[attr-defined]
        broken = boxes.c.ballot_id.in_(numbers[:2])
        await session.execute(update(boxes).where(broken).values(contents=literal(b"lost", LargeBinary)))
        (await session.get_one(BallotBox, numbers[2])).contents = "x|1"
        members = {who: await member_id(session, who) for who in (FIFTH, SIXTH)}
    bench.all_unread()
    with caplog.at_level(logging.ERROR):
        await later(bench, minutes=33)
        told = [said.text for who in (FIFTH, SIXTH) for said in bench.person(who).reads()]
        async with bench.database.transaction() as session:
            pairs = {(member, number) for member in members.values() for number in numbers}
            voted = {(members[FIFTH], numbers[3])}
            await cast_vote(
                session, actor=await actor(session, FIFTH, bench.clock.now, POLICY), ballot_id=numbers[3],
                choice=BallotChoice.FAVOUR, now=bench.clock.now, policy=POLICY,
            )  # fmt: skip
            assert await wanted_votes(session, pairs, now=bench.clock.now, policy=POLICY) == pairs - voted
        await later(bench, hours=1)
    assert len(told) == len(members)
    lines = Counter(message.split()[0] for message in caplog.messages)
    assert (lines["vote_not_reminded_of"], lines["ballot_not_closed"]) == (3, 3)
    async with bench.database.transaction() as session:
        states = [(await session.get_one(Ballot, number)).state for number in numbers]
    assert states == [BallotState.OPEN] * 3 + [BallotState.CLOSED]
    bench.all_unread()
