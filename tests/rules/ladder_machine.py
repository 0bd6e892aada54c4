"""A case in everybody's hands: a machine that lets people, time and chance do whatever they may, by the rules alone."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from domain.refusals import RefusedError
from domain.rules.ladder import (
    ClockStep,
    Course,
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
from domain.rules.ladder_file import Ladder
from domain.rules.policy import Policy
from domain.usecases.disputes import mediable_matter
from models.area import AreaKind
from models.dispute import OPEN_STATES, DisputeState, DisputeStep
from models.lead import Colour
from models.mediation import AttemptResult
from tests.rules.ladder_draws import EXISTING, KEYS, RESULTS, TRIES

POLICY = Policy()
START = date(2026, 11, 21)
CALLS = 3  # after so many calls that nobody answers it climbs
State = DisputeState


@dataclass(frozen=True)
class Entry:
    """What happened, on which rung, and in which state the case was."""

    what: str
    rung: str
    state: DisputeState


class CaseOfTheRules(RuleBasedStateMachine):
    """One case from its registration on."""

    state = State.REGISTERED

    def __init__(self, seen: Counter[str]) -> None:
        super().__init__()
        self.seen = seen
        self.history: list[Entry] = []
        self.today = START
        self.planned: date | None = None
        self.owner: str | None = None
        self.step: ClockStep | None = None
        self.calls = 0
        self.follow_ups = 0

    @initialize(
        tries=TRIES,
        existing=EXISTING,
        item=st.sampled_from(sorted(POLICY.catalogue.items)),
        raised_to=st.none() | st.sampled_from(Colour),
    )
    def registers(self, tries: list[int], existing: set[str], item: str, raised_to: Colour | None) -> None:
        """Somebody wants it mediated; what is protected is refused, and something ordinary is registered instead."""
        try:
            matter = mediable_matter(item, raised_to, POLICY)
        except RefusedError as refused:
            self.seen[refused.reason.value] += 1
            matter = mediable_matter("neighbours", None, POLICY)
        found = POLICY.catalogue.items[matter.item]
        assert not found.key_matter
        assert Colour.RED not in {matter.colour, found.colour}
        self.colour = matter.colour
        self.ladder: Ladder = replace(
            POLICY.ladder,
            rungs=tuple(replace(rung, tries=most) for rung, most in zip(POLICY.ladder.rungs, tries, strict=True)),
        )
        self.existing = {*existing, KEYS[-1]}  # a county is always there
        self.manned = set(self.existing)
        first = rungs_from(self.ladder, AreaKind.MICROGRID, self.existing)[0].key
        self.standing = Standing(first)
        self.note("registered")
        self.arrives(Standing(first), "arrived")

    def note(self, what: str) -> None:
        """Add an entry."""
        self.history.append(Entry(what, self.standing.rung, self.state))
        self.seen[what] += 1

    @property
    def open(self) -> bool:
        """Whether anything is left to be done."""
        return self.state in OPEN_STATES

    def above(self) -> list[str]:
        """The rungs that can take it: somebody is there, and the last one always can."""
        over = [rung.key for rung in rungs_above(self.ladder, self.standing.rung, self.existing)]
        return [key for key in over if key in self.manned or key == over[-1]]

    def arrives(self, standing: Standing, what: str) -> None:
        """It stands on a rung, and waits there to be accepted; what was planned is off."""
        self.planned = None
        self.standing, self.state, self.calls = standing, State.REGISTERED, 0
        self.owner = f"somebody of {standing.rung}"
        self.step = ClockStep(DisputeStep.ACCEPT, self.today + timedelta(days=3))
        self.note(what)

    def goes_on(self, on: date | None = None) -> None:
        """Something has happened: the clock starts anew, at once or on the day that was set."""
        self.step = clock_after(self.ladder, self.colour, on or self.today, today=self.today)

    def ends(self, state: DisputeState, what: str) -> None:
        """Nothing is left to be done."""
        self.note(what)
        self.state, self.owner, self.step, self.planned = state, None, None, None

    def takes_its_course(self, move: Move, what: str) -> None:
        """What the rules say becomes of it."""
        self.note(what)
        match move.course:
            case Course.STAYS:
                self.standing, self.state = move.standing, State.MEDIATING
                self.goes_on()
            case Course.CLIMBS:
                self.arrives(move.standing, "climbed")
            case Course.AGREED:
                self.standing, self.state, self.planned, self.follow_ups = move.standing, State.AGREED, None, 0
                self.step = ClockStep(DisputeStep.FOLLOW_UP, self.today + timedelta(days=7))
            case Course.REFUSED | Course.EXHAUSTED:
                self.standing = move.standing
                self.ends(State.ENDED, move.course.value)

    @precondition(lambda self: self.state is State.REGISTERED)
    @rule()
    def accepts(self) -> None:
        """受理."""
        self.note("accepted")
        self.state = State.MEDIATING
        self.goes_on()

    @precondition(lambda self: may_be_mediated(self.state))
    @rule(days=st.integers(0, 30))
    def plans(self, days: int) -> None:
        """The clock stands still until the day."""
        self.note("planned")
        self.planned = self.today + timedelta(days=days)
        self.goes_on(self.planned)

    @rule(results=RESULTS)
    def is_mediated(self, results: list[AttemptResult]) -> None:
        """Again and again, whatever comes of it, on whichever rung has it by then."""
        for result in results:
            if self.state is State.REGISTERED:
                self.accepts()
            if not may_be_mediated(self.state):
                return
            self.planned = None
            move = after_attempt(self.ladder, self.standing, result, self.above())
            self.takes_its_course(move, f"held {result.value}")

    @precondition(lambda self: self.state in {State.REGISTERED, State.MEDIATING} and self.above())
    @rule()
    def is_passed_up(self) -> None:
        """ "Beyond me"."""
        self.arrives(passed_up(self.standing, self.above()), "passed up")

    @precondition(lambda self: self.state in {State.REGISTERED, State.MEDIATING} and may_give_back(self.standing))
    @rule()
    def is_given_back(self) -> None:
        """Once, to whoever passed it up."""
        self.note("gives back")
        self.arrives(given_back(self.standing), "given back")

    @precondition(lambda self: self.state is State.AGREED)
    @rule(broken=st.sampled_from([False, False, True]))
    def is_followed_up(self, broken: bool) -> None:
        """回访: it holds each time, or it is broken."""
        if broken:
            self.takes_its_course(after_broken(self.ladder, self.standing, self.above()), "broken")
            return
        for _ in POLICY.revisit_days:
            self.note("holds")
            self.follow_ups += 1
            self.step = ClockStep(DisputeStep.FOLLOW_UP, self.today + timedelta(days=23))

    @precondition(lambda self: self.state is State.AGREED and self.follow_ups >= len(POLICY.revisit_days))
    @rule(closed=st.booleans())
    def closing_is_asked(self, closed: bool) -> None:
        """A second person closes it, or sends it back."""
        if closed:
            self.ends(State.CLOSED, "closed")
        else:
            self.note("sent back")

    @precondition(lambda self: self.state in {State.CLOSED, State.ENDED})
    @rule()
    def is_reopened(self) -> None:
        """With a further round where the tries were used up."""
        used_up = self.standing.failed >= self.ladder[self.standing.rung].tries
        self.arrives(another_round(self.standing) if used_up else self.standing, "reopened")

    @precondition(lambda self: self.open)
    @rule(it_is=st.sampled_from([False] * 9 + [True]))
    def violence_is_disclosed(self, it_is: bool) -> None:
        """For good; the rarer, the more is seen of what else there is."""
        if it_is:
            self.ends(State.FROZEN, "frozen")

    @rule(who=st.sampled_from(KEYS))
    def people_leave_or_come(self, who: str) -> None:
        """A rung is empty from now on, or no longer."""
        self.manned ^= {who} & self.existing

    @rule(days=st.integers(1, 45))
    def days_pass(self, days: int) -> None:
        """Each morning the program does what is due."""
        for _ in range(days):
            self.today += timedelta(days=1)
            if self.step is not None and self.step.on <= self.today:
                self.step_is_due(self.step.step)

    def step_is_due(self, step: DisputeStep) -> None:
        """What the sweep does."""
        self.calls += step is DisputeStep.ACCEPT
        if step is DisputeStep.FOLLOW_UP or (step is DisputeStep.ACCEPT and self.calls < CALLS):
            self.step = ClockStep(step, self.today + timedelta(days=7))
            return
        if step in {DisputeStep.REMIND, DisputeStep.HEAD}:
            self.note(step.value)
            self.step = clock_after(self.ladder, self.colour, self.today, step, today=self.today)
            return
        move = out_of_time(self.standing, self.above())
        if move.course is Course.CLIMBS:
            self.arrives(move.standing, "out of time")
        else:
            self.note("stays on the last rung")
            self.step = clock_after(self.ladder, self.colour, self.today, step, today=self.today)
