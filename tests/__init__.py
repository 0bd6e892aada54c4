"""The tests. What runs before any of them is loaded stands here; the stage is in `conftest.py`."""

import os
import sys
from pathlib import Path

# Where Python is told to keep nothing compiled beside the sources, it is kept in pytest's own folder instead: each
# worker, and each program that a test starts, would otherwise compile everything anew, for longer than most tests last.
if sys.dont_write_bytecode:
    sys.dont_write_bytecode = False
    sys.pycache_prefix = str(Path(__file__).parents[1] / ".pytest_cache" / "bytecode")
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
