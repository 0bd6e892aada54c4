"""Turns are given in time to those who wait for them, also when some of them give up."""

import asyncio

import pytest

from domain.channel import Lane
from handlers.limiter import Limiter, NoMoreTurnsError
from tests.wire.timeline import Timeline, settle


class Crowd:
    """People who each want to send one message through a limiter, and when each of them could."""

    def __init__(self, timeline: Timeline, per_second: int = 30) -> None:
        self.timeline = timeline
        self.limiter = Limiter(per_second, clock=timeline.clock, call_later=timeline.call_later)
        self.sent: list[tuple[float, str]] = []

    def wants(self, name: str, chat: int, lane: Lane = Lane.REPLY) -> asyncio.Task[None]:
        return asyncio.create_task(self._send(name, chat, lane))

    async def _send(self, name: str, chat: int, lane: Lane) -> None:
        async with self.limiter.turn(chat, lane):
            self.sent.append((round(self.timeline.now - 1000.0, 3), name))


@pytest.fixture
def crowd(timeline: Timeline) -> Crowd:
    return Crowd(timeline)


async def test_a_lone_message_goes_without_waiting(crowd: Crowd, timeline: Timeline) -> None:
    await crowd.wants("hello", 1)
    assert crowd.sent == [(0.0, "hello")]
    assert timeline.next_call() is None


async def test_waiting_messages_are_called_when_their_time_has_come(crowd: Crowd, timeline: Timeline) -> None:
    tasks = [crowd.wants(str(number), 1) for number in range(5)]
    await timeline.until(1010.0)
    assert crowd.sent == [(0.0, "0"), (0.0, "1"), (0.0, "2"), (1.0, "3"), (2.0, "4")]
    assert all(task.done() for task in tasks)


async def test_an_alert_rings_earlier_than_the_alarm_that_was_set(crowd: Crowd, timeline: Timeline) -> None:
    for number in range(30):
        crowd.wants(str(number), -1, Lane.NOTICE)
    await timeline.until(1030.0)
    crowd.wants("red", -1, Lane.RED)
    await timeline.until(1030.0)
    assert crowd.sent[-1] == (30.0, "red")


async def test_whoever_gives_up_leaves_no_gap(crowd: Crowd, timeline: Timeline) -> None:
    tasks = [crowd.wants(str(number), 1) for number in range(6)]
    await settle()
    tasks[3].cancel()
    await timeline.until(1010.0)
    assert crowd.sent[3:] == [(1.0, "4"), (2.0, "5")]


async def test_giving_up_in_the_very_moment_of_the_turn_hands_it_on(timeline: Timeline) -> None:
    crowd = Crowd(timeline, per_second=0)
    holder = await crowd.limiter.enter(1, Lane.REPLY)
    first, second = crowd.wants("first", 1), crowd.wants("second", 1)
    await settle()
    crowd.limiter.leave(holder)  # gives the turn to `first`, which has not noticed yet
    first.cancel()
    await settle()
    assert crowd.sent == [(0.0, "second")]
    assert second.done()


async def test_a_halt_is_as_long_as_telegram_said(crowd: Crowd, timeline: Timeline) -> None:
    async with crowd.limiter.turn(1, Lane.REPLY) as turn:
        crowd.limiter.refused(1, 7.0)
        assert crowd.limiter.halt(1) == 7.0
        assert crowd.limiter.halt(2) == 0.0
        again = asyncio.create_task(turn.again())
        await timeline.until(1006.9)
        assert not again.done()
        await timeline.until(1007.0)
        assert again.done()


async def test_giving_up_while_waiting_to_try_again_frees_the_chat(crowd: Crowd, timeline: Timeline) -> None:
    async def refused_once() -> None:
        async with crowd.limiter.turn(1, Lane.REPLY) as turn:
            crowd.limiter.refused(1, 7.0)
            await turn.again()

    impatient = asyncio.create_task(refused_once())
    await settle()
    next_one = crowd.wants("next", 1)
    impatient.cancel()
    await timeline.until(1007.0)
    assert crowd.sent == [(7.0, "next")]
    assert next_one.done()


async def test_twenty_thousand_waiting_messages_all_go(timeline: Timeline) -> None:
    crowd = Crowd(timeline, per_second=1000)
    tasks = [crowd.wants(str(chat), chat, Lane.DIGEST) for chat in range(1, 20_001)]
    await timeline.until(1020.1)
    assert all(task.done() for task in tasks)
    assert [name for _, name in crowd.sent] == [str(chat) for chat in range(1, 20_001)]


async def test_when_the_program_stops_whoever_waits_is_told_at_once(crowd: Crowd, timeline: Timeline) -> None:
    tasks = [crowd.wants(str(number), 1) for number in range(5)]
    await settle()
    crowd.limiter.close()
    late = crowd.wants("late", 2)
    ends = await asyncio.gather(*tasks, late, return_exceptions=True)
    assert [type(end) for end in ends] == [type(None)] * 3 + [NoMoreTurnsError] * 3
    await timeline.until(1010.0)
    assert len(crowd.sent) == 3
