"""docs/reliability.md: every promise has a test that is there, and every promise of the fault campaign its row."""

import ast
import re
from pathlib import Path

import pytest

from bench.faults import PROMISES
from tests.architecture.tree import ROOT, parsed

PAGE = ROOT / "docs" / "reliability.md"
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
NUMBERS = [f"T{number}" for number in range(1, 14)]


def rows() -> list[list[str]]:
    """The cells of every row of the page's tables, without their heads."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    cells = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    return [row for row in cells if row[0] != "promise"]


def campaign() -> dict[str, list[str]]:
    """The rows of the fault campaign by their numbers."""
    return {row[1]: row for row in rows() if re.fullmatch(r"T\d+", row[1])}


def is_there(path: str, name: str) -> bool:
    """Whether that file has that test."""
    file = Path(ROOT / path)
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    return file.exists() and any(isinstance(node, functions) and node.name == name for node in ast.walk(parsed(file)))


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0][:40])
def test_every_promise_names_tests_that_are_there(row: list[str]) -> None:
    named = TEST.findall(" ".join(row[1:]))
    assert named, "a promise without a test"
    assert not [f"{path}::{name}" for path, name in named if not is_there(path, name)]
    assert row[0]
    assert all(row)


def test_every_number_of_the_campaign_has_one_row_with_its_command() -> None:
    assert sorted(row[1] for row in rows() if row[1] in NUMBERS) == sorted(NUMBERS)
    assert {number: row[3] for number, row in campaign().items()} == {n: f"`--only {n}`" for n in campaign()}


def test_what_the_campaign_tries_stands_on_the_page_and_nothing_is_said_of_what_it_does_not_try() -> None:
    tried = {promise.number for promise in PROMISES}
    assert tried <= campaign().keys()
    assert {number for number, row in campaign().items() if row[4] != "not yet run"} <= tried
