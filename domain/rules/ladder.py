"""The mediation ladder (小事不出网格,大事不出社区): where a case goes after what has happened to it (M, spec 4).

All of it is pure. A case is tried so many times on a rung, counted since it arrived there; then it climbs to the next
rung that can take it. Who that is, the caller has found out: `above` names the rungs over the present one on which
somebody can take the case, the nearest first.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum

from domain.rules.ladder_file import Ladder, LadderRung
from models.area import AreaKind
from models.dispute import DisputeState, DisputeStep
from models.lead import Colour
from models.mediation import AttemptResult


class Course(StrEnum):
    """What becomes of a case."""

    STAYS = "stays"  # on its rung
    CLIMBS = "climbs"
    AGREED = "agreed"
    REFUSED = "refused"  # a party's refusal ends mediation
    EXHAUSTED = "exhausted"  # no rung is left


class LadderError(ValueError):
    """The ladder has no such way from here."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a case stands: its rung, the failed tries and broken agreements of each, and which rung passed it up."""

    rung: str
    tried: Mapping[str, int] = field(default_factory=dict)
    broken: Mapping[str, int] = field(default_factory=dict)
    came_from: str | None = None
    given_back: frozenset[str] = frozenset()

    @property
    def failed(self) -> int:
        """The failed tries of the present rung, since the case arrived there."""
        return self.tried.get(self.rung, 0)


@dataclass(frozen=True, slots=True)
class Move:
    """The course of a case and where it stands then."""

    course: Course
    standing: Standing


def may_be_mediated(state: DisputeState) -> bool:
    """Whether a mediation may be planned or recorded: never on what is frozen, ended, agreed on or closed."""
    return state is DisputeState.MEDIATING


def after_attempt(ladder: Ladder, standing: Standing, result: AttemptResult, above: Sequence[str]) -> Move:
    """What an attempt's result does. Only a failed one counts: an absent party or a partial success uses up no try.

    The last failed try climbs at once, so a rung never has a case without a try left; unless the county allows fewer
    than it did: then the next failed one climbs.
    """
    match result:
        case AttemptResult.AGREED:
            return Move(Course.AGREED, standing)
        case AttemptResult.REFUSED:
            return Move(Course.REFUSED, standing)
        case AttemptResult.FAILED:
            return _counted(ladder, standing, above)
        case _:
            return Move(Course.STAYS, standing)


def after_broken(ladder: Ladder, standing: Standing, above: Sequence[str]) -> Move:
    """A broken agreement opens the case again on its rung, with the tries it had (ADR 0009).

    The first one broken on a rung costs no try; every further one does, so that no case goes round for ever.
    """
    times = standing.broken.get(standing.rung, 0) + 1
    after = replace(standing, broken={**standing.broken, standing.rung: times})
    return Move(Course.STAYS, after) if times == 1 else _counted(ladder, after, above)


def passed_up(standing: Standing, above: Sequence[str]) -> Standing:
    """ "Beyond me": the next rung has it, and may give it back. Raises LadderError where no rung is above."""
    if not above:
        raise LadderError("no rung is above")
    return _arrived(standing, above[0], came_from=standing.rung)


def may_give_back(standing: Standing) -> bool:
    """Whether the present rung may give the case back to whoever passed it up: once in the life of a case."""
    return standing.came_from is not None and standing.rung not in standing.given_back


def given_back(standing: Standing) -> Standing:
    """The rung that passed it up has it again, with the tries it had used. Raises LadderError (see `may_give_back`)."""
    if standing.came_from is None or standing.rung in standing.given_back:
        raise LadderError("it cannot be given back")
    return replace(standing, rung=standing.came_from, came_from=None, given_back=standing.given_back | {standing.rung})


def out_of_time(standing: Standing, above: Sequence[str]) -> Move:
    """The clock has run out: the next rung has it; on the last one it stays, and its head is told again."""
    return Move(Course.CLIMBS, _arrived(standing, above[0])) if above else Move(Course.STAYS, standing)


def another_round(standing: Standing) -> Standing:
    """A case whose tries were used up is opened again on its rung: they are counted anew, the rest stays."""
    return replace(standing, tried={**standing.tried, standing.rung: 0})


