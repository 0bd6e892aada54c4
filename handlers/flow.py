"""A conversation as data: its steps, when each is asked, and the one use-case that its end calls.

A bad declaration fails when the module is built, not when somebody gets there.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from domain.channel import Button
from handlers.question_kinds import Grouped, OneOf, YesNo
from handlers.questions import Answers, Choice, Confirm, Facts, Many, Pick, Question
from handlers.scene import Scene
from models.member import Role

MAX_BUTTON_BYTES = 64
_NAME = re.compile(r"[a-z][a-z0-9_]{0,15}")
# "flow:step:rev:value" with a rev of thirteen digits; a picked record's id has up to ten digits.
_REV_DIGITS = 13
_KEY_LENGTH = 32  # of a county's own words for things


class BadFlowError(ValueError):
    """A flow is declared wrongly."""


def always(_answers: Answers) -> bool:
    """The condition of a step that everybody is asked."""
    return True


def ever(_answers: Answers, _facts: Facts) -> bool:
    """The condition of a default that always holds, and of a question that there is always something to ask for."""
    return True


@dataclass(frozen=True, slots=True)
class Step:
    """One question.

    `ask` gives the view that asks it; `when` says, from the answers so far, whether it is asked at all;
    `check` may refuse an answer with a reason; a step with a `default` is asked only when somebody wants to
    change it in the summary. `default_when` narrows that to some answers and facts: otherwise it is asked. `possible`
    says, from the answers and the facts, whether there is anything to ask at all. `aside` is a button that leads away
    from the question: its label, and its data before the record of the conversation's first step.
    """

    key: str
    ask: Callable[[Answers, Facts], object]
    answer: Question
    when: Callable[[Answers], bool] = always
    check: Callable[[Any, Answers, Facts], StrEnum | None] | None = None
    optional: bool = False
    default: Callable[[Answers, Facts], Any] | None = None
    default_when: Callable[[Answers, Facts], bool] = ever
    possible: Callable[[Answers, Facts], bool] = ever
    editable: bool = True
    aside: tuple[str, str] | None = None

    def applies(self, answers: Answers, facts: Facts) -> bool:
        """Whether it belongs to the form at all, given what is known."""
        return self.when(answers) and self.possible(answers, facts)

    def has_default(self, answers: Answers, facts: Facts) -> bool:
        """Whether it is asked only when somebody wants to change it."""
        return self.default is not None and self.default_when(answers, facts)


@dataclass(frozen=True, slots=True)
class Finished:
    """What is shown at the end, with its buttons."""

    view: object
    buttons: Sequence[Sequence[tuple[str, str]]] = ()  # rows of (label key, callback data)


Refresh = Callable[[Scene, Answers], Awaitable[Facts]]
Receipt = Callable[[Scene, str], Awaitable[Finished | None]]
InReach = Callable[[Scene, Answers], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Flow:
    """A conversation. `finish` calls one use-case with the answers and returns what is shown.

    One that saves ends with a summary to confirm. One that does not (`saves=False`) only looks something up: it
    ends with its last pick, is never a draft, and is left without a word. `refresh` loads the facts anew when
    somebody else changed the record meanwhile, so that the summary can be compared and confirmed again.
    `in_reach` says whether the records it is about are still hers to see: what was loaded of them is not shown
    to somebody who has lost them since.
    `finish` may store its last argument, the name of this ending, with what it saves. What it shows is kept under that
    name for a week and shown again when "save" is pressed once more: the first showing may have been lost on its way.
    `receipt` takes the place of what was kept, where what may be shown has to be decided or worked out anew.
    What is said in one that is `hush` leaves the chat when it ends or is put aside: its cards and her own messages.
    `above` gives what stands above every question (and the summary), from the answers so far, half ones too.
    Raises BadFlowError for a declaration that could not work.
    """

    name: str
    version: int
    roles: frozenset[Role]
    steps: tuple[Step, ...]
    finish: Callable[[Scene, Answers, Facts, str], Awaitable[Finished]]
    receipt: Receipt | None = None
    refresh: Refresh | None = None
    in_reach: InReach | None = None
    saves: bool = True
    hush: bool = False
    above: Callable[[Answers, Facts], object | None] | None = None
    by_key: dict[str, Step] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise BadFlowError(f"{self.name!r} is no name for a flow")
        self._check_end()
        for step in self.steps:
            if not _NAME.fullmatch(step.key) or step.key in self.by_key:
                raise BadFlowError(f"{self.name}: {step.key!r} is no name for a step, or stands twice")
            if step.default is not None and not step.editable:
                raise BadFlowError(f"{self.name}:{step.key} has a default that nobody could ever change")
            for value in _longest_values(step.answer):
                self._check_button(step, value)
            self.by_key[step.key] = step

    @property
    def questions(self) -> tuple[Step, ...]:
        """The steps without the summary."""
        return self.steps[:-1] if self.saves else self.steps

    def _check_end(self) -> None:
        if self.saves and not (self.steps and isinstance(self.steps[-1].answer, Confirm)):
            raise BadFlowError(f"{self.name}: the last step must be a summary to confirm")
        if not self.saves and not (self.steps and isinstance(self.steps[-1].answer, Pick)):
            raise BadFlowError(f"{self.name} saves nothing, so its last step must be a pick")
        if any(isinstance(step.answer, Confirm) for step in self.questions):
            raise BadFlowError(f"{self.name}: only the last step can be a summary")
        if not self.saves and any(step.default is not None for step in self.steps):
            raise BadFlowError(f"{self.name} has a default, but no summary to change it in")

    def _check_button(self, step: Step, value: str) -> None:
        data = f"{self.name}:{step.key}:{'9' * _REV_DIGITS}:{value}"
        if len(data.encode()) > MAX_BUTTON_BYTES:
            raise BadFlowError(f"{data!r} is longer than a button's {MAX_BUTTON_BYTES} bytes")


def _longest_values(question: Question) -> list[str]:
    if isinstance(question, Choice | Many) and not isinstance(question.options, str):
        return [str(member.value) for member in question.options]
    if isinstance(question, YesNo):
        return [f"{member.value}.yes" for member in question.options]
    if isinstance(question, Grouped):
        return ["!in." + "x" * _KEY_LENGTH]
    if isinstance(question, Pick | OneOf):
        return ["9" * 10]
    if isinstance(question, Confirm):
        return ["!edit." + "x" * 16]
    return ["!back"]


@dataclass(frozen=True, slots=True)
class Control:
    """The buttons under a question that are not answers to it."""

    BACK = "!back"
    SKIP = "!skip"
    KEEP = "!keep"
    CANCEL = "!cancel"
    EDIT = "!edit"
    RESUME = "!resume"


Rows = tuple[tuple[Button, ...], ...]
