"""All views in both languages: templates, fields, escaping, length, and the texts themselves."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from jinja2 import meta, nodes

from handlers.flows.lead import LINES_LIMIT, TEXT_LIMIT
from handlers.flows.lead_views import Guidance, LeadSummary
from handlers.flows.visit import NOTE_LIMIT
from handlers.flows.visit_views import VisitSummary
from handlers.present import Refused
from messages.render import LOCALES, environment, render, template_name
from sandbox.html_text import parse_html, units
from tests.messages.golden import HERE, golden_file, golden_text
from tests.messages.samples import BARE, FULL, Style, sample, variants
from tests.messages.views import all_views, field_types, template_sources

MESSAGE_LIMIT = 4096
HOSTILE = "<b>x</b>&{{7*7}}"
# As long as a name or an address may become, ten to a list.
LONG = Style(rich=True, text="梭" * 80, repeat=5)

in_each_language = pytest.mark.parametrize("locale", LOCALES)
# The views of a package are one test: thousands of tests were longer under way than being looked at.
VIEWS: dict[str, list[type]] = {}
for _kind in all_views():
    VIEWS.setdefault(_kind.__module__.rpartition(".")[0], []).append(_kind)
of_each_package = pytest.mark.parametrize("kinds", VIEWS.values(), ids=VIEWS)


def look_at_each(check: Callable[..., None], kinds: list[type], *where: str) -> None:
    """`check` each of the views, also after one that fails; whatever is wrong is told together, view by view."""
    wrong = []
    for kind in kinds:
        try:
            check(kind, *where)
        except Exception as error:
            error.add_note(" ".join([f"{kind.__module__}.{kind.__name__}", *where]))
            wrong.append(error)
    if wrong:
        raise ExceptionGroup(", ".join(error.__notes__[-1] for error in wrong), wrong)


@cache
def _variables(kind: type, locale: str) -> set[str]:
    return meta.find_undeclared_variables(environment().parse(template_sources(locale)[template_name(kind)]))


@of_each_package
@in_each_language
def test_it_has_a_template_that_knows_its_fields_alone(kinds: list[type], locale: str) -> None:
    def check(kind: type, locale: str) -> None:
        assert template_name(kind) in template_sources(locale)
        assert _variables(kind, locale) <= set(field_types(kind))

    look_at_each(check, kinds, locale)


@of_each_package
def test_every_field_is_used(kinds: list[type]) -> None:
    """Numbers that a notice needs for its buttons alone are used there."""

    def check(kind: type) -> None:
        used = set().union(*(_variables(kind, locale) for locale in LOCALES))
        if hasattr(kind, "actions"):
            used |= _fields_of_actions(kind)
        assert used >= set(field_types(kind))

    look_at_each(check, kinds)


def _fields_of_actions(kind: Any) -> set[str]:
    with_little, with_all = sample(kind, BARE), sample(kind, FULL)
    return {
        name
        for name in field_types(kind)
        if sample(kind, BARE, **{name: getattr(with_all, name)}).actions() != with_little.actions()
    }


@in_each_language
def test_no_template_is_without_its_view(locale: str) -> None:
    included = {name for source in template_sources(locale).values() for name in _included(source)}
    known = {template_name(kind) for kind in all_views()} | {name.removeprefix(f"{locale}/") for name in included}
    assert not set(template_sources(locale)) - known


def _included(source: str) -> Iterator[str]:
    return (name for name in meta.find_referenced_templates(environment().parse(source)) if name)


def test_no_two_views_share_a_template() -> None:
    names = [template_name(kind) for kind in all_views()]
    assert sorted(set(names)) == sorted(names)


@in_each_language
def test_no_template_lifts_the_escaping(locale: str) -> None:
    for name, source in template_sources(locale).items():
        filters = {node.name for node in environment().parse(source).find_all(nodes.Filter)}
        assert not filters & {"safe", "tojson"}, name
        assert "autoescape" not in source, name


@of_each_package
@in_each_language
def test_telegram_reads_it_whatever_its_values(kinds: list[type], locale: str) -> None:
    def check(kind: type, locale: str) -> None:
        text, _ = parse_html(render(sample(kind, FULL), locale))
        assert text.strip()
        for view in (sample(kind, BARE), *variants(kind)):
            parse_html(render(view, locale))

    look_at_each(check, kinds, locale)


@of_each_package
@in_each_language
def test_hostile_names_stay_text(kinds: list[type], locale: str) -> None:
    def check(kind: type, locale: str) -> None:
        harmless, hostile = (
            render(sample(kind, Style(rich=True, text=text)), locale) for text in ("x" * len(HOSTILE), HOSTILE)
        )
        assert "<b>x</b>" not in hostile
        # The same letters and the same entities in the same places: nothing of it was read as anything but text.
        assert _letters(hostile).replace(HOSTILE, "x" * len(HOSTILE)) == _letters(harmless)
        assert parse_html(hostile)[1] == parse_html(harmless)[1]

    look_at_each(check, kinds, locale)


def _letters(text: str) -> str:
    return parse_html(text)[0]


@of_each_package
@in_each_language
def test_it_fits_into_a_message(kinds: list[type], locale: str) -> None:
    def check(kind: type, locale: str) -> None:
        text, _ = parse_html(render(sample(kind, LONG), locale))
        assert units(text) <= MESSAGE_LIMIT

    look_at_each(check, kinds, locale)


@in_each_language
def test_the_longest_note_of_a_visit_fits_into_its_summary(locale: str) -> None:
    longest = sample(VisitSummary, LONG, note="字" * NOTE_LIMIT)
    assert units(parse_html(render(longest, locale))[0]) <= MESSAGE_LIMIT


@in_each_language
def test_the_longest_report_fits_with_the_guidance_above_it(locale: str) -> None:
    lines = "字" * LINES_LIMIT
    texts = {"text": "字" * TEXT_LIMIT, "persons": lines, "terms": lines, "safe_address": lines}
    parts = (sample(Guidance), sample(Refused), sample(LeadSummary, LONG, **texts))
    assert sum(units(parse_html(render(part, locale))[0]) + 2 for part in parts) <= MESSAGE_LIMIT


@of_each_package
@in_each_language
def test_its_words_are_the_golden_ones(kinds: list[type], locale: str) -> None:
    def check(kind: type, locale: str) -> None:
        file = golden_file(kind, locale)
        assert file.exists(), "a new view: run `python -m tests.messages.golden`, read what it wrote, commit it"
        assert golden_text(kind, locale) == file.read_text(encoding="utf-8")

    look_at_each(check, kinds, locale)


def test_no_golden_text_is_left_over() -> None:
    known = {golden_file(kind, locale) for kind in all_views() for locale in LOCALES}
    assert not set(HERE.rglob("*.txt")) - known
