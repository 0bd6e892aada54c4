"""What the sender tells about each message, and what it puts on the wire."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from domain.channel import Button, Channel, Erased, Erasure, Lane, Outcome, Outgoing, PressAnswer, Receipt
from handlers.api import BotApi
from handlers.limiter import Limiter
from handlers.request import AiohttpRequest
from handlers.sender import TelegramSender
from tests.wire.stub import TOKEN, Call, Stub, cut, never, ok, refused
from tests.wire.timeline import Timeline, settle

HELLO = Outgoing(chat_id=7, text="您好，<b>张姐</b>")


@pytest.fixture
def limiter(timeline: Timeline) -> Limiter:
    return Limiter(0, clock=timeline.clock, call_later=timeline.call_later)


@pytest.fixture
def sender(api: BotApi, limiter: Limiter) -> TelegramSender:
    return TelegramSender(api, limiter)


@pytest.fixture
async def impatient(stub: Stub, limiter: Limiter) -> AsyncIterator[TelegramSender]:
    async with AiohttpRequest(read_timeout=0.02) as request:
        yield TelegramSender(BotApi(request, stub.base_url), limiter)


async def wired(sender: TelegramSender, stub: Stub, message: Outgoing) -> tuple[str, dict[str, Any]]:
    assert (await sender.send(message)).outcome is Outcome.DELIVERED
    return stub.calls[-1].method, stub.calls[-1].sent


async def test_it_is_a_channel(sender: TelegramSender) -> None:
    channel: Channel = sender
    assert channel is sender


async def test_a_text_goes_as_html_without_a_preview(sender: TelegramSender, stub: Stub) -> None:
    method, sent = await wired(sender, stub, HELLO)
    assert method == "sendMessage"
    assert sent == {
        "chat_id": 7,
        "text": "您好，<b>张姐</b>",
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
    }


async def test_a_delivered_message_has_its_id(sender: TelegramSender) -> None:
    assert await sender.send(HELLO) == Receipt(Outcome.DELIVERED, message_id=101)


async def test_buttons_become_an_inline_keyboard(sender: TelegramSender, stub: Stub) -> None:
    rows = ((Button("签收", "a:1"), Button("转办", "a:2")), (Button("更多", "a:3"),))
    _, sent = await wired(sender, stub, Outgoing(7, "红色预警", buttons=rows))
    assert sent["reply_markup"] == {
        "inline_keyboard": [
            [{"text": "签收", "callback_data": "a:1"}, {"text": "转办", "callback_data": "a:2"}],
            [{"text": "更多", "callback_data": "a:3"}],
        ]
    }


async def test_a_keyboard_stays_and_fits_the_screen(sender: TelegramSender, stub: Stub) -> None:
    _, sent = await wired(sender, stub, Outgoing(7, "菜单", keyboard=(("走访", "线索"), ("我的",))))
    assert sent["reply_markup"] == {
        "keyboard": [[{"text": "走访"}, {"text": "线索"}], [{"text": "我的"}]],
        "resize_keyboard": True,
        "is_persistent": True,
    }


async def test_an_empty_keyboard_takes_the_menu_away(sender: TelegramSender, stub: Stub) -> None:
    _, sent = await wired(sender, stub, Outgoing(7, "再见", keyboard=()))
    assert sent["reply_markup"] == {"remove_keyboard": True}


async def test_a_photo_goes_by_its_file_id_with_the_text_below(sender: TelegramSender, stub: Stub) -> None:
    method, sent = await wired(sender, stub, Outgoing(7, "门前", photo="AgAC1"))
    assert method == "sendPhoto"
    assert sent == {"chat_id": 7, "photo": "AgAC1", "caption": "门前", "parse_mode": "HTML"}


async def test_an_edit_names_its_message_and_never_carries_a_keyboard(sender: TelegramSender, stub: Stub) -> None:
    method, sent = await wired(sender, stub, Outgoing(7, "已签收", edit=55, keyboard=(("走访",),)))
    assert (method, sent["message_id"]) == ("editMessageText", 55)
    assert "reply_markup" not in sent


async def test_an_edit_of_a_photo_replaces_it_and_its_text(sender: TelegramSender, stub: Stub) -> None:
    method, sent = await wired(sender, stub, Outgoing(7, "门前", photo="AgAC1", edit=55))
    assert method == "editMessageMedia"
    assert sent["media"] == {"type": "photo", "media": "AgAC1", "caption": "门前", "parse_mode": "HTML"}


REFUSALS = [
    (403, "Forbidden: bot was blocked by the user", Outcome.BLOCKED),
    (403, "Forbidden: user is deactivated", Outcome.BLOCKED),
    (403, "Forbidden: bot was kicked from the supergroup chat", Outcome.BLOCKED),
    (400, "Bad Request: chat not found", Outcome.BLOCKED),
    (400, "Bad Request: not enough rights to send text messages to the chat", Outcome.BLOCKED),
    (400, "Bad Request: message is too long", Outcome.REJECTED),
    (400, "Bad Request: can't parse entities: Unsupported start tag", Outcome.REJECTED),
    (500, "Internal Server Error", Outcome.UNKNOWN),
    (502, "Bad Gateway", Outcome.UNKNOWN),
    (401, "Unauthorized", Outcome.UNREACHABLE),
]


@pytest.mark.parametrize(("code", "description", "outcome"), REFUSALS)
async def test_a_refusal_is_told_as_what_it_means(
    code: int, description: str, outcome: Outcome, sender: TelegramSender, stub: Stub
) -> None:
    stub.script = [refused(code, description)]
    assert await sender.send(HELLO) == Receipt(outcome)


async def test_a_gateways_page_is_not_taken_for_a_word_of_telegram(sender: TelegramSender, stub: Stub) -> None:
    page = ok(None)
    page.set_status(403)
    page.text = "<html>You are not welcome</html>"
    stub.script = [page]
    assert await sender.send(HELLO) == Receipt(Outcome.UNKNOWN)


async def test_a_migrated_group_tells_its_new_id(sender: TelegramSender, stub: Stub) -> None:
    description = "Bad Request: group chat was upgraded to a supergroup chat"
    stub.script = [refused(400, description, migrate_to_chat_id=-1001234567890)]
    assert await sender.send(Outgoing(-55, "议题")) == Receipt(Outcome.MIGRATED, migrated_to=-1001234567890)


async def test_an_edit_that_changes_nothing_counts_as_delivered(sender: TelegramSender, stub: Stub) -> None:
    stub.script = [refused(400, "Bad Request: message is not modified: specified new message content is the same")]
    assert await sender.send(Outgoing(7, "已签收", edit=55)) == Receipt(Outcome.DELIVERED, message_id=55)


@pytest.mark.parametrize("reason", ["message to edit not found", "message can't be edited"])
async def test_what_can_no_longer_be_edited_is_sent_anew(reason: str, sender: TelegramSender, stub: Stub) -> None:
    stub.script = [refused(400, f"Bad Request: {reason}")]
    receipt = await sender.send(Outgoing(7, "已签收", edit=55, keyboard=(("走访",),)))
    assert receipt == Receipt(Outcome.DELIVERED, message_id=101)
    assert stub.methods() == ["editMessageText", "sendMessage"]
    assert "message_id" not in stub.calls[1].sent
    assert "keyboard" in stub.calls[1].sent["reply_markup"]


async def test_an_answer_that_does_not_come_leaves_it_unknown(impatient: TelegramSender, stub: Stub) -> None:
    stub.script = [never]
    assert await impatient.send(HELLO) == Receipt(Outcome.UNKNOWN)


async def test_a_connection_cut_after_sending_leaves_it_unknown(sender: TelegramSender, stub: Stub) -> None:
    stub.script = [cut]
    assert await sender.send(HELLO) == Receipt(Outcome.UNKNOWN)
    assert len(stub.calls) == 1


async def test_without_a_connection_it_is_unreachable(limiter: Limiter, request_: AiohttpRequest) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    sender = TelegramSender(BotApi(request_, f"http://127.0.0.1:{port}/bot{TOKEN}"), limiter)
    assert await sender.send(HELLO) == Receipt(Outcome.UNREACHABLE)


async def answered(stub: Stub, count: int) -> None:
    """Wait until so many requests have arrived."""
    while len(stub.calls) < count:
        stub.called.clear()
        await stub.called.wait()


async def halted(timeline: Timeline) -> None:
    """Wait until a halt was noted: its end is then arranged on the timeline."""
    while timeline.next_call() is None:
        timeline.arranged.clear()
        await timeline.arranged.wait()


async def test_a_halt_is_waited_out_and_then_the_message_goes(
    sender: TelegramSender, stub: Stub, timeline: Timeline
) -> None:
    stub.script = [refused(429, "Too Many Requests: retry after 5", retry_after=5)]
    sending = asyncio.create_task(sender.send(HELLO))
    await halted(timeline)
    await timeline.until(1004.9)
    assert len(stub.calls) == 1
    await timeline.until(1005.0)
    assert await sending == Receipt(Outcome.DELIVERED, message_id=101)


async def test_it_does_not_knock_for_ever(sender: TelegramSender, stub: Stub, timeline: Timeline) -> None:
    stub.script = [refused(429, "Too Many Requests", retry_after=5)] * 3
    sending = asyncio.create_task(sender.send(HELLO))
    for knock in (1, 2):
        await answered(stub, knock)
        await halted(timeline)
        await timeline.until(1000.0 + 5 * knock)
    assert await sending == Receipt(Outcome.UNREACHABLE)
    assert len(stub.calls) == 3


async def test_a_halt_too_long_to_wait_for_is_told_at_once(sender: TelegramSender, stub: Stub) -> None:
    stub.script = [refused(429, "Too Many Requests", retry_after=600)]
    assert await sender.send(HELLO) == Receipt(Outcome.UNREACHABLE)
    assert await sender.send(HELLO) == Receipt(Outcome.UNREACHABLE)
    assert len(stub.calls) == 1
    assert (await sender.send(Outgoing(8, "another chat"))).outcome is Outcome.DELIVERED


async def test_messages_of_a_chat_and_lane_arrive_in_order_and_chats_go_side_by_side(
    sender: TelegramSender, stub: Stub
) -> None:
    let_first_go = asyncio.Event()

    async def slow(call: Call) -> Any:
        await let_first_go.wait()
        return ok({"message_id": 1})

    stub.script = [slow]
    first = asyncio.create_task(sender.send(Outgoing(7, "1")))
    await answered(stub, 1)
    rest = [asyncio.create_task(sender.send(Outgoing(7, str(number)))) for number in range(2, 6)]
    other = await sender.send(Outgoing(8, "other"))
    assert other.outcome is Outcome.DELIVERED
    assert not first.done()
    let_first_go.set()
    await asyncio.gather(first, *rest)
    assert [call.sent["text"] for call in stub.calls] == ["1", "other", "2", "3", "4", "5"]


async def test_a_red_alert_passes_a_reply_that_hangs(impatient: TelegramSender, stub: Stub) -> None:
    stub.script = [never]
    hanging = asyncio.create_task(impatient.send(HELLO))
    await answered(stub, 1)
    alert = await impatient.send(Outgoing(7, "红色预警", lane=Lane.RED))
    assert alert.outcome is Outcome.DELIVERED
    assert await hanging == Receipt(Outcome.UNKNOWN)


async def test_a_cancelled_message_frees_its_chat(sender: TelegramSender, stub: Stub) -> None:
    stub.script = [never]
    first = asyncio.create_task(sender.send(Outgoing(7, "1")))
    second = asyncio.create_task(sender.send(Outgoing(7, "2")))
    third = asyncio.create_task(sender.send(Outgoing(7, "3")))
    await answered(stub, 1)
    second.cancel()
    await settle()
    first.cancel()
    assert (await third).outcome is Outcome.DELIVERED
    assert [call.sent["text"] for call in stub.calls] == ["1", "3"]


async def test_a_press_is_answered_with_a_short_word(sender: TelegramSender, stub: Stub) -> None:
    await sender.answer(PressAnswer("cb1", "已签收", alert=True))
    await sender.answer(PressAnswer("cb2"))
    assert stub.methods() == ["answerCallbackQuery"] * 2
    assert [call.sent for call in stub.calls] == [
        {"callback_query_id": "cb1", "text": "已签收", "show_alert": True},
        {"callback_query_id": "cb2"},
    ]


async def test_a_press_too_old_to_answer_is_ignored_quietly(
    sender: TelegramSender, stub: Stub, caplog: pytest.LogCaptureFixture
) -> None:
    stub.script = [refused(400, "Bad Request: query is too old and response timeout expired"), cut]
    await sender.answer(PressAnswer("cb1"))
    await sender.answer(PressAnswer("cb1"))
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_deletion_tells_how_it_went(sender: TelegramSender, stub: Stub) -> None:
    cannot = refused(400, "Bad Request: message can't be deleted for everyone")
    stub.script = [ok(True), cannot, refused(429, "Too Many Requests", retry_after=7), refused(502, "Bad Gateway"), cut]
    assert await sender.erase(7, [55, 56]) == Erased(Erasure.DONE)
    assert await sender.erase(7, [55]) == Erased(Erasure.REFUSED)
    assert await sender.erase(7, [55]) == Erased(Erasure.LATER, pause=7)
    assert await sender.erase(7, [55]) == Erased(Erasure.LATER)
    assert await sender.erase(7, [55]) == Erased(Erasure.LATER)
    assert stub.calls[0].sent == {"chat_id": 7, "message_ids": [55, 56]}


async def test_what_must_vanish_cannot_be_passed_on_or_saved(sender: TelegramSender, stub: Stub) -> None:
    _, sent = await wired(sender, stub, Outgoing(7, "详情", vanish=timedelta(minutes=10)))
    assert sent["protect_content"] is True
    assert sent["disable_notification"] is True


async def test_commands_are_set_for_each_language_and_the_first_for_everybody_else(
    sender: TelegramSender, stub: Stub
) -> None:
    stub.script = [ok(True)] * 3
    assert await sender.set_commands({"zh": [("help", "帮助")], "en": [("help", "Help")]})
    assert [(call.sent.get("language_code"), call.sent["commands"][0]["description"]) for call in stub.calls] == [
        ("zh", "帮助"),
        (None, "帮助"),
        ("en", "Help"),
    ]


@pytest.mark.parametrize(
    "description",
    [
        'Bad Request: can\'t parse entities: Unsupported start tag "张三家暴" at byte offset 3',
        "Bad Request: 张三家暴",
    ],
)
async def test_a_rejected_message_is_logged_without_what_it_says(
    description: str, sender: TelegramSender, stub: Stub, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stub.script = [refused(400, description)]
    assert await sender.send(Outgoing(7, "<张三家暴>")) == Receipt(Outcome.REJECTED)
    assert "send_rejected chat=7 code=400" in caplog.text
    assert "张三" not in caplog.text
    assert TOKEN not in caplog.text + repr(sender)
