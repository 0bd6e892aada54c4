"""The documents say what is so: links, settings, commands, diagrams."""

import argparse
import re
import stat
from pathlib import Path

import pytest

from console.command_line import build_parser
from console.settings import Settings
from domain.rules.policy import Policy
from handlers.conversations import FLOWS
from tests.architecture.flow_diagrams import FOLDER, diagram, diagram_file
from tests.architecture.tree import ROOT, calls, dotted, short

DOCS = ROOT / "docs"
IMAGES = DOCS / "images"
PAGES = [*sorted(ROOT.glob("README*.md")), *sorted(DOCS.rglob("*.md"))]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
VARIABLE = re.compile(r"SUOZI_[A-Z][A-Z_]*")
# The tests' command of the README; CI runs this very line.
TEST_COMMAND = "uv run --group dev pytest"
RUN_COMMAND = "pip install uv && uv run bot.py"


def _settings() -> set[str]:
    return {f"SUOZI_{name.upper()}" for name in Settings.model_fields}


def _settings_page() -> str:
    return (DOCS / "settings.md").read_text(encoding="utf-8")


def test_the_diagrams_are_those_of_the_conversations() -> None:
    assert set(FOLDER.glob("*.mmd")) == {diagram_file(flow) for flow in FLOWS.values()}
    for flow in FLOWS.values():
        drawn = diagram_file(flow).read_text(encoding="utf-8")
        assert drawn == diagram(flow), "run `python -m tests.architecture.flow_diagrams`"


@pytest.mark.parametrize("page", PAGES, ids=short)
def test_every_link_of_ours_leads_somewhere(page: Path) -> None:
    targets = [target for target in LINK.findall(page.read_text(encoding="utf-8")) if not target.startswith("http")]
    if not any(IMAGES.glob("*.png")):
        targets = [target for target in targets if "images/" not in target]
    gone = [target for target in targets if not (page.parent / target.partition("#")[0]).exists()]
    assert not gone


def test_every_setting_is_described_and_no_other() -> None:
    described = re.findall(r"^\| `(SUOZI_[A-Z_]+)`", _settings_page(), re.MULTILINE)
    assert sorted(described) == sorted(_settings())


def test_the_described_defaults_are_the_real_ones() -> None:
    rows = re.findall(r"^\| `SUOZI_([A-Z_]+)` \|.*\| ([^|]*) \|[^|]*\|$", _settings_page(), re.MULTILINE)
    plain = {name.lower(): said.strip("`") for name, said in rows if said.startswith("`")}
    assert plain == {name: str(Settings.model_fields[name].default) for name in plain}
    assert Settings.model_construct().policy() == Policy()


@pytest.mark.parametrize("page", PAGES, ids=short)
def test_no_page_speaks_of_a_setting_that_is_not_there(page: Path) -> None:
    assert not set(VARIABLE.findall(page.read_text(encoding="utf-8"))) - _settings()


def test_every_command_is_described() -> None:
    text = (DOCS / "operations.md").read_text(encoding="utf-8")
    parser = build_parser()
    commands = {name for one in parser._actions if isinstance(one, argparse._SubParsersAction) for name in one.choices}
    assert not {name for name in commands if not re.search(rf"bot\.py {re.escape(name)}\b", text)}
    assert not set(re.findall(r"`(?:uv run )?bot\.py ([a-z][a-z-]*)", text)) - commands


def test_the_privacy_page_names_every_encrypted_column() -> None:
    columns = {
        text
        for file in (ROOT / "models").glob("*.py")
        for call in calls(file)
        if dotted(call.func) == "encrypted"
        for text in (getattr(call.args[0], "value", ""),)
    }
    told = set(re.findall(r"`([a-z_]+\.[a-z_]+)`", (DOCS / "privacy.md").read_text(encoding="utf-8")))
    assert told == columns


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_the_readme_has_the_two_commands(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert RUN_COMMAND in text
    assert TEST_COMMAND in text


def test_ci_runs_the_command_of_the_readme() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & stat.S_IXUSR
    assert re.search(rf"^{re.escape(TEST_COMMAND)}\b", script.read_text(encoding="utf-8"), re.MULTILINE)


def test_the_lock_names_no_host_and_holds_every_dependency() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    assert "--hash=sha256:" in lock
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    dependencies = project.partition("dependencies = [")[2].partition("\n]")[0]
    names = re.findall(r'^\s*"([A-Za-z0-9-]+)', dependencies, re.MULTILINE)
    assert not [name for name in names if not re.search(rf"^{name}(\[.*\])?==", lock, re.MULTILINE)]
