"""The engine of conversations, pure: (flow, state, input) → what happens next. No session, no clock, no Telegram."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from handlers.flow import Flow, Step
from handlers.inputs import Input, Pressed
from handlers.late_things import taken_late
from handlers.questions import Answered, Asked, Confirm, Half, Refusal

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class State:
    """Where a conversation stands. It is exactly what its row stores.

    `rev` names the question that was put; its buttons carry it. Half an answer leaves it, an answer raises it.
    """

    flow: str
    version: int
    step: str
    rev: int
    answers: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    partial: Any = None
    editing: Mapping[str, Any] | None = None  # {"old": the answer before the edit}, or {} when it had none

    def to_json(self) -> Json:
        """The part that is stored as JSON; the rest are columns of the row."""
        return {
            "answers": dict(self.answers),
            "facts": dict(self.facts),
            "partial": self.partial,
            "editing": dict(self.editing) if self.editing is not None else None,
        }


@dataclass(frozen=True, slots=True)
class Ask:
    """Put the present question (or the summary). `late`: something was added to an earlier answer meanwhile."""

    state: State
    late: bool = False


@dataclass(frozen=True, slots=True)
class Refuse:
    """Say why the input is no answer, and put the question again."""

    state: State
    reason: StrEnum


@dataclass(frozen=True, slots=True)
class Finish:
    """Everything is answered and confirmed."""

    state: State


@dataclass(frozen=True, slots=True)
class Keep:
    """The person wants to go on later."""

    state: State


@dataclass(frozen=True, slots=True)
class Cancel:
    """The person wants to drop it."""

    state: State


Result = Ask | Refuse | Finish | Keep | Cancel


def start(
    flow: Flow,
    rev: int,
    answers: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
    partial: Any = None,
) -> Ask:
    """Begin `flow`, with what is already known and with half of its first answer.

    `rev` must be higher than that of any earlier conversation here, so that a button of last week fits none of
    today's.
    """
    state = State(flow.name, flow.version, flow.steps[0].key, rev, answers or {}, facts or {}, partial)
    return Ask(_to_next(flow, state))


def advance(flow: Flow, state: State, given: Input, today: date) -> Result:
    """What `given` does to a conversation that stands at `state`."""
    step = flow.by_key[state.step]
    if isinstance(given, Pressed) and given.value.startswith("!"):
        result = _control(flow, state, step, given.value)
        if result is not None:
            return result
    asked = Asked(state.answers, state.facts, state.partial, today)
    taken = step.answer.take(given, asked)
    if isinstance(taken, Refusal):
        return _late(flow, state, given, asked) or Refuse(state, taken)
    if isinstance(taken, Half):
        # Still the same question: quick fingers may press on before they see what the last press has done.
        return Ask(replace(state, partial=taken.partial))
    return _answered(flow, state, step, taken)


def _late(flow: Flow, state: State, given: Input, asked: Asked) -> Result | None:
    late = taken_late(flow.questions, given, asked)
    if late is None:
        return None
    key, taken = late
    if isinstance(taken, Refusal):
        return Refuse(state, taken)
    # The question stays, and so do its buttons: what they save has only become more.
    return Ask(replace(state, answers={**state.answers, key: taken.partial}), late=True)


def _answered(flow: Flow, state: State, step: Step, taken: Answered) -> Result:
    if isinstance(step.answer, Confirm):
        return Finish(state)
    facts = {**state.facts, **(taken.facts or {})}
    refused = step.check(taken.value, state.answers, facts) if step.check else None
    if refused is not None:
        return Refuse(state, refused)
    answers = {**state.answers, step.key: taken.value}
    moved = _to_next(flow, replace(state, answers=answers, facts=facts, partial=None, editing=None, rev=state.rev + 1))
    return Ask(moved) if flow.saves or moved.step not in answers else Finish(moved)


def _control(flow: Flow, state: State, step: Step, value: str) -> Result | None:
    """The result of a control button; None when the question itself knows it."""
    if value == "!back":
        return Ask(_back(flow, state))
    if value == "!keep" and flow.saves:
        return Keep(state)
    if value == "!cancel":
        return Cancel(state)
    if value == "!skip":
        skipped = step.optional
        return _answered(flow, state, step, Answered(None)) if skipped else Refuse(state, Refusal.NOT_SKIPPABLE)
    if isinstance(step.answer, Confirm) and value.startswith("!edit"):
        return _edit(flow, state, value)
    return None


def _edit(flow: Flow, state: State, value: str) -> Result:
    if value == "!edit":
        return Ask(replace(state, partial="edit", rev=state.rev + 1))
    key = value.removeprefix("!edit.")
    step = flow.by_key.get(key)
    if step is None or step not in editable_steps(flow, state):
        return Refuse(state, Refusal.NO_SUCH_BUTTON)
    old = state.answers.get(key)
    answers = {name: answer for name, answer in state.answers.items() if name != key}
    partial = old if isinstance(old, list | dict) else None
    # Nothing to go back to is not the same as an answer of nothing: the step then has its default again.
    editing = {"old": old} if key in state.answers else {}
    return Ask(replace(state, step=key, answers=answers, partial=partial, editing=editing, rev=state.rev + 1))


def _back(flow: Flow, state: State) -> State:
    last = flow.steps[-1].key
    if state.editing is not None:
        answers = dict(state.answers)
        if "old" in state.editing:
            answers[state.step] = state.editing["old"]
        return replace(state, answers=answers, step=last, partial=None, editing=None, rev=state.rev + 1)
    if state.step == last and state.partial == "edit":
        return replace(state, partial=None, rev=state.rev + 1)
    if state.partial is not None and _nothing_before(flow, state):
        return replace(state, partial=None, rev=state.rev + 1)
    before = [step for step in _asked(flow, state) if step.key in state.answers]
    before = [step for step in before if _index(flow, step.key) < _index(flow, state.step)]
    if not before:
        return replace(state, rev=state.rev + 1)
    step = before[-1]
    old = state.answers[step.key]
    answers = {name: answer for name, answer in state.answers.items() if name != step.key}
    partial = old if isinstance(old, list | dict) else None
    return replace(state, step=step.key, answers=answers, partial=partial, rev=state.rev + 1)


def _nothing_before(flow: Flow, state: State) -> bool:
    return not can_go_back(flow, replace(state, partial=None))


def can_go_back(flow: Flow, state: State) -> bool:
    """Whether there is an earlier question to return to."""
    if state.editing is not None or state.partial == "edit":
        return True
    here = _index(flow, state.step)
    return any(step.key in state.answers and _index(flow, step.key) < here for step in _asked(flow, state))


def effective_answers(flow: Flow, state: State) -> dict[str, Any]:
    """The answers that count: those of steps whose condition still holds, with defaults filled in."""
    answers: dict[str, Any] = {}
    for step in flow.questions:
        if not step.applies(answers, state.facts):
            continue
        if step.key in state.answers:
            answers[step.key] = state.answers[step.key]
        elif step.default is not None and step.has_default(answers, state.facts):
            answers[step.key] = step.default(answers, state.facts)
    return answers


def editable_steps(flow: Flow, state: State) -> list[Step]:
    """The steps whose answers can be changed in the summary."""
    answers = effective_answers(flow, state)
    return [step for step in flow.questions if step.editable and step.key in answers]


def position(flow: Flow, state: State) -> tuple[int, int]:
    """The number of the present question among those that are asked, and how many these are as far as one knows."""
    asked = [step.key for step in _asked(flow, state)]
    return (asked.index(state.step) + 1 if state.step in asked else len(asked), len(asked))


def migrate(flow: Flow, state: State) -> State | None:
    """The state after a deploy that changed the flow: answers whose steps still exist are kept.

    None when it already fits.
    """
    if state.version == flow.version and state.step in flow.by_key:
        return None
    answers = {key: value for key, value in state.answers.items() if key in flow.by_key}
    kept = replace(state, version=flow.version, answers=answers, partial=None, editing=None, rev=state.rev + 1)
    return _to_next(flow, kept)


def _to_next(flow: Flow, state: State) -> State:
    """The state at the first question that is not answered."""
    answers = effective_answers(flow, state)
    for step in flow.questions:
        if step.applies(answers, state.facts) and step.key not in answers:
            return replace(state, step=step.key)
    return replace(state, step=flow.steps[-1].key)


def _asked(flow: Flow, state: State) -> list[Step]:
    """The steps that are asked without being called for, given the answers."""
    answers, facts = effective_answers(flow, state), state.facts
    return [
        step
        for step in flow.steps
        if step.applies(answers, facts) and (step.key in state.answers or not step.has_default(answers, facts))
    ]


def _index(flow: Flow, key: str) -> int:
    return next(number for number, step in enumerate(flow.steps) if step.key == key)
