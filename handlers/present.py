"""A question as a message: its text and its buttons."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum, StrEnum

from domain.channel import Button
from domain.refusals import RefusedError
from handlers.clock_question import ClockTime
from handlers.day_questions import ComingDay, Day
from handlers.engine import State, can_go_back, editable_steps, effective_answers, position
from handlers.flow import Control, Flow, Rows, Step
from handlers.party_questions import OwnRows
from handlers.question_kinds import Grouped, OneOf, Photos, Telling, YesNo
from handlers.question_words import grouped_words, yes_no_words
from handlers.questions import CLEAR, DONE, TICK, UNTICK, Answers, Asked, Choice, Confirm, Many, Pick, Question
from handlers.refusal_limits import limits_of
from handlers.scene import Scene
from handlers.shortened import short_name
from handlers.so_far import so_far
from messages.render import day_text, label, render


@dataclass(frozen=True, slots=True)
class Progress:
    """The small line above a question: where one is."""

    number: int
    total: int


@dataclass(frozen=True, slots=True)
class Refused:
    """One sentence: why an input was no answer; and the limit that it went beyond, where there is one."""

    reason: StrEnum
    latest: date | None = None
    earliest: date | None = None
    lowest: int | None = None
    highest: int | None = None
    longest: int | None = None


@dataclass(frozen=True, slots=True)
class AddedLate:
    """A photo or voice message that came after its question is with the others."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """How much a search has found; `query` is empty when everything is listed."""

    query: str
    total: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class UnknownCode:
    """No record has this code, or none that she may know of."""

    query: str


class Presenter:
    """Puts the present question of a conversation into text and buttons."""

    def __init__(self, scene: Scene, flow: Flow, state: State) -> None:
        self.scene = scene
        self.flow = flow
        self.state = state
        self.step = flow.by_key[state.step]
        self.locale = scene.actor.locale
        self.answers: Answers = effective_answers(flow, state)
        self.result: object | None = None  # what a search has found

    async def message(self, refusal: Refused | None = None, *, late: bool = False) -> tuple[str, Rows]:
        """The text (above it why an input was no answer, or that it was added to an earlier one) and the buttons."""
        try:
            answer = self.step.answer
            rows = await self._own(answer) if isinstance(answer, OwnRows) else await self._answer_rows()
            rows = [*rows, *self._control_rows()]
        except RefusedError as gone:
            # What the list is about is no longer there: nothing can be chosen, but the form can be left.
            return render(Refused(gone.reason), self.locale), tuple(tuple(row) for row in self._control_rows())
        parts = [render(view, self.locale) for view in self._above()]
        if refusal is not None:
            limits = limits_of(self.step.answer, refusal.reason, self._asked())
            parts.append(render(replace(refusal, **limits), self.locale))
        if late:
            parts.append(render(AddedLate(), self.locale))
        if self.flow.saves and not isinstance(self.step.answer, Confirm):
            parts.append(render(Progress(*position(self.flow, self.state)), self.locale))
        parts.append(render(self.step.ask(self.answers, self.state.facts), self.locale))
        parts += [render(view, self.locale) for view in so_far(self.step.answer, self._asked())]
        if self.result is not None:
            parts.append(render(self.result, self.locale))
        return "\n\n".join(parts), tuple(tuple(row) for row in rows)

    def _above(self) -> list[object]:
        """What the conversation puts above all else, given the answers and the half of this one."""
        known = dict(self.answers)
        if self.state.partial is not None:
            known.setdefault(self.step.key, self.state.partial)
        view = self.flow.above(known, self.state.facts) if self.flow.above else None
        return [] if view is None else [view]

    def _asked(self) -> Asked:
        return Asked(self.answers, self.state.facts, self.state.partial, self.scene.today)

    def _button(self, text: str, value: str) -> Button:
        return Button(text, f"{self.flow.name}:{self.state.step}:{self.state.rev}:{value}")

    def _control(self, key: str, value: str) -> Button:
        return self._button(label(key, self.locale), value)

    async def _answer_rows(self) -> list[list[Button]]:
        match self.step.answer:
            case Choice() as choice:
                options = choice.offered(self.answers, self.state.facts)
                return self._grid(((str(o.value), o) for o in options), choice.columns)
            case Many() as many:
                return self._many(many)
            case Day() | ComingDay() as day:
                return self._days(day.offered(self._asked()))
            case Pick() as pick:
                return await self._pick(pick)
            case Confirm():
                return self._confirm()
            case question:
                return self._further_rows(question)

    async def _own(self, own: OwnRows) -> list[list[Button]]:
        rows, self.result = await own.rows(self.scene, self._asked())
        return [
            [self._control(word, value) if value.startswith("!") else self._button(word, value) for value, word in row]
            for row in rows
        ]

    def _further_rows(self, question: Question) -> list[list[Button]]:
        match question:
            case YesNo():
                return self._yes_no(question)
            case OneOf():
                return self._list(question.offered(self.state.facts))
            case Grouped():
                return self._grouped(question)
            case ClockTime():
                return self._grid(question.offered(self._asked()), 3)
        sent = isinstance(question, Photos | Telling) and self.state.partial
        key = "photos_done" if isinstance(question, Photos) else "all_told"
        return [[self._control(key, DONE)]] if sent else []

    def _grid(self, options: Iterable[tuple[str, str | Enum]], columns: int) -> list[list[Button]]:
        buttons = [self._button(self._word(word), value) for value, word in options]
        return [list(row) for row in _rows(buttons, columns)]

    def _word(self, word: str | Enum) -> str:
        return label(word, self.locale) if isinstance(word, Enum) else short_name(word)

    def _many(self, many: Many) -> list[list[Button]]:
        partial = self.state.partial or {"chosen": [], "text": ""}
        chosen = set(partial["chosen"])
        marked = (
            (UNTICK + value, "✅ " + self._word(word)) if value in chosen else (TICK + value, "▫️ " + self._word(word))
            for value, word in many.offered(self.state.facts)
        )
        rows = self._grid(marked, many.columns)
        enough = len(chosen) >= many.at_least or partial["text"]
        if enough:
            key = "done" if chosen or partial["text"] else "none_of_these"
            rows.append([self._control(key, DONE)])
        return rows

    def _yes_no(self, question: YesNo) -> list[list[Button]]:
        said = self.state.partial or {}
        rows = [[self._button(word, value) for value, word in row] for row in yes_no_words(question, said, self.locale)]
        return [*rows, [self._control("done", DONE)]] if question.complete(said) else rows

    def _grouped(self, question: Grouped) -> list[list[Button]]:
        words, inside = grouped_words(question, self.scene, self.state.partial)
        return [*self._list(words), *([[self._control("other_groups", "!in.")]] if inside else [])]

    def _list(self, options: Iterable[tuple[str, str]]) -> list[list[Button]]:
        return [[self._button(name, value)] for value, name in options]

    def _days(self, days: Sequence[date]) -> list[list[Button]]:
        buttons = [self._button(day_text(day, self.locale), day.isoformat()) for day in days]
        return [list(row) for row in _rows(buttons, 2)]

    async def _pick(self, pick: Pick) -> list[list[Button]]:
        partial = self.state.partial or {"query": "", "page": 0}
        query, page, size = partial["query"], int(partial["page"]), pick.page_size
        found = await pick.search(self.scene, self.answers, self.state.facts, query, page * size, size)
        pages = max(1, -(-found.total // size))
        if page >= pages:  # the list has become shorter, or somebody made the number up
            page = pages - 1
            found = await pick.search(self.scene, self.answers, self.state.facts, query, page * size, size)
        if pick.by_code and not found.total:
            self.result = UnknownCode(query) if query else None
        elif query or not found.total or pages > 1:
            self.result = SearchResult(query, found.total, page + 1, pages)
        rows = [[self._button(name, str(value))] for value, name in found.options]
        turn = []
        if page > 0:
            turn.append(self._control("previous", f"!page.{page - 1}"))
        if page + 1 < pages:
            turn.append(self._control("next", f"!page.{page + 1}"))
        if pick.otherwise is not None and not found.total:
            key, data = pick.otherwise
            rows.append([Button(label(key, self.locale), data)])
        return [*rows, turn] if turn else rows

    def _confirm(self) -> list[list[Button]]:
        if self.state.partial == "edit":
            steps = editable_steps(self.flow, self.state)
            buttons = [self._button(self._step_word(step), f"!edit.{step.key}") for step in steps]
            return [list(row) for row in _rows(buttons, 2)]
        return [[self._control("save", DONE)], [self._control("edit", Control.EDIT)]]

    def _step_word(self, step: Step) -> str:
        return label(f"{self.flow.name}_{step.key}", self.locale, "step")

    def _control_rows(self) -> list[list[Button]]:
        first = []
        if can_go_back(self.flow, self.state):
            first.append(self._control("back", Control.BACK))
        if self.step.optional and not self.state.partial:
            first.append(self._control("skip", Control.SKIP))
        if so_far(self.step.answer, self._asked()) and self.state.partial:
            first.append(self._control("clear", CLEAR))
        last = [self._control("cancel", Control.CANCEL)]
        if self.flow.saves:
            last.insert(0, self._control("keep", Control.KEEP))
        return [row for row in (first, self._aside(), last) if row]

    def _aside(self) -> list[Button]:
        if self.step.aside is None:
            return []
        key, data = self.step.aside
        return [Button(label(key, self.locale), f"{data}:{self.answers[self.flow.steps[0].key]}")]


def _rows(buttons: Sequence[Button], columns: int) -> Iterable[Sequence[Button]]:
    return [buttons[start : start + columns] for start in range(0, len(buttons), columns)]
