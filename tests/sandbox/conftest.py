"""A small world with a bot in it."""

import random
import struct
import zlib
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser
from telegram import Bot
from telegram.request import HTTPXRequest

from sandbox.server import Sandbox
from tests.support.page import chromium

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
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all tests of the page: to start one takes longer than most of them. Each opens a window of its
    own, which remembers nothing of the others'.
    """
    async with chromium() as started:
        yield started


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
