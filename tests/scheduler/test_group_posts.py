"""Two replicas show one group its messages: one pace, one message each, nothing forgotten when one of them dies."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select

from domain.channel import Erased, Erasure, Outcome, Outgoing, Receipt
from domain.usecases.group_posts import send_again, show_in_group
from handlers.group_views import view_of
from models.council import CouncilGroup, GroupPost, GroupState, PostKind
from models.session import Database
from scheduler.group_posts import LATER, LEASE, PACE, GroupPoster
from tests.support.councils import GROUP_CHAT, add_council_rows
from tests.support.county import POLICY, SATURDAY


@dataclass
class Telegram:
    """Takes messages; `ends` says how the next ones go."""

    sent: list[Outgoing] = field(default_factory=list)
    erased: list[int] = field(default_factory=list)
    ends: list[Outcome | BaseException] = field(default_factory=list)
    slow: asyncio.Event | None = None
    stripped: list[int] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, message: Outgoing) -> Receipt:
        """One message or edit."""
        self.sent.append(message)
        self.arrived.set()
        if self.slow is not None:
            await self.slow.wait()
        end = self.ends.pop(0) if self.ends else Outcome.DELIVERED
        if isinstance(end, BaseException):
            raise end
        return Receipt(end, (message.edit or 100 + len(self.sent)) if end is Outcome.DELIVERED else None)

    async def erase(self, _chat_id: int, message_ids: Sequence[int]) -> Erased:
        """Deletes."""
        self.erased += message_ids
        return Erased(Erasure.DONE)

    async def strip(self, _chat_id: int, message_id: int) -> None:
        """Takes the buttons away."""
        self.stripped.append(message_id)


@dataclass
class Stage:
    """A council with a group, and a clock that the test moves."""

    database: Database
    council: int
    now: datetime
    telegram: Telegram = field(default_factory=Telegram)

    def poster(self, look: Any = view_of) -> GroupPoster:
        """A replica's poster."""
        return GroupPoster(self.database, self.telegram, clock=lambda: self.now, policy=POLICY, view_of=look)

    async def change(self, subject: int = 0, *, urgent: bool = False) -> None:
        """The council's message changes; other subjects show nothing."""
        async with self.database.transaction() as session:
            await show_in_group(
                session, self.council, PostKind.BOUND, subject or self.council, now=self.now, urgent=urgent
            )

    async def post(self) -> GroupPost:
        """The council's message."""
        async with self.database.transaction() as session:
            return (await session.execute(select(GroupPost))).scalar_one()


@pytest.fixture
async def stage(database: Database) -> Stage:
    """One group, free to be written in."""
    async with database.transaction() as session:
        council = await add_council_rows(session, now=SATURDAY, policy=POLICY)
        group = CouncilGroup(
            council_id=council.id, chat_id=GROUP_CHAT, bound_by_id=1, bound_at=SATURDAY, free_at=SATURDAY
        )
        session.add(group)
        return Stage(database, council.id, SATURDAY)


async def test_two_replicas_keep_one_pace_and_the_last_state_is_always_shown(stage: Stage) -> None:
    posters = (stage.poster(), stage.poster())
    at: list[datetime] = []
    for _ in range(180):  # a minute and a half, with a change and a look by both every half second
        await stage.change()
        before = len(stage.telegram.sent)
        await asyncio.gather(*(poster.post_due() for poster in posters))
        at += [stage.now] * (len(stage.telegram.sent) - before)
        stage.now += timedelta(milliseconds=500)
    assert all(later - earlier >= PACE for earlier, later in pairwise(at))
    assert all(sum(start <= one < start + timedelta(minutes=1) for one in at) <= 20 for start in at)
    assert len(at) >= 25  # and as often as that allows
    stage.now += PACE
    await posters[0].post_due()
    post = await stage.post()
    assert post.shown == post.wanted == 180
    # One message, edited ever since.
    assert [message.edit for message in stage.telegram.sent[1:]] == [101] * (len(stage.telegram.sent) - 1)


