"""The wire to Telegram at its worst: the short cases of what `bench/fault_*.py` try at length."""

import random
from pathlib import Path

from bench.clockwork import wind_up
from bench.fault_blocked import keep_blocked
from bench.fault_group import moved
from bench.fault_poison import poisoned
from bench.fault_sends import happens
from bench.fault_updates import keep_updates
from bench.promise import Campaign
from tests.support.hands import Bench


def campaign(part: float) -> Campaign:
    """A small one."""
    return Campaign(part, 20_776, lambda _words: None)


async def test_updates_that_come_twice_late_in_another_order_and_with_new_numbers_leave_the_same_database(
    sqlite_template: Path,
) -> None:
    outcome = await keep_updates(campaign(0.01), sqlite_template)
    assert outcome.kept, outcome
    assert outcome.figures["updates"] > 50


async def test_in_trouble_of_every_kind_red_alerts_arrive_reminders_come_once_and_nothing_is_lost(
    sqlite_template: Path,
) -> None:
    small = campaign(0.01)
    outcome = await wind_up(small, lambda clockwork: happens(clockwork, small, outages=()), sqlite_template)
    assert outcome.kept, outcome
    assert min(outcome.figures[kind] for kind in ("too_many", "server_error", "red", "reminders")) > 0


async def test_the_next_person_is_told_within_a_minute_when_one_has_blocked_the_bot(sqlite_template: Path) -> None:
    outcome = await keep_blocked(campaign(0.01), sqlite_template)
    assert outcome.kept, outcome
    assert outcome.figures["told"] >= outcome.figures["alerts"]


async def test_a_group_that_moves_in_the_middle_of_two_votes_loses_none_and_shows_each_once(bench: Bench) -> None:
    heard = "late" if bench.database.is_sqlite else "never"
    outcome = await moved(bench, random.Random(20_776), heard)
    assert outcome.kept, outcome
    assert outcome.figures["votes"] > 5


async def test_broken_updates_are_set_aside_with_one_alarm_all_others_are_answered_and_an_operator_ends_it(
    bench: Bench,
) -> None:
    outcome = await poisoned(bench, random.Random(20_776), 10)
    assert outcome.kept, outcome
    assert min(outcome.figures[name] for name in ("bad", "struck", "set_aside")) > 0
    bench.all_unread()
