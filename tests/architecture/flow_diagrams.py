"""A Mermaid diagram of every conversation, drawn from its declaration.

`python -m tests.architecture.flow_diagrams` writes `docs/flows/*.mmd` anew; a test says when that is due.
"""

from collections.abc import Iterator
from itertools import groupby, pairwise
from pathlib import Path

from handlers.conversations import FLOWS
from handlers.flow import Flow, Step, always, ever
from handlers.questions import Choice, Many
from messages.render import label
from tests.architecture.tree import ROOT

FOLDER = ROOT / "docs" / "flows"
LANGUAGE = "en"


def diagram_file(flow: Flow) -> Path:
    """Where the diagram of a conversation is."""
    return FOLDER / f"{flow.name}.mmd"


def diagram(flow: Flow) -> str:
    """The conversation as a Mermaid flowchart."""
    lines = ["%% Generated from the declaration; see tests/architecture/flow_diagrams.py.", "flowchart TD"]
    return "\n".join([*lines, *(f"    {line}" for line in _lines(flow))]) + "\n"


def _lines(flow: Flow) -> Iterator[str]:
    yield f'begin(["{label(flow.name, LANGUAGE, "flow")}"])'
    for step in flow.questions:
        yield f'{step.key}["{_words(flow, step)}"]'
    names = ["begin"]
    asked = [step for step in flow.questions if step.default is None or step.default_when is not ever]
    grouped = groupby(asked, key=lambda step: (step.when, step.possible, step.default is not None, step.default_when))
    for number, (_, steps) in enumerate(grouped, start=1):
        first, *others = steps
        inside, condition = [first.key, *(step.key for step in others)], _condition(first)
        if condition:
            fork = f"if{number}"
            yield f'{fork}{{"{condition}?"}}'
            yield from _arrows([*names, fork])
            names = [f"{fork} -- yes"]
        yield from _arrows([*names, inside[0]])
        yield from (f"{one} --> {two}" for one, two in pairwise(inside))
        names = [inside[-1], f"{fork} -- no"] if condition else [inside[-1]]
    yield from _end(flow, names)


def _condition(step: Step) -> str:
    """When it is asked, in the names of its functions; empty: always."""
    said = [step.when.__name__] if step.when is not always else []
    said += [step.possible.__name__] if step.possible is not ever else []
    said += [f"not {step.default_when.__name__}"] if step.default is not None else []
    return " and ".join(name.strip("_").replace("_", " ") for name in said)


def _end(flow: Flow, names: list[str]) -> Iterator[str]:
    """The summary with what can only be changed there; or, when nothing is saved, what was looked up."""
    if not flow.saves:
        yield 'finish(["Shown"])'
        yield from _arrows([*names, "finish"])
        return
    summary = flow.steps[-1].key
    yield f'{summary}["Summary"]'
    yield from _arrows([*names, summary])
    for step in flow.questions:
        if step.default is not None:
            yield f"{summary} -. change .-> {step.key} -.-> {summary}"
    yield 'finish(["Saved"])'
    yield f"{summary} -- save --> finish"


def _arrows(names: list[str]) -> Iterator[str]:
    """Every name but the last leads to the last."""
    *sources, target = names
    yield from (f"{source} --> {target}" for source in sources)


def _words(flow: Flow, step: Step) -> str:
    """The step as its summary calls it, its options, and its kind."""
    named = flow.saves and step.editable
    words = [label(f"{flow.name}_{step.key}", LANGUAGE, "step") if named else step.key.replace("_", " ").capitalize()]
    question = step.answer
    if isinstance(question, Choice | Many) and not isinstance(question.options, str):
        words.append(" · ".join(label(member, LANGUAGE) for member in question.options))
    words.append(f"<i>{type(question).__name__}{', may be skipped' if step.optional else ''}</i>")
    return "<br/>".join(words).replace('"', "#quot;")


def write_all() -> None:
    """Write every diagram, and remove those of conversations that are gone."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = {diagram_file(flow): diagram(flow) for flow in FLOWS.values()}
    for stale in set(FOLDER.glob("*.mmd")) - set(wanted):
        stale.unlink()
    for file, text in wanted.items():
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_all()