def _counted(ladder: Ladder, standing: Standing, above: Sequence[str]) -> Move:
    after = replace(standing, tried={**standing.tried, standing.rung: standing.failed + 1})
    if after.failed < ladder[after.rung].tries:
        return Move(Course.STAYS, after)
    return Move(Course.CLIMBS, _arrived(after, above[0])) if above else Move(Course.EXHAUSTED, after)


def _arrived(standing: Standing, rung: str, came_from: str | None = None) -> Standing:
    """On a rung it comes to, a case has all of the rung's tries."""
    return replace(
        standing,
        rung=rung,
        tried={**standing.tried, rung: 0},
        broken={**standing.broken, rung: 0},
        came_from=came_from,
    )


def rungs_above(ladder: Ladder, rung: str, existing: Collection[str]) -> list[LadderRung]:
    """The existing rungs over `rung`, the nearest first; a level that is missing is skipped."""
    place = ladder.place(rung)
    return [one for one in ladder.rungs[place + 1 :] if one.key in existing]


def rungs_from(ladder: Ladder, kind: AreaKind, existing: Collection[str]) -> list[LadderRung]:
    """The existing rungs at this level and over it, the nearest first."""
    order = list(AreaKind)
    return [one for one in ladder.rungs if one.key in existing and order.index(one.at) <= order.index(kind)]


@dataclass(frozen=True, slots=True)
class ClockStep:
    """The next step of the clock beside the count, and its local day."""

    step: DisputeStep
    on: date


_ORDER = (DisputeStep.REMIND, DisputeStep.HEAD, DisputeStep.CLIMB)


def clock_after(
    ladder: Ladder, colour: Colour, happened_on: date, done: DisputeStep | None = None, *, today: date
) -> ClockStep:
    """The clock's step that follows `done` (None: something has just happened), counted from `happened_on`.

    Never before tomorrow once one is done: after a standstill the steps follow each other by days. Where the last one
    could not climb, it is tried (and the head is told) again after as many days.
    """
    clock = ladder.clocks[colour]
    days = {
        DisputeStep.REMIND: clock.remind_days,
        DisputeStep.HEAD: clock.head_days,
        DisputeStep.CLIMB: clock.climb_days,
    }
    if done is DisputeStep.CLIMB:
        return ClockStep(DisputeStep.CLIMB, today + timedelta(days=clock.climb_days))
    if done not in _ORDER:
        return ClockStep(DisputeStep.REMIND, happened_on + timedelta(days=clock.remind_days))
    step = _ORDER[_ORDER.index(done) + 1]
    return ClockStep(step, max(happened_on + timedelta(days=days[step]), today + timedelta(days=1)))


def clock_resumed(ladder: Ladder, colour: Colour, happened_on: date, *, today: date) -> ClockStep:
    """The step of a clock that has run since `happened_on` after all: the first whose day is still to come.

    Where all have passed it climbs tomorrow: whoever called a plan off has a day to say how it goes on.
    """
    clock = ladder.clocks[colour]
    for step, days in zip(_ORDER, (clock.remind_days, clock.head_days, clock.climb_days), strict=True):
        on = happened_on + timedelta(days=days)
        if on > today:
            return ClockStep(step, on)
    return ClockStep(DisputeStep.CLIMB, today + timedelta(days=1))


class Arrival(StrEnum):
    """Why a case comes to a rung."""

    REGISTERED = "registered"
    FAILED = "failed"  # the rung below has used up its tries
    PASSED_UP = "passed_up"  # beyond the rung below
    OUT_OF_TIME = "out_of_time"
    UNANSWERED = "unanswered"  # nobody below accepted it
    NOBODY_LEFT = "nobody_left"  # nobody below can have it any more
    GIVEN_BACK = "given_back"
    REOPENED = "reopened"


class DisputeEvent(StrEnum):
    """What is told of a dispute to those who have it, had it or registered it."""

    ACCEPTED = "accepted"
    CLIMBED = "climbed"
    GIVEN_BACK = "given_back"
    YOURS = "yours"  # she owns it now
    HANDED = "handed"  # a colleague of hers owns it now
    STANDS_BACK = "stands_back"  # she stands back from it, as a party wished
    AGREED = "agreed"
    BROKEN = "broken"
    ENDED = "ended"
    FROZEN = "frozen"
    CLOSING_ASKED = "closing_asked"
    SENT_BACK = "sent_back"
    CLOSED = "closed"
    REOPENED = "reopened"
    RECOLOURED = "recoloured"
    NOTE_ADDED = "note_added"
