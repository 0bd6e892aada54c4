"""The program's own files, for the tests that read them."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("console", "domain", "handlers", "messages", "models", "sandbox", "scheduler")
BOT = ROOT / "bot.py"


def program_files() -> list[Path]:
    """Every module of the program: `bot.py` and the packages, without tests, measurements and migrations."""
    return [BOT, *(file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py")))]


def all_files() -> list[Path]:
    """The program's modules with the tests and the measurements."""
    return [*program_files(), *(file for name in ("tests", "bench") for file in sorted((ROOT / name).rglob("*.py")))]


def short(file: Path) -> str:
    """The path as it is written in this project."""
    return file.relative_to(ROOT).as_posix()


@cache
def parsed(file: Path) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(file.read_text(encoding="utf-8"), filename=str(file))


def calls(file: Path) -> Iterator[ast.Call]:
    """Every call in a module."""
    return (node for node in ast.walk(parsed(file)) if isinstance(node, ast.Call))


def dotted(node: ast.expr) -> str:
    """`a.b.c` for a plain chain of names, "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def strings(file: Path) -> set[str]:
    """Every string literal of a module; the fixed parts of f-strings too."""
    return {
        node.value for node in ast.walk(parsed(file)) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
