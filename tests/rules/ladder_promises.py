"""What the ladder promises (spec 4): worked out from a case's history alone, and not from what the rules say of it."""

from collections import Counter

from hypothesis.stateful import invariant

from models.dispute import DisputeState
from tests.rules.ladder_draws import KEYS
from tests.rules.ladder_machine import CaseOfTheRules, Entry

COMES = {"arrived", "climbed", "passed up", "out of time"}  # to a rung that is new to it, with all of its tries
MOVES = {*COMES, "given back", "reopened"}


class Climbing(CaseOfTheRules):
    """The machine, looked at after every step. Each entry is read once: that none changes is a promise of its own."""

    def __init__(self, seen: Counter[str]) -> None:
        super().__init__(seen)
        self.before: tuple[Entry, ...] = ()
        self.tries: Counter[str] = Counter()
        self.broken: Counter[str] = Counter()
        self.holding = ""
        self.gave_back: Counter[str] = Counter()
        self.frozen = False

    @invariant()
    def history_only_grows(self) -> None:
        """What was written stays as it is; what is new breaks no promise."""
        known = len(self.before)
        assert tuple(self.history[:known]) == self.before
        self.before = tuple(self.history)
        for entry in self.before[known:]:
            self.read(entry)

    def read(self, entry: Entry) -> None:
        """Nothing follows on what is frozen, and nothing is mediated before it was accepted or after it ended."""
        assert not self.frozen
        if entry.what.startswith(("held", "planned")):
            assert entry.state is DisputeState.MEDIATING
        if entry.what == "gives back":
            self.gave_back[entry.rung] += 1
            assert self.gave_back[entry.rung] == 1
        if entry.what in MOVES:
            self.moves(entry)
        # Whatever happens happens on the one rung to which it came last.
        assert entry.rung == self.holding or entry.what == "registered"
        self.counts(entry)
        self.frozen = entry.what == "frozen"

    def moves(self, entry: Entry) -> None:
        """Up, or back to a lower rung, and nowhere else."""
        if self.holding and entry.what == "reopened":
            assert entry.rung == self.holding
        elif self.holding:
            lower = KEYS.index(entry.rung) < KEYS.index(self.holding)
            assert lower is (entry.what == "given back")
            assert entry.rung != self.holding
        self.holding = entry.rung

    def counts(self, entry: Entry) -> None:
        """Failed ones since it came to the rung; one that gets it back goes on counting."""
        rung, may = entry.rung, self.ladder[entry.rung].tries
        if entry.what in COMES:
            self.tries[rung] = self.broken[rung] = 0
        elif entry.what == "reopened" and self.tries[rung] >= may:
            self.tries[rung] = 0
        elif entry.what == "held failed":
            self.tries[rung] += 1
        elif entry.what == "broken":
            self.broken[rung] += 1
            self.tries[rung] += self.broken[rung] > 1
        assert self.tries[rung] <= may

    @invariant()
    def no_rung_keeps_a_case_without_a_try_left(self) -> None:
        """The last failed try climbs at once; and the rules count as we do."""
        rung = self.standing.rung
        assert not self.open or self.tries[rung] < self.ladder[rung].tries
        assert self.tries[rung] == self.standing.failed

    @invariant()
    def nothing_is_planned_but_in_a_mediation(self) -> None:
        """And never on what is frozen."""
        assert self.planned is None or self.state is DisputeState.MEDIATING
        assert self.frozen is (self.state is DisputeState.FROZEN)

    @invariant()
    def whatever_is_open_has_an_owner_and_a_next_date(self) -> None:
        """Of the one rung that has it; and what is not open has neither."""
        assert self.open is (self.owner is not None) is (self.step is not None)
        assert self.owner is None or self.owner.endswith(f" {self.holding}")
        assert self.step is None or self.step.on > self.today
