"""The real program in a process of its own, with its made-up county and its chat page."""

import asyncio
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bench.processes import now
from console.demo import ensure_county
from console.desk import prepare
from console.settings import Settings
from models import keyring

ROOT = Path(__file__).parents[2]


async def found_sandbox(data: Path) -> None:
    """What the program does first in an empty folder, with the same functions: its key, its tables, its county.

    To do it anew for every program that is started takes longer than to start one.
    """
    settings = Settings(_env_file=None, data_dir=data, database_url="", secret_keys="")
    before = keyring.keyring()
    keyring.install(settings.open_keyring())
    database = settings.open_database()
    try:
        await prepare(database)
        await ensure_county(database, now=now(), policy=settings.policy())
    finally:
        await database.close()
        keyring.install(before)


@asynccontextmanager
async def running_program(data: Path, *, like: Path | None = None) -> AsyncIterator[str]:
    """`bot.py sandbox` on a free port; gives the address that it prints. With `like` it begins with a copy of that
    folder. Its groups need not wait: a stand-in for Telegram limits nobody.
    """
    if like is not None:
        shutil.copytree(like, data)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("SUOZI_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "bot.py",
        "sandbox",
        "--port",
        "0",
        "--brisk",
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
