"""A story that somebody tells the program, and what is stored of it."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Write:
    """Type a text, as the answer to a message with the words `under`: a late copy of another question is none."""

    text: str
    under: str = ""


@dataclass(frozen=True, slots=True)
class Choose:
    """Press the first button with this label under a message with these words; the other buttons are words as well."""

    label: str
    under: str = ""


@dataclass(frozen=True, slots=True)
class Tap:
    """Press a button by its data, under any message of hers or, in a group, under the message that has it."""

    data: str


Step = Write | Choose | Tap


@dataclass(frozen=True, slots=True)
class Life:
    """One story of one person, from her first step to the receipt.

    `nudge` is what she says when nothing answers her words; `receipt` what she recognises the last words by; `subject`
    and `words` tell what it is about.
    """

    number: int
    kind: str
    who: int
    steps: tuple[Step, ...]
    nudge: str
    receipt: re.Pattern[str]
    subject: int | str
    words: tuple[str, ...] = ()
    chat: int = 0  # the group in which she acts; 0: her private chat


@dataclass(frozen=True, slots=True)
class Row:
    """What is stored of a story: whether it is what she told, and what a receipt of it says."""

    right: bool
    says: tuple[str, ...]
