"""The real program in a process of its own, with its made-up county and its chat page."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def running_program(data: Path) -> AsyncIterator[str]:
    """`bot.py sandbox` on a free port; gives the address that it prints."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("SUOZI_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "bot.py",
        "sandbox",
        "--port",
        "0",
        cwd=ROOT,
        env={**environment, "SUOZI_DATA_DIR": str(data)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        while line := (await process.stdout.readline()).decode():
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                yield found.group()
                break
        else:
            pytest.fail("the program ended without an address")
    finally:
        process.terminate()
        await process.wait()
