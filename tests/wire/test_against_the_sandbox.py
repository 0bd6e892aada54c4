"""The same promises against the sandbox's Bot API, which keeps Telegram's limits and misbehaves on request."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest

from domain.channel import Button, Erasure, Lane, Outcome, Outgoing, Receipt, Upload, UploadKind
from handlers.api import Answer, BotApi
from handlers.limiter import Limiter
from handlers.poll import Poller
from handlers.request import AiohttpRequest
from handlers.sender import TelegramSender
from sandbox.server import Sandbox
from tests.wire.timeline import Timeline, settle

TOKEN = "4242:sandbox-test"
ANNA = 501


@pytest.fixture
async def sandbox(timeline: Timeline) -> AsyncIterator[Sandbox]:
    server = Sandbox(lambda: 1_790_000_000.0, random.Random(7), TOKEN, limits_clock=timeline.clock)
    await server.start()
    for place in range(80):
        server.add_person(ANNA + place, "王", started=True)
    yield server
    await server.stop()


@pytest.fixture
def sandbox_api(sandbox: Sandbox, request_: AiohttpRequest) -> BotApi:
    return BotApi(request_, f"{sandbox.url}/bot{TOKEN}")


class CountingApi(BotApi):
    """Knows whether any call is under way."""

    def __init__(self, request: AiohttpRequest, base_url: str) -> None:
        super().__init__(request, base_url)
        self._under_way = 0
        self.quiet = asyncio.Event()
        self.quiet.set()

    async def call(self, *args: Any, **named: Any) -> Answer:
        self._under_way += 1
        self.quiet.clear()
        try:
            return await super().call(*args, **named)
        finally:
            self._under_way -= 1
            if self._under_way == 0:
                self.quiet.set()


def sender_for(api: BotApi, timeline: Timeline, per_second: int = 0) -> TelegramSender:
    return TelegramSender(api, Limiter(per_second, clock=timeline.clock, call_later=timeline.call_later))


async def test_updates_come_once_and_in_order(sandbox: Sandbox, sandbox_api: BotApi, timeline: Timeline) -> None:
    texts: list[str] = []

    async def store(batch: list[dict[str, Any]]) -> None:
        texts.extend(update["message"]["text"] for update in batch)

    poller = Poller(
        sandbox_api,
        store,
        allowed_updates=["message"],
        clock=timeline.clock,
        wait=timeline.wait,
        rng=lambda: 0.5,
    )
    while await poller.poll_once(0):  # what starting the chats has left behind
        pass
    texts.clear()
    sandbox.act(ANNA, ANNA, "text", text="一")
    sandbox.act(ANNA, ANNA, "text", text="二")
    assert await poller.poll_once(0) == 2
    assert await poller.poll_once(0) == 0
    sandbox.fault("restart_ids")
    sandbox.act(ANNA, ANNA, "text", text="三")
    assert await poller.poll_once(0) == 1
    assert await poller.poll_once(0) == 0
    assert texts == ["一", "二", "三"]


async def test_a_message_is_sent_edited_and_deleted(sandbox: Sandbox, sandbox_api: BotApi, timeline: Timeline) -> None:
    sender = sender_for(sandbox_api, timeline)
    sent = await sender.send(Outgoing(ANNA, "<b>预警</b>", buttons=((Button("签收", "a:1"),),)))
    assert sent.outcome is Outcome.DELIVERED
    assert sent.message_id is not None
    edit = Outgoing(ANNA, "已签收", edit=sent.message_id)
    assert await sender.send(edit) == sent
    assert await sender.send(edit) == sent  # not modified
    assert (await sender.erase(ANNA, [sent.message_id])).outcome is Erasure.DONE
    anew = await sender.send(edit)
    assert anew.outcome is Outcome.DELIVERED
    assert anew.message_id not in (None, sent.message_id)
    assert sandbox.messages(ANNA)[-1]["text"] == "已签收"


async def test_a_document_keeps_its_name_and_its_content(
    sandbox: Sandbox, sandbox_api: BotApi, timeline: Timeline
) -> None:
    content = b"BEGIN:VCALENDAR\r\n"
    document = Upload(UploadKind.DOCUMENT, content, "D261122-7K3Q.ics")
    receipt = await sender_for(sandbox_api, timeline).send(Outgoing(ANNA, "日历", upload=document))
    assert receipt.outcome is Outcome.DELIVERED
    (message,) = (one for one in sandbox.messages(ANNA) if one["from"]["is_bot"])
    assert (message["caption"], message["document"]["file_name"]) == ("日历", "D261122-7K3Q.ics")
    stored = sandbox.world.files[message["document"]["file_id"]]
    assert sandbox.world.blobs[stored.blob] == content


async def test_whoever_blocks_the_bot_is_blocked_and_a_stranger_too(
    sandbox: Sandbox, sandbox_api: BotApi, timeline: Timeline
) -> None:
    sender = sender_for(sandbox_api, timeline)
    sandbox.act(ANNA, ANNA, "block")
    assert await sender.send(Outgoing(ANNA, "您好")) == Receipt(Outcome.BLOCKED)
    assert await sender.send(Outgoing(999_999, "您好")) == Receipt(Outcome.BLOCKED)


async def test_broken_html_is_rejected(sandbox_api: BotApi, timeline: Timeline) -> None:
    assert await sender_for(sandbox_api, timeline).send(Outgoing(ANNA, "<b>张三")) == Receipt(Outcome.REJECTED)


async def test_a_lost_answer_is_unknown(sandbox: Sandbox, sandbox_api: BotApi, timeline: Timeline) -> None:
    sandbox.fault("cut", method="sendMessage")
    assert await sender_for(sandbox_api, timeline).send(Outgoing(ANNA, "您好")) == Receipt(Outcome.UNKNOWN)


async def test_a_group_that_migrated_tells_where_to(sandbox: Sandbox, sandbox_api: BotApi, timeline: Timeline) -> None:
    group = sandbox.add_group("议事会", [ANNA], id=-55)["id"]
    sandbox.fault("migrate", chat_id=group)
    sender = sender_for(sandbox_api, timeline)
    moved = await sender.send(Outgoing(group, "议题"))
    assert moved.outcome is Outcome.MIGRATED
    assert moved.migrated_to is not None
    assert (await sender.send(Outgoing(moved.migrated_to, "议题"))).outcome is Outcome.DELIVERED


async def test_busy_minutes_break_none_of_the_sandboxs_limits(
    sandbox: Sandbox, request_: AiohttpRequest, timeline: Timeline
) -> None:
    group = sandbox.add_group("议事会", [ANNA], id=-55)["id"]
    api = CountingApi(request_, f"{sandbox.url}/bot{TOKEN}")
    sender = sender_for(api, timeline, per_second=30)
    wanted = [Outgoing(ANNA + place % 80, f"{place}", lane=Lane(place % 4)) for place in range(240)]
    wanted += [Outgoing(group, f"{place}", lane=Lane.NOTICE) for place in range(22)]
    sending = [asyncio.create_task(sender.send(message)) for message in wanted]
    while not all(task.done() for task in sending):
        await timeline.until(timeline.next_call() or timeline.now)
        await api.quiet.wait()  # the wire is real, the limits' time is not: it waits for the answers
        await settle()
    assert {task.result().outcome for task in sending} == {Outcome.DELIVERED}
    assert sandbox._limits.broken == {"overall": 0, "chat": 0, "group": 0}
    assert timeline.now < 1070  # eight seconds for the people, then the minute of the group
