"""A promise of the fault campaign: what is put to the test, and what came of it.

Each `bench/fault_*.py` has some; `bench/faults.py` keeps the campaign.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Campaign:
    """How much is tried.

    `part` is the share of the full campaign, 1.0 being the figures of docs/reliability.md; `seed` decides every choice.
    `tell` shows how far a long promise has come, for the terminal.
    """

    part: float
    seed: int
    tell: Callable[[str], None]

    def of(self, full: int, least: int = 1) -> int:
        """The number to try where the full campaign tries `full`."""
        return max(least, round(full * self.part))


@dataclass(frozen=True)
class Outcome:
    """What one promise came to: `broken` has a sentence for each way in which it was not kept."""

    kills: int = 0
    lost: int = 0
    doubled: int = 0
    broken: tuple[str, ...] = ()
    figures: dict[str, float] = field(default_factory=dict)  # what was measured beside, by name

    @property
    def kept(self) -> bool:
        return not (self.lost or self.doubled or self.broken)


@dataclass(frozen=True)
class Promise:
    """One line of docs/reliability.md."""

    number: str  # as in docs/reliability.md, "T3"
    words: str
    keep: Callable[[Campaign], Awaitable[Outcome]]
