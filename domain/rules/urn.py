"""A sealed box: who has put something in, and how often each thing was put in, without a link between the two.

Used for secret ballots and for ratings (docs/adr/0010). Its text has the same length whatever is in it, keeps no
order and no time, and is written anew as a whole. So nothing can be changed or taken out: nobody knows whose it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

_DIGITS = 5  # of a count
_IN, _OUT = "1", "0"


class UrnError(ValueError):
    """A text that is no box, or something that cannot be put in."""


@dataclass(frozen=True, slots=True)
class Urn:
    """`put_in[i]` says whether the person at place i has put something in; `counts[j]` how often thing j was."""

    put_in: tuple[bool, ...]
    counts: tuple[int, ...]

    @classmethod
    def empty(cls, people: int, things: int) -> Self:
        """A box for so many people and so many things."""
        return cls((False,) * people, (0,) * things)

    @property
    def turnout(self) -> int:
        """How many people have put something in."""
        return sum(self.put_in)

    @property
    def sound(self) -> bool:
        """Whether as many things are in it as people have put something in."""
        return self.turnout == sum(self.counts)

    def put(self, places: Sequence[int], counts: Sequence[int]) -> Self:
        """The box after the people at `places` have put in, together, so many of each thing.

        Raises UrnError when one of them has put something in before or does not exist, or when the numbers disagree.
        """
        if len(set(places)) != len(places) or sum(counts) != len(places) or len(counts) != len(self.counts):
            raise UrnError("one thing for each person")
        if any(count < 0 for count in counts) or not all(0 <= place < len(self.put_in) for place in places):
            raise UrnError("no such person or thing")
        if any(self.put_in[place] for place in places):
            raise UrnError("put in already")
        now_in = tuple(was or place in places for place, was in enumerate(self.put_in))
        return type(self)(now_in, tuple(have + more for have, more in zip(self.counts, counts, strict=True)))

    def dump(self) -> str:
        """The box as text of a length that depends on the numbers of people and things alone."""
        people = "".join(_IN if was else _OUT for was in self.put_in)
        return f"{people}|{'|'.join(f'{count:0{_DIGITS}}' for count in self.counts)}"

    @classmethod
    def load(cls, text: str) -> Self:
        """The box again. Raises UrnError for a text that is none."""
        people, *counts = text.split("|")
        if set(people) - {_IN, _OUT} or not all(len(count) == _DIGITS and count.isdecimal() for count in counts):
            raise UrnError("no box")
        return cls(tuple(sign == _IN for sign in people), tuple(int(count) for count in counts))
