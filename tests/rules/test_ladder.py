"""Where a case goes: the tries of a rung, broken agreements, "beyond me", the clock (M, spec 4)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rules.ladder import (
    Course,
    LadderError,
    Move,
    Standing,
    after_attempt,
    after_broken,
    another_round,
    clock_after,
    given_back,
    may_be_mediated,
    may_give_back,
    out_of_time,
    passed_up,
    rungs_above,
    rungs_from,
)
from domain.rules.ladder_file import COLOURS, Ladder, shipped_ladder
from models.area import AreaKind
from models.dispute import DisputeState, DisputeStep
from models.lead import Colour
from models.mediation import AttemptResult

LADDER = shipped_ladder()
RUNGS = [rung.key for rung in LADDER.rungs]
ABOVE = RUNGS[1:]
FRESH = Standing("grid", {"grid": 0})
ONCE = Standing("grid", {"grid": 1})
TODAY = date(2026, 11, 21)


def tries(number: int) -> Ladder:
    """The shipped ladder with so many tries at each rung."""
    return replace(LADDER, rungs=tuple(replace(rung, tries=number) for rung in LADDER.rungs))


def attempts(ladder: Ladder, standing: Standing, *results: AttemptResult, above: list[str] | None = None) -> Move:
    """The course after the last of these."""
    move = Move(Course.STAYS, standing)
    for result in results:
        move = after_attempt(ladder, move.standing, result, ABOVE if above is None else above)
    return move


FAILED = AttemptResult.FAILED


def test_two_failed_mediations_bring_it_to_the_next_rung_with_all_of_its_tries() -> None:
    first = attempts(LADDER, FRESH, FAILED)
    assert (first.course, first.standing.rung, first.standing.failed) == (Course.STAYS, "grid", 1)
    second = attempts(LADDER, FRESH, FAILED, FAILED)
    assert (second.course, second.standing.rung, second.standing.failed) == (Course.CLIMBS, "village_group", 0)
    assert second.standing.tried == {"grid": 2, "village_group": 0}
    assert not may_give_back(second.standing)


@pytest.mark.parametrize("allowed", range(1, 10))
def test_it_climbs_at_the_last_try_and_never_before(allowed: int) -> None:
    ladder = tries(allowed)
    assert attempts(ladder, FRESH, *[FAILED] * (allowed - 1)).course is Course.STAYS
    assert attempts(ladder, FRESH, *[FAILED] * allowed).course is Course.CLIMBS


@pytest.mark.parametrize("result", [AttemptResult.PARTLY, AttemptResult.ABSENT, AttemptResult.SESSION])
def test_an_absent_party_or_half_a_success_uses_up_no_try(result: AttemptResult) -> None:
    assert attempts(LADDER, ONCE, *[result] * 9) == Move(Course.STAYS, ONCE)


@pytest.mark.parametrize(
    ("result", "course"), [(AttemptResult.AGREED, Course.AGREED), (AttemptResult.REFUSED, Course.REFUSED)]
)
def test_an_agreement_and_a_refusal_leave_it_on_its_rung(result: AttemptResult, course: Course) -> None:
    assert attempts(LADDER, ONCE, result) == Move(course, ONCE)


def test_it_fails_twice_at_each_of_the_five_rungs_and_then_no_rung_is_left() -> None:
    standing, way = FRESH, []
    for place in range(len(RUNGS)):
        for _ in range(2):
            move = after_attempt(LADDER, standing, FAILED, RUNGS[place + 1 :])
            standing = move.standing
            way.append((move.course, standing.rung))
    climbs = [step for rung in RUNGS[1:] for step in ((Course.CLIMBS, rung), (Course.STAYS, rung))]
    assert way == [(Course.STAYS, "grid"), *climbs, (Course.EXHAUSTED, "county")]


def test_a_missing_rung_is_skipped() -> None:
    assert attempts(LADDER, ONCE, FAILED, above=["township", "county"]).standing.rung == "township"


@pytest.mark.parametrize("result", AttemptResult)
def test_a_county_that_allows_fewer_tries_from_now_on_strands_no_case(result: AttemptResult) -> None:
    had_more = Standing("grid", {"grid": 2})
    move = after_attempt(tries(1), had_more, result, ABOVE)
    assert (move.course, move.standing.rung) == {
        AttemptResult.AGREED: (Course.AGREED, "grid"),
        AttemptResult.REFUSED: (Course.REFUSED, "grid"),
        AttemptResult.FAILED: (Course.CLIMBS, "village_group"),
    }.get(result, (Course.STAYS, "grid"))


def test_the_first_broken_agreement_of_a_rung_costs_no_try_and_gives_none() -> None:
    move = after_broken(LADDER, ONCE, ABOVE)
    assert (move.course, move.standing.rung, move.standing.failed) == (Course.STAYS, "grid", 1)
    assert attempts(LADDER, move.standing, FAILED).course is Course.CLIMBS


def test_every_further_one_counts_like_a_failed_mediation() -> None:
    standing = after_broken(LADDER, FRESH, ABOVE).standing
    second = after_broken(LADDER, standing, ABOVE)
    assert (second.course, second.standing.failed) == (Course.STAYS, 1)
    third = after_broken(LADDER, second.standing, ABOVE)
    assert (third.course, third.standing.rung) == (Course.CLIMBS, "village_group")
    assert third.standing.broken == {"grid": 3, "village_group": 0}


def test_broken_agreements_end_at_the_last_rung_too() -> None:
    standing = Standing("county", {"county": 1}, {"county": 1})
    assert after_broken(LADDER, standing, []).course is Course.EXHAUSTED


def test_beyond_me_passes_it_up_and_it_may_be_given_back_once_with_the_tries_it_had() -> None:
    up = passed_up(ONCE, ABOVE)
    assert (up.rung, up.failed, up.came_from) == ("village_group", 0, "grid")
    assert may_give_back(up)
    back = given_back(attempts(LADDER, up, FAILED).standing)
    assert (back.rung, back.failed) == ("grid", 1)
    assert not may_give_back(back)
    again = passed_up(back, ABOVE)
    assert (again.rung, again.failed) == ("village_group", 0)
    assert not may_give_back(again)
    with pytest.raises(LadderError, match="cannot be given back"):
        given_back(again)


def test_each_rung_may_give_back_once_but_not_what_climbed_by_itself() -> None:
    elders = given_back(passed_up(passed_up(FRESH, ABOVE), ["community"]))
    assert elders.rung == "village_group"
    assert not may_give_back(elders)  # it has passed the case on, and thereby kept it
    climbed = attempts(LADDER, ONCE, FAILED).standing
    with pytest.raises(LadderError, match="cannot be given back"):
        given_back(climbed)


def test_nothing_is_above_the_last_rung() -> None:
    with pytest.raises(LadderError, match="no rung is above"):
        passed_up(Standing("county"), [])


def test_out_of_time_it_climbs_and_stays_on_the_last_rung() -> None:
    move = out_of_time(replace(ONCE, came_from="x"), ABOVE)
    assert (move.course, move.standing.rung, move.standing.came_from) == (Course.CLIMBS, "village_group", None)
    last = Standing("county", {"county": 1})
    assert out_of_time(last, []) == Move(Course.STAYS, last)


def test_a_further_round_counts_anew_on_its_rung_alone() -> None:
    ended = Standing("county", {"grid": 2, "county": 2}, {"county": 1})
    assert another_round(ended) == Standing("county", {"grid": 2, "county": 0}, {"county": 1})


@pytest.mark.parametrize("state", DisputeState)
def test_only_what_was_accepted_and_goes_on_is_mediated(state: DisputeState) -> None:
    assert may_be_mediated(state) is (state is DisputeState.MEDIATING)


def test_the_rungs_over_one_are_those_that_exist() -> None:
    existing = {"grid", "community", "county"}
    assert [rung.key for rung in rungs_above(LADDER, "grid", existing)] == ["community", "county"]
    assert rungs_above(LADDER, "county", existing) == []


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (AreaKind.MICROGRID, ["grid", "community", "county"]),
        (AreaKind.VILLAGE_GROUP, ["community", "county"]),
        (AreaKind.COUNTY, ["county"]),
    ],
)
def test_over_a_rung_that_was_removed_are_those_of_its_level_and_above(kind: AreaKind, expected: list[str]) -> None:
    found = rungs_from(LADDER, kind, {"grid", "community", "county"})
    assert [rung.key for rung in found] == expected


@pytest.mark.parametrize(
    ("done", "days_ago", "step", "in_days"),
    [
        (None, 0, DisputeStep.REMIND, 10),
        (DisputeStep.ACCEPT, 0, DisputeStep.REMIND, 10),
        (DisputeStep.REMIND, 10, DisputeStep.HEAD, 5),
        (DisputeStep.HEAD, 15, DisputeStep.CLIMB, 15),
        (DisputeStep.REMIND, 40, DisputeStep.HEAD, 1),  # after a standstill the steps follow day by day
        (DisputeStep.HEAD, 40, DisputeStep.CLIMB, 1),
        (DisputeStep.CLIMB, 30, DisputeStep.CLIMB, 30),  # the last rung: its head hears again
        (DisputeStep.REMIND, -5, DisputeStep.HEAD, 20),  # a day was set: the clock stands still until then
    ],
)
def test_the_clock_runs_beside_the_count(
    done: DisputeStep | None, days_ago: int, step: DisputeStep, in_days: int
) -> None:
    found = clock_after(LADDER, Colour.YELLOW, TODAY - timedelta(days=days_ago), done, today=TODAY)
    assert (found.step, (found.on - TODAY).days) == (step, in_days)


@given(
    st.sampled_from(COLOURS), st.integers(0, 400), st.sampled_from([DisputeStep.REMIND, DisputeStep.HEAD])
)  # fmt: skip
def test_no_step_of_the_clock_comes_before_tomorrow(colour: Colour, days_ago: int, done: DisputeStep) -> None:
    assert clock_after(LADDER, colour, TODAY - timedelta(days=days_ago), done, today=TODAY).on > TODAY
