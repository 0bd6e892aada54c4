"""Telegram's limits are never broken, nobody waits without need, and red goes first."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.channel import Lane
from handlers.pacer import Pacer
from tests.wire.plain_pacer import PlainPacer
from tests.wire.traffic import Message, Sent, Simulation

HAIR = 1e-6  # seconds; what floating point may shave off a limit
GROUPS = st.sampled_from([-1, -2, -3])
PEOPLE = st.integers(1, 60)


@st.composite
def traffic(draw: st.DrawFn, refusals: bool = False) -> list[Message]:
    """Bursts at a few moments, so that limits are really pressed against."""
    moments = draw(st.lists(st.floats(0, 70, allow_nan=False), min_size=1, max_size=6))
    message = st.builds(
        Message,
        at=st.sampled_from(moments),
        chat=st.one_of(GROUPS, PEOPLE),
        lane=st.sampled_from(Lane),
        refusal=st.sampled_from([0.0] * 12 + [1.0, 4.0, 30.0]) if refusals else st.just(0.0),
    )
    size = draw(st.sampled_from([1, 10, 60, 200]))  # left to itself, hypothesis draws short lists
    return draw(st.lists(message, min_size=size, max_size=size))


def times_by_chat(messages: Sequence[Message], sent: Sequence[Sent]) -> dict[int, list[float]]:
    times: dict[int, list[float]] = defaultdict(list)
    for one in sent:
        times[messages[one.number].chat].append(one.at)
    return times


def assert_limits_hold(messages: Sequence[Message], sent: Sequence[Sent]) -> None:
    every = [one.at for one in sent]
    assert every == sorted(every)
    assert all(late - early >= 1 - HAIR for early, late in zip(every, every[30:], strict=False))
    for chat, times in times_by_chat(messages, sent).items():
        if chat < 0:
            assert all(late - early >= 1 - HAIR for early, late in pairwise(times))
            assert all(late - early >= 60 - HAIR for early, late in zip(times, times[20:], strict=False))
        else:
            for first, early in enumerate(times):
                for last, late in enumerate(times[first:], first):
                    assert last - first + 1 <= 3 + (late - early) + HAIR


def assert_lines_keep_order(messages: Sequence[Message], sent: Sequence[Sent]) -> None:
    lines: dict[tuple[int, Lane], list[int]] = defaultdict(list)
    for one in sent:
        line = lines[messages[one.number].chat, messages[one.number].lane]
        if not line or line[-1] != one.number:  # twice in a row: refused and sent again
            line.append(one.number)
    for line in lines.values():
        assert line == sorted(line, key=lambda number: (messages[number].at, number))


@settings(max_examples=60)
@given(traffic(), st.sampled_from([0.0, 0.05, 1.5]), st.sampled_from([0.0, 0.003]))
def test_no_limit_is_ever_broken_and_everything_is_sent(
    messages: list[Message], service: float, lateness: float
) -> None:
    sent = Simulation(messages, service=service, lateness=lateness).run()
    assert sorted(one.number for one in sent) == list(range(len(messages)))
    assert_limits_hold(messages, sent)
    assert_lines_keep_order(messages, sent)


@settings(max_examples=60)
@given(traffic(refusals=True), st.lists(st.floats(0, 0.9), min_size=1, max_size=7))
def test_no_limit_is_broken_by_a_program_too_busy_to_send_at_once(messages: list[Message], lags: list[float]) -> None:
    sent = Simulation(messages, lags=lags).run()
    assert {one.number for one in sent} == set(range(len(messages)))
    assert_limits_hold(messages, sent)


@settings(max_examples=60)
@given(traffic(refusals=True))
def test_no_halt_is_ended_early_and_everything_is_sent_in_the_end(messages: list[Message]) -> None:
    simulation = Simulation(messages)
    sent = simulation.run()
    assert {one.number for one in sent} == set(range(len(messages)))
    assert_limits_hold(messages, sent)
    assert_lines_keep_order(messages, sent)
    for refused_at, chat, seconds in simulation.refusals:
        for at in times_by_chat(messages, sent)[chat]:
            assert not refused_at < at < refused_at + seconds - HAIR
    for (early, one_chat, one_halt), (late, other_chat, other_halt) in pairwise(simulation.refusals):
        if one_chat != other_chat and late - early <= 1:
            end = max(early + one_halt, late + other_halt)
            assert not any(late < one.at < end - HAIR for one in sent)


@settings(max_examples=60)
@given(traffic(refusals=True), st.sampled_from([0.0, 0.05, 1.5]))
def test_the_order_is_by_lane_and_then_by_age_among_the_chats_that_are_free(
    messages: list[Message], service: float
) -> None:
    quick = Simulation(messages, service=service).run()
    plain = Simulation(messages, service=service, make=PlainPacer).run()
    assert [pair for pair in zip(quick, plain, strict=True) if pair[0] != pair[1]][:1] == []


def test_whoever_comes_while_the_alarm_is_late_does_not_push_in() -> None:
    pacer = Pacer(2)
    pacer.done(pacer.ask(9, Lane.REPLY, 0.0))
    early = pacer.ask(1, Lane.REPLY, 0.0)
    assert pacer.release(0.5) == []
    late = pacer.ask(2, Lane.REPLY, 1.5)
    assert not late.gone
    assert pacer.release(1.5) == [early]


@pytest.mark.parametrize("lateness", [0.0, 0.003])
def test_bulk_to_many_people_uses_at_least_95_percent_of_what_is_allowed(lateness: float) -> None:
    messages = [Message(0.0, chat, Lane.DIGEST) for chat in range(1, 2001)]
    sent = Simulation(messages, lateness=lateness).run()
    assert len(sent) / sent[-1].at >= 0.95 * 30


def test_bulk_of_a_busy_program_loses_little_and_breaks_no_limit() -> None:
    messages = [Message(0.0, chat, Lane.DIGEST) for chat in range(1, 2001)]
    sent = Simulation(messages, lags=(0.0, 0.01, 0.0, 0.03, 0.002)).run()
    assert_limits_hold(messages, sent)
    assert len(sent) / sent[-1].at >= 0.92 * 30


def test_bulk_to_one_group_uses_at_least_95_percent_of_what_is_allowed() -> None:
    sent = Simulation([Message(0.0, -1, Lane.DIGEST) for _ in range(191)]).run()
    assert 190 / sent[-1].at * 60 >= 0.95 * 20


def test_bulk_to_one_person_goes_once_a_second() -> None:
    sent = Simulation([Message(0.0, 1, Lane.DIGEST) for _ in range(50)]).run()
    assert sent[-1].at == pytest.approx(48.0)


def waits_of_red(reds: Sequence[Message], bulk: Lane = Lane.DIGEST) -> list[float]:
    messages = [Message(0.0, chat, bulk) for chat in range(1, 601)] + list(reds)
    sent = {one.number: one.at for one in Simulation(messages, lateness=0.001).run()}
    return [sent[600 + place] - red.at for place, red in enumerate(reds)]


@pytest.mark.parametrize("bulk", [Lane.REPLY, Lane.NOTICE, Lane.DIGEST])
@pytest.mark.parametrize("at", [0.0, 0.05, 0.99, 1.0, 1.5, 7.77])
def test_a_red_alert_goes_at_once_whatever_bulk_is_under_way(at: float, bulk: Lane) -> None:
    assert waits_of_red([Message(at, 10_000, Lane.RED)], bulk) == [pytest.approx(0.0, abs=1e-9)]


def test_ten_red_alerts_at_once_take_the_place_of_bulk() -> None:
    waits = waits_of_red([Message(5.0, 10_000 + person, Lane.RED) for person in range(10)])
    assert max(waits) < 0.4


def test_a_red_alert_to_somebody_who_is_getting_digests_goes_at_once() -> None:
    messages = [Message(0.0, 1, Lane.DIGEST) for _ in range(20)] + [Message(4.4, 1, Lane.RED)]
    sent = {one.number: one.at for one in Simulation(messages).run()}
    assert sent[20] == 4.4


def test_a_red_alert_in_a_group_that_has_had_its_bulk_for_the_minute_goes_at_once() -> None:
    messages = [Message(0.0, -1, Lane.NOTICE) for _ in range(30)] + [Message(25.0, -1, Lane.RED)]
    sent = {one.number: one.at for one in Simulation(messages).run()}
    assert sent[30] == 25.0


def test_a_burst_of_three_to_one_person_goes_at_once_and_the_fourth_a_second_later() -> None:
    sent = Simulation([Message(0.0, 1, Lane.REPLY) for _ in range(4)], service=0.0).run()
    assert [one.at for one in sent] == [0.0, 0.0, 0.0, 1.0]


def test_a_message_waits_for_the_answer_to_the_one_before_it() -> None:
    sent = Simulation([Message(0.0, 1, Lane.REPLY) for _ in range(2)], service=0.7).run()
    assert [one.at for one in sent] == [0.0, 0.7]


def test_a_refused_message_goes_before_those_that_came_after_it() -> None:
    pacer = Pacer(30)
    first = pacer.ask(1, Lane.REPLY, 0.0)
    second = pacer.ask(1, Lane.REPLY, 0.0)
    pacer.refused(1, 5.0, 0.1)
    pacer.again(first)
    assert pacer.release(5.0) == []
    assert pacer.release(5.1) == [first]
    pacer.done(first)
    assert pacer.release(5.1) == [second]


def test_a_halt_of_one_chat_leaves_the_others_alone() -> None:
    pacer = Pacer(30)
    pacer.ask(1, Lane.REPLY, 0.0)
    pacer.refused(1, 30.0, 0.1)
    assert pacer.ask(2, Lane.REPLY, 0.2).gone
    assert pacer.halted_until(1) == 30.1
    assert not pacer.ask(1, Lane.RED, 30.0).gone


def test_two_chats_refused_within_a_second_halt_everything_until_both_are_over() -> None:
    pacer = Pacer(30)
    pacer.ask(1, Lane.REPLY, 0.0)
    pacer.ask(2, Lane.REPLY, 0.0)
    pacer.refused(1, 10.0, 0.5)
    pacer.refused(2, 5.0, 1.4)
    red = pacer.ask(3, Lane.RED, 2.0)
    assert not red.gone
    assert pacer.release(10.4) == []
    assert pacer.next_at() == 10.5
    assert pacer.release(10.5) == [red]


def test_two_chats_refused_far_apart_are_two_matters() -> None:
    pacer = Pacer(30)
    pacer.ask(1, Lane.REPLY, 0.0)
    pacer.ask(2, Lane.REPLY, 0.0)
    pacer.refused(1, 10.0, 0.5)
    pacer.refused(2, 10.0, 1.6)
    assert pacer.ask(3, Lane.REPLY, 2.0).gone


def test_a_message_given_up_costs_nothing() -> None:
    pacer = Pacer(30)
    for _ in range(3):
        pacer.done(pacer.ask(1, Lane.REPLY, 0.0))
    given_up = pacer.ask(1, Lane.REPLY, 0.0)
    next_one = pacer.ask(1, Lane.REPLY, 0.0)
    pacer.drop(given_up)
    assert pacer.release(1.0) == [next_one]


def test_a_message_given_up_while_bulk_holds_the_pace_does_not_lend_its_age() -> None:
    pacer = Pacer(2)
    pacer.done(pacer.ask(9, Lane.REPLY, 0.0))
    old = pacer.ask(1, Lane.REPLY, 0.0)
    between = pacer.ask(2, Lane.REPLY, 0.0)
    young = pacer.ask(1, Lane.REPLY, 0.0)
    assert pacer.release(0.0) == []
    pacer.drop(old)
    assert pacer.release(1.0) == [between]
    pacer.done(between)
    assert pacer.release(2.0) == [young]


def test_without_limits_everything_goes_at_once_in_order() -> None:
    messages = [Message(0.0, chat, Lane.DIGEST) for chat in range(-50, 1000)] * 2
    sent = Simulation(messages, per_second=0, service=0.0).run()
    assert {one.at for one in sent} == {0.0}
    assert_lines_keep_order(messages, sent)


def test_without_limits_a_halt_is_still_kept() -> None:
    pacer = Pacer(0)
    ticket = pacer.ask(1, Lane.REPLY, 0.0)
    pacer.refused(1, 5.0, 0.0)
    pacer.again(ticket)
    assert pacer.release(4.9) == []
    assert pacer.release(5.0) == [ticket]


def test_chats_at_rest_are_forgotten() -> None:
    pacer = Pacer(0)
    for chat in range(1, 100_000):
        pacer.done(pacer.ask(chat, Lane.REPLY, 0.0))
    assert len(pacer._chats) <= 1000


def test_chats_that_still_cost_something_are_not_forgotten() -> None:
    pacer = Pacer(100_000)
    for chat in range(1, 3000):
        pacer.done(pacer.ask(chat, Lane.RED, 0.0))
    assert len(pacer._chats) == 2999
