"""Habits that no tool checks: names, docstrings, clocks, commits."""

import ast
from collections.abc import Iterator

from tests.architecture.tree import BOT, ROOT, all_files, calls, dotted, parsed, program_files, short

Function = ast.FunctionDef | ast.AsyncFunctionDef
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}
CLOCKS = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
}
LIBRARY_CONTRACTS = {"process_bind_param", "process_result_value"}  # told by SQLAlchemy's TypeDecorator


def test_a_name_says_what_is_inside() -> None:
    empty = [short(file) for file in all_files() if EMPTY_NAMES & set(file.relative_to(ROOT).with_suffix("").parts)]
    assert not empty


def test_everything_public_tells_its_contract() -> None:
    """Modules, classes and functions have a docstring. What a protocol tells need not be told again."""
    told = _told_by_protocols() | LIBRARY_CONTRACTS
    silent = []
    for file in program_files():
        tree = parsed(file)
        if tree.body and not ast.get_docstring(tree):
            silent.append(short(file))
        silent += [
            f"{short(file)}:{node.lineno} {node.name}"
            for node in _public(tree)
            if node.name not in told and not ast.get_docstring(node)
        ]
    assert not silent, "no docstring:\n" + "\n".join(silent)


def _told_by_protocols() -> set[str]:
    """The methods that a protocol tells: each by a docstring of its own, an only one by that of its class."""
    classes = [node for file in program_files() for node in parsed(file).body if isinstance(node, ast.ClassDef)]
    holders = [[one for one in node.body if isinstance(one, Function)] for node in classes if _is_protocol(node)]
    return {one.name for methods in holders for one in methods if len(methods) == 1 or ast.get_docstring(one)}


def _is_protocol(node: ast.ClassDef) -> bool:
    return any(dotted(base) == "Protocol" for base in node.bases)


def _public(tree: ast.Module) -> Iterator[Function | ast.ClassDef]:
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef) and not _is_protocol(node):
                yield from (one for one in node.body if isinstance(one, Function) and not one.name.startswith("_"))


def test_only_the_session_commits() -> None:
    commits = {
        f"{short(file)}:{call.lineno}"
        for file in program_files()
        for call in calls(file)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "commit" and short(file) != "models/session.py"
    }
    assert not commits


def test_only_the_composition_root_holds_a_clock() -> None:
    clocks = {
        f"{short(file)}:{call.lineno} {dotted(call.func)}"
        for file in program_files()
        for call in calls(file)
        if dotted(call.func) in CLOCKS and file != BOT
    }
    assert not clocks


def test_the_composition_root_puts_together_and_nothing_more() -> None:
    """It is outside import-linter's graph, being no package."""
    imported = {
        name.split(".")[0]
        for node in ast.walk(parsed(BOT))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names])
    }
    assert not imported & {"telegram", "jinja2", "sqlalchemy", "sqlmodel"}
