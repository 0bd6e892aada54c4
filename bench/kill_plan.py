"""Where the program is to die: boundaries of steps, each in its turn."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.fate import Boundary

IN_THE_COMMIT = (100, 400, 1500, 4000)  # microseconds after a commit has begun


@dataclass(frozen=True, slots=True)
class Target:
    """A boundary of a step at which the program is to die, or so many microseconds after it."""

    boundary: int
    delay: int = 0


@dataclass
class Kind:
    """The boundaries of one kind of story, step by step; those at the front had no turn for the longest time."""

    steps: list[list[Target]]
    besides: int  # in how many steps of a story, besides the last one, the program dies


@dataclass
class Plan:
    """`left` kills are to be done. The last step, which stores what was told, has all its boundaries tried first."""

    rng: random.Random
    left: int
    kinds: dict[str, Kind] = field(default_factory=dict)
    boundaries: int = 0  # that were met by one story of each kind
    _chosen: set[int] = field(default_factory=set)

    def learn(self, name: str, passed: Sequence[Sequence[Boundary]]) -> None:
        """What a story in peace met, step by step."""
        steps = [self._targets(met) for met in passed]
        steps[-1] = _hardest_first(steps[-1], passed[-1])
        self.boundaries += sum(len(met) for met in passed)
        self.kinds[name] = Kind(steps, max(1, round((self.left - len(steps[-1])) / len(steps[-1]))))

    def begin(self, name: str) -> None:
        """Another story of this kind: choose its steps."""
        before_the_last = range(len(self.kinds[name].steps) - 1)
        self._chosen = set(self.rng.sample(before_the_last, min(len(before_the_last), self.kinds[name].besides)))
        self._chosen.add(len(before_the_last))

    def next(self, name: str, place: int) -> Target | None:
        """Where to die in this step of the story, if anywhere."""
        waiting = self.kinds[name].steps[place]
        if self.left <= 0 or place not in self._chosen or not waiting:
            return None
        self.left -= 1
        waiting.append(waiting.pop(0))
        return waiting[-1]

    def missed(self) -> None:
        """It did not come to that."""
        self.left += 1

    def _targets(self, met: Sequence[Boundary]) -> list[Target]:
        within = [n for n, one in enumerate(met) if one is Boundary.COMMIT]
        targets = [Target(number) for number in range(len(met))]
        targets += [Target(number, self.rng.choice(IN_THE_COMMIT)) for number in within]
        self.rng.shuffle(targets)
        return targets


def _hardest_first(targets: list[Target], met: Sequence[Boundary]) -> list[Target]:
    """Around the commit of what is reported: just after it, just before it, in the middle of it."""
    calls = [number for number, one in enumerate(met) if one is Boundary.CALL]
    commits = [number for number, one in enumerate(met[: calls[0] if calls else None]) if one is Boundary.COMMIT]
    if not commits:
        return targets
    first = [Target(commits[-1] + 1), Target(commits[-1]), Target(commits[-1], IN_THE_COMMIT[1])]
    return [*first, *(one for one in targets if one not in first)]
