"""The words of enumerations, buttons and menus: complete, the same in both languages, none left over."""

import importlib
import pkgutil
import tomllib
from collections import Counter
from collections.abc import Iterator
from enum import Enum
from functools import cache
from string import Formatter

import pytest
from jinja2 import nodes

from handlers.conversations import FLOWS
from handlers.menu import KEYS
from handlers.question_kinds import YesNo
from handlers.questions import Choice, Many
from handlers.registry import COMMANDS
from messages import render
from messages.render import LOCALES, environment, labels
from tests.architecture.tree import PACKAGES, calls, dotted, program_files, short, strings
from tests.messages.samples import sample, variants
from tests.messages.views import all_views, template_sources

BUTTON_LIMIT = 30  # of a phone's width; Telegram itself cuts what is too long
TOAST_LIMIT = 200
COMMAND_LIMIT = 256
MARK = "✅ "  # stands before a chosen option
SILENT_COMMANDS = {"menu", "start"}  # other words for what the menu does: not in Telegram's list of commands
# The section in which each of these looks its first literal up.
LOOKED_UP = {"toast": "toast", "button": "button", "_control": "button"}

LABEL = render.label

in_each_language = pytest.mark.parametrize("locale", LOCALES)


@cache
def enums() -> dict[str, list[type[Enum]]]:
    """The program's enumerations by name."""
    found: dict[str, list[type[Enum]]] = {}
    for package in (importlib.import_module(name) for name in PACKAGES):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            for value in vars(importlib.import_module(module.name)).values():
                if isinstance(value, type) and issubclass(value, Enum) and value.__module__ == module.name:
                    found.setdefault(value.__name__, []).append(value)
    return found


@cache
def shown_enums() -> frozenset[type[Enum]]:
    """The enumerations whose members are put into words: by a template, or on a button."""
    shown: set[type[Enum]] = set()

    def noting(member: Enum | str, locale: str, section: str = "button") -> str:
        shown.update({type(member)} if isinstance(member, Enum) else ())
        return LABEL(member, locale, section)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(render, "label", noting)
        for kind in all_views():
            for view in (sample(kind), *variants(kind)):
                render.render(view, "zh")
    questions = (step.answer for flow in FLOWS.values() for step in flow.steps)
    options = {question.options for question in questions if isinstance(question, Choice | Many)}
    return frozenset(shown | {enum for enum in options if not isinstance(enum, str)})


@pytest.mark.parametrize("name", sorted(file.name for file in (render.HERE / "zh").glob("*.toml")))
def test_both_languages_have_the_same_words_with_the_same_blanks(name: str) -> None:
    zh, en = (tomllib.loads((render.HERE / locale / name).read_text(encoding="utf-8")) for locale in LOCALES)
    assert list(_blanks(zh)) == list(_blanks(en))


def _blanks(sections: dict[str, dict[str, str]]) -> Iterator[tuple[str, str, list[str]]]:
    """Section, key, and what is filled in, in order."""
    for section in sorted(sections):
        for key, word in sorted(sections[section].items()):
            yield section, key, sorted({name for _, name, _, _ in Formatter().parse(word) if name is not None})


@in_each_language
def test_every_word_is_one(locale: str) -> None:
    empty = [
        f"[{section}] {key}" for section, words in labels(locale).items() for key in words if not words[key].strip()
    ]
    assert not empty


@in_each_language
def test_every_shown_enumeration_has_its_words(locale: str) -> None:
    for enum in shown_enums():
        assert {str(member.value) for member in enum} == set(labels(locale)[enum.__name__]), enum.__name__


def test_every_section_in_capitals_is_a_shown_enumeration() -> None:
    sections = {section for section in labels("zh") if section[0].isupper()}
    assert not sections - {enum.__name__ for enum in shown_enums()}
    assert not {name for name in sections if len(enums()[name]) > 1}, "two enumerations share their words"


@in_each_language
def test_flows_steps_and_commands_are_named(locale: str) -> None:
    words = labels(locale)
    assert set(words["flow"]) == set(FLOWS)
    steps = [(f"{flow.name}_{step.key}", step) for flow in FLOWS.values() if flow.saves for step in flow.questions]
    assert {name for name, step in steps if step.editable} <= set(words["step"]) <= {name for name, _ in steps}
    assert set(words["command"]) == set(COMMANDS) - SILENT_COMMANDS
    assert set(words["menu"]) == set(KEYS)
    assert not set(KEYS) - set(COMMANDS), "a menu entry that leads nowhere"


def test_a_menu_word_means_one_thing_in_every_language() -> None:
    meanings = {(word, key) for locale in LOCALES for key, word in labels(locale)["menu"].items()}
    assert max(Counter(word for word, _ in meanings).values()) == 1


def test_no_section_and_no_key_is_left_over() -> None:
    said = {text for file in program_files() for text in strings(file)} | _said_in_templates()
    starts = tuple(text for text in said if text.endswith("_"))
    members = {str(member.value) for found in enums().values() for enum in found for member in enum}
    for section, words in labels("zh").items():
        if section[0].isupper() or section in ("flow", "step", "command", "menu"):
            continue
        assert section in said, f"nobody looks into [{section}]"
        left = {key for key in words if key not in said | members and not key.startswith(starts)}
        assert not left, f"[{section}] {left}"


def _said_in_templates() -> set[str]:
    trees = (environment().parse(source) for locale in LOCALES for source in template_sources(locale).values())
    return {node.value for tree in trees for node in tree.find_all(nodes.Const) if isinstance(node.value, str)}


def test_every_literal_that_is_looked_up_is_there() -> None:
    missing = []
    for file in program_files():
        for call in calls(file):
            section = LOOKED_UP.get(dotted(call.func).rpartition(".")[2])
            key = getattr(call.args[0], "value", None) if call.args else None
            if section and isinstance(key, str) and key not in labels("zh")[section]:
                missing.append(f"{short(file)}:{call.lineno} [{section}] {key}")
    assert not missing


@in_each_language
def test_words_fit_where_they_stand(locale: str) -> None:
    words = labels(locale)
    questions = [step.answer for flow in FLOWS.values() for step in flow.steps]
    yes_no = [question for question in questions if isinstance(question, YesNo)]
    options = {question.options for question in questions if isinstance(question, Choice | Many)}
    on_buttons = [*words["button"].values(), *words["menu"].values(), *words["step"].values()]
    on_buttons += [
        MARK + word for enum in options if not isinstance(enum, str) for word in words[enum.__name__].values()
    ]
    on_buttons += [MARK + word for question in yes_no for word in words[question.no].values()]
    on_buttons += [MARK + word for question in yes_no for word in words[question.options.__name__].values()]
    assert not [word for word in on_buttons if len(word) > BUTTON_LIMIT]
    assert not [word for word in words["toast"].values() if len(word) > TOAST_LIMIT]
    assert not [word for word in words["command"].values() if len(word) > COMMAND_LIMIT]