async def test_a_change_while_a_message_is_on_its_way_is_shown_next(stage: Stage) -> None:
    stage.telegram.slow = asyncio.Event()
    poster, other = stage.poster(), stage.poster()
    await stage.change()
    sending = asyncio.create_task(poster.post_due())
    await stage.telegram.arrived.wait()
    await stage.change()
    assert await other.post_due() == 0  # the group is claimed
    stage.telegram.slow.set()
    await sending
    post = await stage.post()
    assert (post.shown, post.wanted) == (1, 2)
    stage.now += PACE
    assert await other.post_due() == 1
    assert (await stage.post()).shown == 2


async def test_a_replica_that_dies_in_between_holds_a_group_up_for_a_minute_at_most(stage: Stage) -> None:
    stage.telegram.slow = asyncio.Event()
    dying, other = stage.poster(), stage.poster()
    await stage.change()
    lost = asyncio.create_task(dying.post_due())
    await stage.telegram.arrived.wait()
    stage.telegram.slow = None
    stage.now += LEASE / 2
    assert await other.post_due() == 0
    stage.now += LEASE / 2
    assert await other.post_due() == 1
    assert (await stage.post()).shown == 1
    # One that is asked to stop gives its groups free at once.
    lost.cancel()
    await dying.stop()
    async with stage.database.transaction() as session:
        assert (await session.get_one(CouncilGroup, stage.council)).lease_until is None


async def test_what_fails_is_tried_again_and_holds_up_nothing_else(stage: Stage) -> None:
    stage.telegram.ends = [Outcome.UNREACHABLE, Outcome.UNKNOWN, RuntimeError("a mistake of ours")]
    poster = stage.poster()
    await stage.change(urgent=True)
    for _ in range(3):
        assert await poster.post_due() == 1
        assert (await stage.post()).shown == 0
        assert await poster.post_due() == 0
        stage.now += LATER
    assert await poster.post_due() == 1
    assert (await stage.post()).shown == 1
    # What Telegram refuses for good is not offered again and again; the next change is.
    stage.telegram.ends = [Outcome.REJECTED]
    await stage.change()
    stage.now += PACE
    await poster.post_due()
    stage.now += PACE
    assert await poster.post_due() == 0
    # Nothing to show any more.
    calls = len(stage.telegram.sent)
    await stage.change(subject=999)
    assert await poster.post_due() == 1
    assert len(stage.telegram.sent) == calls


async def test_a_message_is_sent_anew_on_request_and_the_one_before_taken_away(stage: Stage) -> None:
    poster = stage.poster()
    await stage.change()
    await poster.post_due()
    async with stage.database.transaction() as session:
        await send_again(session, stage.council, PostKind.BOUND, stage.council, now=stage.now)
    stage.now += PACE
    await poster.post_due()
    first, second = stage.telegram.sent
    assert (first.edit, second.edit) == (None, None)
    assert stage.telegram.erased == [101]
    post = await stage.post()
    assert (post.message_id, post.replaces) == (102, None)


async def test_a_group_that_is_lost_is_told_once_and_tried_every_hour(stage: Stage) -> None:
    stage.telegram.ends = [Outcome.BLOCKED, Outcome.BLOCKED]
    poster = stage.poster()
    await stage.change()
    for _ in range(2):
        assert await poster.post_due() == 1
        async with stage.database.transaction() as session:
            assert (await session.get_one(CouncilGroup, stage.council)).state is GroupState.LOST
        stage.now += timedelta(minutes=59)
        assert await poster.post_due() == 0
        stage.now += timedelta(minutes=2)
    assert await poster.post_due() == 1
    async with stage.database.transaction() as session:
        assert (await session.get_one(CouncilGroup, stage.council)).state is GroupState.BOUND
