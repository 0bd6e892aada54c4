"""What the wire's tests share: a stub server, a client for it, and time that stands still."""

from collections.abc import AsyncIterator

import pytest

from handlers.api import BotApi
from handlers.request import AiohttpRequest
from tests.wire import stub as stubs
from tests.wire.stub import Stub
from tests.wire.timeline import Timeline


@pytest.fixture
async def stub() -> AsyncIterator[Stub]:
    async with stubs.running() as server:
        yield server


@pytest.fixture
async def request_() -> AsyncIterator[AiohttpRequest]:
    async with AiohttpRequest() as client:
        yield client


@pytest.fixture
def api(stub: Stub, request_: AiohttpRequest) -> BotApi:
    return BotApi(request_, stub.base_url)


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()
