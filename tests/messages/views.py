"""Every view of the program, found in its modules.

A view is a frozen dataclass of handlers, the notices or console that either has a template in one of the languages,
or stands in the code where a view is wanted: in `say(…)`, `show(…)`, `render(…)`, `Finished(…)`, `tell(…)`, or as what
a `Step` asks. So neither a forgotten template nor a forgotten class goes unseen.
"""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, get_type_hints

import console
import domain
import handlers
from domain import notices
from messages.render import HERE, LOCALES, template_name
from tests.architecture.tree import dotted, parsed

# Which argument of these is the view.
WANTS_A_VIEW = {"say": 0, "show": 0, "render": 0, "Finished": 0, "tell": 2, "Step": 1}
Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.Module


@cache
def modules() -> tuple[ModuleType, ...]:
    """The modules that may hold views."""
    names = [
        found.name
        for package in (handlers, console)
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    ]
    return (*notice_modules(), *(importlib.import_module(name) for name in names))


@cache
def notice_modules() -> tuple[ModuleType, ...]:
    """The modules that hold notices, a subject each."""
    names = [found.name for found in pkgutil.iter_modules(domain.__path__)]
    return tuple(importlib.import_module(f"domain.{name}") for name in names if name.endswith("_notices"))


@cache
def all_views() -> tuple[type, ...]:
    """All views, by module and name."""
    found = {kind for module in modules() for kind in _dataclasses(module) if _has_template(kind)}
    found |= {kind for module in modules() for kind in shown_in(module)}
    found |= set(notices.KINDS.values())
    return tuple(sorted(found, key=lambda kind: (kind.__module__, kind.__name__)))


@cache
def field_types(kind: type) -> dict[str, Any]:
    """The fields of a view with their types; class variables are none."""
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


@cache  # each of some thousand tests asks for all of them
def template_sources(locale: str) -> dict[str, str]:
    """The templates of a language: name without the language, and text."""
    folder = HERE / locale
    return {
        file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8") for file in sorted(folder.rglob("*.html"))
    }


def _dataclasses(module: ModuleType) -> Iterator[type]:
    for value in vars(module).values():
        if isinstance(value, type) and is_dataclass(value) and value.__module__ == module.__name__:
            yield value


def _has_template(kind: type) -> bool:
    return any((HERE / locale / template_name(kind)).exists() for locale in LOCALES)


def shown_in(module: ModuleType) -> set[type]:
    """The dataclasses that `module` builds where a view is wanted."""
    tree = parsed(Path(str(module.__file__)))
    return {
        kind for scope in _scopes(tree) for wanted in _wanted(scope) for kind in _kinds(wanted, scope, tree, module)
    }


def _scopes(tree: ast.Module) -> Iterator[Scope]:
    yield tree
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def _wanted(scope: Scope) -> Iterator[ast.expr]:
    """The expressions in `scope` that stand for a view."""
    for node in ast.walk(scope):
        if not isinstance(node, ast.Call):
            continue
        place = WANTS_A_VIEW.get(dotted(node.func).rpartition(".")[2])
        if place is not None and len(node.args) > place:
            yield node.args[place]
        yield from (one.value for one in node.keywords if place is not None and one.arg in ("view", "notice", "ask"))


def _kinds(node: ast.expr, scope: Scope, tree: ast.Module, module: ModuleType, depth: int = 4) -> set[type]:
    """The dataclasses that an expression may be an instance of, as far as names tell."""
    if isinstance(node, ast.Call):
        built = _value(node.func, module)
        if isinstance(built, type):
            return {built} if is_dataclass(built) else set()
    found: set[type] = set()
    for one, where in _instead(node, scope, tree) if depth else ():
        found |= _kinds(one, where, tree, module, depth - 1)
    return found


def _instead(node: ast.expr, scope: Scope, tree: ast.Module) -> Iterator[tuple[ast.expr, Scope]]:
    """The expressions whose value `node` has, each with the scope it stands in."""
    match node:
        case ast.IfExp(body=body, orelse=orelse):
            yield from ((body, scope), (orelse, scope))
        case ast.Lambda(body=value) | ast.Await(value=value):
            yield value, scope
        case ast.Call(func=ast.Name(id=name)):
            yield from _returned(name, tree)
        case ast.Name(id=name):
            yield from ((value, scope) for value in _assigned(name, scope))
            yield from _returned(name, tree)


def _value(node: ast.expr, module: ModuleType) -> Any:
    """What a chain of names stands for in `module`, or None."""
    value: Any = module
    for name in dotted(node).split("."):
        value = getattr(value, name, None)
    return value


def _assigned(name: str, scope: Scope) -> list[ast.expr]:
    return [
        node.value
        for node in ast.walk(scope)
        if isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id == name for to in node.targets)
    ]


def _returned(name: str, tree: ast.Module) -> Iterator[tuple[ast.expr, Scope]]:
    """What the module's own function `name` may return."""
    for function in tree.body:
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and function.name == name:
            for node in ast.walk(function):
                if isinstance(node, ast.Return) and node.value is not None:
                    yield node.value, function
