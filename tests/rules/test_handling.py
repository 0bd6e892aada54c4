"""How a lead is looked after: the revisits, the five instants, and when its holder is asked about it."""

from datetime import UTC, date, datetime, timedelta

import pytest

from domain.rules.handling import (
    Instant,
    Pace,
    asked_again_at,
    five_instants,
    is_supported,
    next_revisit,
    pace_of,
    time_to_answer,
)
from domain.rules.policy import Policy
from models.lead import Colour, EntryKind, LeadEntry, LeadStage

POLICY = Policy()
NINE = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)  # in the morning, in Shanghai
HALF_AN_HOUR = timedelta(minutes=30)


@pytest.mark.parametrize(
    ("today", "done", "due"),
    [
        (date(2026, 11, 21), 0, date(2026, 11, 28)),
        (date(2026, 11, 28), 1, date(2026, 12, 21)),  # thirty days after the support
        (date(2026, 12, 2), 1, date(2026, 12, 25)),  # the first came late, so does the second
        (date(2026, 12, 21), 2, None),
        (date(2028, 2, 25), 0, date(2028, 3, 3)),  # a leap year
    ],
)
def test_revisits_come_on_the_countys_days(today: date, done: int, due: date | None) -> None:
    assert next_revisit(today, done, POLICY) == due


def entry(kind: EntryKind, minutes: int, **detail: object) -> LeadEntry:
    return LeadEntry(lead_id=1, kind=kind, at=NINE + timedelta(minutes=minutes), detail=detail)


def instants(*entries: LeadEntry) -> dict[Instant, float | None]:
    """Minutes after the report, by instant."""
    return {
        one.instant: one.after / timedelta(minutes=1) if one.after else None for one in five_instants(NINE, entries)
    }


def test_the_first_entry_of_its_kind_proves_an_instant() -> None:
    assert instants(
        entry(EntryKind.REPORTED, 0),
        entry(EntryKind.ACKNOWLEDGED, 2),
        entry(EntryKind.TAKEN, 4),
        entry(EntryKind.VERIFIED, 20),
        entry(EntryKind.CONTACTED, 30),
        entry(EntryKind.SUPPORT, 60),
        entry(EntryKind.SUPPORT, 90),
        entry(EntryKind.CLOSED, 9000),
    ) == {
        Instant.CONTACT: 20,
        Instant.INTERVENE: 4,
        Instant.SERVICE: 60,
        Instant.ATTENTION: 2,
        Instant.SETTLE: 9000,
    }


def test_nothing_done_is_nothing_proven() -> None:
    assert set(instants(entry(EntryKind.REPORTED, 0), entry(EntryKind.ALERTED, 0)).values()) == {None}


@pytest.mark.parametrize(
    "unsettling", [entry(EntryKind.REOPENED, 200), entry(EntryKind.COLOUR, 200, mediation_frozen=True)]
)
def test_what_was_opened_again_is_settled_only_by_what_comes_after(unsettling: LeadEntry) -> None:
    before = (entry(EntryKind.TO_MEDIATION, 100), unsettling)
    assert instants(*before)[Instant.SETTLE] is None
    assert instants(*before, entry(EntryKind.CLOSED, 300))[Instant.SETTLE] == 300


@pytest.mark.parametrize(
    ("stage", "colour", "supported", "pace"),
    [
        (LeadStage.REPORTED, Colour.ORANGE, False, Pace.CLOCK),
        (LeadStage.VERIFYING, Colour.RED, True, Pace.CLOCK),
        (LeadStage.SUPPORTING, Colour.ORANGE, False, Pace.REVISIT),
        (LeadStage.CLOSING, Colour.YELLOW, False, Pace.REVISIT),
        (LeadStage.SUPPORTING, Colour.RED, False, Pace.CLOCK),  # verified, and nobody has helped yet
        (LeadStage.REVISITING, Colour.RED, False, Pace.CLOCK),
        (LeadStage.SUPPORTING, Colour.RED, True, Pace.DAILY),
        (LeadStage.FOLLOWING, Colour.RED, True, Pace.DAILY),
        (LeadStage.CLOSING, Colour.RED, False, Pace.DAILY),  # an unfounded one: a second person decides
    ],
)
def test_the_clock_asks_until_it_is_verified_and_about_red_until_help_was_given(
    stage: LeadStage, colour: Colour, supported: bool, pace: Pace
) -> None:
    assert pace_of(stage, colour, supported=supported) is pace


@pytest.mark.parametrize(
    ("pace", "revisit_on", "asked"),
    [
        (Pace.CLOCK, date(2026, 11, 28), NINE + HALF_AN_HOUR),
        (Pace.REVISIT, date(2026, 11, 28), datetime(2026, 11, 28, 0, 0, tzinfo=UTC)),
        (Pace.REVISIT, None, datetime(2026, 11, 22, 0, 0, tzinfo=UTC)),
        (Pace.REVISIT, date(2026, 11, 21), datetime(2026, 11, 22, 0, 0, tzinfo=UTC)),
        (Pace.REVISIT, date(2026, 11, 1), datetime(2026, 11, 22, 0, 0, tzinfo=UTC)),
        (Pace.DAILY, date(2026, 11, 28), datetime(2026, 11, 22, 0, 0, tzinfo=UTC)),
        (Pace.DAILY, None, datetime(2026, 11, 22, 0, 0, tzinfo=UTC)),
    ],
)
def test_the_colours_clock_asks_or_the_mornings_do(pace: Pace, revisit_on: date | None, asked: datetime) -> None:
    assert asked_again_at(pace, revisit_on, HALF_AN_HOUR, NINE, POLICY) == asked


def test_a_slow_clock_is_never_made_faster() -> None:
    three_days = timedelta(days=3)
    assert asked_again_at(Pace.REVISIT, None, three_days, NINE, POLICY) == NINE + three_days


def test_whom_the_clock_does_not_ask_has_a_day_to_answer() -> None:
    assert time_to_answer(Pace.CLOCK, HALF_AN_HOUR) == HALF_AN_HOUR
    assert time_to_answer(Pace.REVISIT, HALF_AN_HOUR) == time_to_answer(Pace.DAILY, HALF_AN_HOUR) == timedelta(days=1)


@pytest.mark.parametrize(
    ("entries", "given"),
    [
        ((), False),
        ((entry(EntryKind.VERIFIED, 1),), False),
        ((entry(EntryKind.SUPPORT, 1), entry(EntryKind.REVISITED, 2, result="holds")), True),
        ((entry(EntryKind.SUPPORT, 1), entry(EntryKind.REVISITED, 2, result="worse")), False),
        ((entry(EntryKind.SUPPORT, 1), entry(EntryKind.REOPENED, 2)), False),
        ((entry(EntryKind.SUPPORT, 1), entry(EntryKind.COLOUR, 2, colour="red")), False),
        ((entry(EntryKind.REOPENED, 1), entry(EntryKind.SUPPORT, 2)), True),
    ],
)
def test_help_counts_since_it_last_became_worse(entries: tuple[LeadEntry, ...], given: bool) -> None:
    assert is_supported(entries) is given
