"""What buttons send back: at most 64 bytes, and always something that somebody answers to."""

import ast
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from domain import notices
from domain.usecases.joining import CODE_BYTES
from handlers.conversations import FLOWS
from handlers.day_questions import Day
from handlers.flow import MAX_BUTTON_BYTES, Control, Flow
from handlers.question_kinds import Grouped, OneOf, YesNo
from handlers.questions import CLEAR, DONE, TICK, UNTICK, Choice, Confirm, Many, Pick, Question
from handlers.registry import COMMANDS, PRESSES
from tests.architecture.tree import ROOT, dotted, parsed, short, strings
from tests.messages.samples import sample

GATEWAY_PREFIXES = {"join", "leave"}  # handlers.gateway takes these itself
CONTROLS = (Control.BACK, Control.SKIP, Control.KEEP, Control.CANCEL, Control.EDIT, Control.RESUME, CLEAR, DONE)
LARGEST_ID = 9_999_999_999
LARGEST_REV = 9_999_999_999
LONGEST_KEY = "x" * 32  # of a county's own catalogue
# Rows of (label key, callback data), or a button's label and its data, stand in these.
HOLDS_ROWS = {"rows", "Finished"}
HOLDS_DATA = {"Button": 1, "button": 1, "unless_busy": 1}


@pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS)
def test_every_button_of_a_flow_is_small_enough(flow: Flow) -> None:
    for step in flow.steps:
        for value in (*CONTROLS, *_values(flow, step.answer)):
            data = f"{flow.name}:{step.key}:{LARGEST_REV}:{value}"
            assert len(data.encode()) <= MAX_BUTTON_BYTES, data


def _values(flow: Flow, question: Question) -> Iterator[str]:
    match question:
        case Choice(options=options):
            yield from (str(member.value) for member in options)
        case Many(options=options):
            values = [str(LARGEST_ID)] if isinstance(options, str) else [str(member.value) for member in options]
            yield from (TICK + value for value in values)
        case YesNo(options=options):
            yield from (f"{member.value}.{word}" for member in options for word in ("yes", "no"))
        case Grouped():
            yield from (f"!in.{LONGEST_KEY}", LONGEST_KEY)
        case OneOf():
            yield str(LARGEST_ID)
        case Pick():
            yield from (str(LARGEST_ID), "!page.999999")
        case Day():
            yield date(2026, 11, 21).isoformat()
        case Confirm():
            yield from (f"{Control.EDIT}.{step.key}" for step in flow.steps)


@pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS)
def test_no_option_looks_like_a_control(flow: Flow) -> None:
    for step in flow.steps:
        if isinstance(step.answer, Choice | Many) and not isinstance(step.answer.options, str):
            assert not [member for member in step.answer.options if str(member.value)[0] in ("!", TICK, UNTICK)]
            assert not [member for member in step.answer.options if ":" in str(member.value)]


def test_an_invitation_fits_into_its_button() -> None:
    code = "x" * (CODE_BYTES * 4 // 3)
    assert len(f"join:{code}") <= MAX_BUTTON_BYTES


def test_a_prefix_means_one_thing() -> None:
    assert not set(FLOWS) & set(PRESSES)
    assert not GATEWAY_PREFIXES & (set(FLOWS) | set(PRESSES))
    assert not [prefix for prefix in (*FLOWS, *PRESSES) if ":" in prefix]


@pytest.mark.parametrize("kind", notices.KINDS.values(), ids=notices.KINDS)
def test_a_notices_buttons_are_small_and_lead_somewhere(kind: type) -> None:
    numbers: dict[str, Any] = {field: LARGEST_ID for field in kind.__annotations__ if field.endswith("_id")}
    for _, data in sample(kind, **numbers).actions():
        assert data.split(":")[0] in set(PRESSES) | set(FLOWS), data
        # A press in the middle of a conversation is put behind the question whether to leave it.
        assert len(f"leave:keep:123456:{data}".encode()) <= MAX_BUTTON_BYTES, data
    assert len(f"leave:keep:123456:draft:{uuid4()}") <= MAX_BUTTON_BYTES


def test_every_written_button_leads_somewhere() -> None:
    known = set(PRESSES) | set(FLOWS) | GATEWAY_PREFIXES
    lost = [
        f"{short(file)}:{node.lineno} {prefix}"
        for file in sorted((ROOT / "handlers").rglob("*.py"))
        for node in _data(file)
        if (prefix := _prefix(node)) and prefix not in known
    ]
    assert not lost


def test_every_button_of_the_menu_is_a_command() -> None:
    files = [
        *sorted((ROOT / "handlers").rglob("*.py")),
        *sorted((ROOT / "domain").glob("*_notices.py")),
    ]
    pressed = {text.removeprefix("menu:") for file in files for text in strings(file) if text.startswith("menu:")}
    assert not pressed - {"", *COMMANDS}


def _data(file: Path) -> Iterator[ast.expr]:
    """The expressions of a module that are callback data."""
    for call in ast.walk(parsed(file)):
        if not isinstance(call, ast.Call):
            continue
        name = dotted(call.func).rpartition(".")[2]
        if name in HOLDS_DATA and len(call.args) > HOLDS_DATA[name]:
            yield call.args[HOLDS_DATA[name]]
        if name in HOLDS_ROWS:
            pairs = (node for node in ast.walk(call) if isinstance(node, ast.Tuple) and len(node.elts) == 2)
            yield from (pair.elts[1] for pair in pairs)


def _prefix(node: ast.expr) -> str:
    """What stands before the first colon of a literal, or "" when that is not written out."""
    first = node.values[0] if isinstance(node, ast.JoinedStr) and node.values else node
    text = first.value if isinstance(first, ast.Constant) else ""
    return text.split(":")[0] if isinstance(text, str) and ":" in text else ""
