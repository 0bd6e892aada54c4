"""A small world with a bot in it."""

import asyncio
import fcntl
import os
import random
import shutil
import struct
import zlib
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser
from telegram import Bot
from telegram.request import HTTPXRequest

from sandbox.server import Sandbox
from tests.support.browser import chromium
from tests.support.program import found_sandbox, running_program

TOKEN = "4200:TEST-token_1"
WANG, LI, ZHAO = 1001, 1002, 1003
START = 1_790_000_000


class Clock:
    """Time that passes only when a test says so."""

    def __init__(self) -> None:
        self.now = float(START)

    def __call__(self) -> float:
        return self.now


def png(width: int = 64, height: int = 48) -> bytes:
    """A real grey picture."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x80" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def one_chromium() -> AsyncIterator[Browser]:
    """One Chromium for all tests of the page: to start one takes longer than most of them."""
    async with chromium() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="session")
async def browser(one_chromium: Browser) -> AsyncIterator[Browser]:
    """The Chromium of all tests. Each opens windows of its own, which remember nothing of the others' and are closed
    when it ends.
    """
    yield one_chromium
    for window in one_chromium.contexts:
        await window.close()


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory, _keys: None) -> Path:
    """The folder of a program that has never run, but has its county; one for all workers of this run."""
    mine = tmp_path_factory.getbasetemp()
    place = (mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine) / "founded"
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            half = place.with_suffix(".half")
            shutil.rmtree(half, ignore_errors=True)
            half.mkdir()
            with ThreadPoolExecutor(1) as thread:
                thread.submit(asyncio.run, found_sandbox(half)).result()
            half.rename(place)
    return place


@pytest_asyncio.fixture(loop_scope="session")
async def address(founded: Path, tmp_path: Path) -> AsyncIterator[str]:
    """The address of the real program's chat page, in a county where nothing has happened yet."""
    async with running_program(tmp_path / "data", like=founded) as found:
        yield found


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def sandbox(clock: Clock) -> AsyncIterator[Sandbox]:
    """Three people who know the bot."""
    made = Sandbox(clock, random.Random(7), TOKEN, "suozi_test_bot")
    made.add_person(WANG, "王芳", username="wangfang", note="网格员", started=True)
    made.add_person(LI, "李强", started=True)
    made.add_person(ZHAO, "赵敏", started=True)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncIterator[Bot]:
    # There is no TLS here, and loading the certificates of all the world takes most of a test's time.
    requests = [HTTPXRequest(httpx_kwargs={"verify": False}) for _ in range(2)]
    made = Bot(
        TOKEN,
        base_url=sandbox.url + "/bot",
        base_file_url=sandbox.url + "/file/bot",
        get_updates_request=requests[0],
        request=requests[1],
    )
    async with made:
        yield made


@pytest.fixture
async def http(sandbox: Sandbox) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(sandbox.url) as session:
        yield session
