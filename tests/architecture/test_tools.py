"""The tools that keep the rules, run as everybody runs them."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGES, ROOT

BESIDE_PYTHON = Path(sys.executable).parent


def _typed_places() -> list[str]:
    return [name for name in ("bot.py", *PACKAGES, "tests", "bench") if (ROOT / name).exists()]


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["lint-imports", "--no-cache", "--no-logo"], id="import-linter"),
        pytest.param(["ruff", "check", "--no-fix", "."], id="ruff-check"),
        pytest.param(["ruff", "format", "--check", "."], id="ruff-format"),
        pytest.param(["mypy", *_typed_places()], id="mypy"),
    ],
)
def test_the_tool_finds_nothing(command: list[str]) -> None:
    tool, *arguments = command
    ran = subprocess.run([BESIDE_PYTHON / tool, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{tool} {' '.join(arguments)}\n{ran.stdout}\n{ran.stderr}"
