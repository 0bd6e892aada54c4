"""Updates posted to the bot."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from sandbox.server import Sandbox
from tests.sandbox.conftest import LI, TOKEN, WANG


@dataclass
class Hook:
    """A bot's side of the webhook."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    answer: Any = None
    got: asyncio.Queue[tuple[dict[str, Any], str | None]] = field(default_factory=asyncio.Queue)

    async def take(self, request: web.Request) -> web.Response:
        """Notes a posted update and answers it."""
        await self.got.put((await request.json(), request.headers.get("X-Telegram-Bot-Api-Secret-Token")))
        status = self.statuses.pop(0) if self.statuses else 200
        return web.json_response(self.answer, status=status) if self.answer else web.Response(status=status)


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    made = Hook()
    application = web.Application()
    application.router.add_post("/hook", made.take)
    async with TestServer(application) as server:
        made.url = str(server.make_url("/hook"))
        yield made


async def call(http: aiohttp.ClientSession, method: str, **params: Any) -> Any:
    """The result of a method."""
    async with http.post(f"/bot{TOKEN}/{method}", json=params) as response:
        body = await response.json()
        return body.get("result", body.get("description"))


async def confirmed(sandbox: Sandbox) -> None:
    """Returns when the bot has taken every update."""
    while sandbox.world.updates.pending:
        await sandbox.world.updates.news()
    sandbox.world.updates.wake()


async def test_updates_are_posted_with_the_secret_and_confirmed_by_the_answer(
    http: aiohttp.ClientSession, sandbox: Sandbox, hook: Hook
) -> None:
    sandbox.act(WANG, WANG, "text", text="先")
    await call(http, "setWebhook", url=hook.url, secret_token="s3cret", allowed_updates=["message"])
    update, secret = await hook.got.get()
    assert (update["message"]["text"], secret) == ("先", "s3cret")
    await confirmed(sandbox)
    info = await call(http, "getWebhookInfo")
    assert (info["url"], info["pending_update_count"], info["allowed_updates"]) == (hook.url, 0, ["message"])
    assert "last_error_message" not in info


async def test_a_refused_update_is_offered_again_before_the_next_of_its_chat(
    http: aiohttp.ClientSession, sandbox: Sandbox, hook: Hook
) -> None:
    hook.statuses = [500]
    await call(http, "setWebhook", url=hook.url)
    sandbox.act(WANG, WANG, "text", text="一")
    sandbox.act(WANG, WANG, "text", text="二")
    texts = [(await hook.got.get())[0]["message"]["text"] for _ in range(3)]
    assert texts == ["一", "一", "二"]
    info = await call(http, "getWebhookInfo")
    assert info["last_error_message"] == "Wrong response from the webhook: 500 Internal Server Error"


async def test_one_chats_trouble_does_not_stop_another(
    http: aiohttp.ClientSession, sandbox: Sandbox, hook: Hook
) -> None:
    await call(http, "setWebhook", url=hook.url)
    sandbox.act(WANG, WANG, "text", text="一")
    sandbox.act(LI, LI, "text", text="二")
    texts = {(await hook.got.get())[0]["message"]["text"] for _ in range(2)}
    assert texts == {"一", "二"}


async def test_a_call_in_the_answer_is_obeyed(http: aiohttp.ClientSession, sandbox: Sandbox, hook: Hook) -> None:
    hook.answer = {"method": "sendMessage", "chat_id": WANG, "text": "回"}
    await call(http, "setWebhook", url=hook.url)
    sandbox.act(WANG, WANG, "text", text="问")
    await hook.got.get()
    await confirmed(sandbox)
    assert [message["text"] for message in sandbox.messages(WANG)] == ["问", "回"]


async def test_an_update_can_be_posted_twice(http: aiohttp.ClientSession, sandbox: Sandbox, hook: Hook) -> None:
    sandbox.fault("duplicate_updates")
    await call(http, "setWebhook", url=hook.url)
    sandbox.act(WANG, WANG, "text", text="一")
    first, second = (await hook.got.get())[0], (await hook.got.get())[0]
    assert first == second


async def test_without_a_webhook_updates_wait_for_polling(
    http: aiohttp.ClientSession, sandbox: Sandbox, hook: Hook
) -> None:
    await call(http, "setWebhook", url=hook.url)
    await call(http, "setWebhook", url="")
    sandbox.act(WANG, WANG, "text", text="一")
    assert len(await call(http, "getUpdates")) == 1
    assert hook.got.empty()


async def test_wrong_settings_are_refused(http: aiohttp.ClientSession) -> None:
    for wrong in ({"url": "ftp://a.cn"}, {"url": "nonsense"}, {"secret_token": "走"}, {"secret_token": "x" * 257}):
        params = {"url": "http://127.0.0.1:1/", **wrong}
        assert str(await call(http, "setWebhook", **params)).startswith("Bad Request")
