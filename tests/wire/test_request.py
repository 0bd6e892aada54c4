"""What the HTTP client promises to whoever sends through it."""

import asyncio
import logging
import socket

import pytest
import telegram
import uvicorn
from starlette.applications import Starlette
from telegram.error import BadRequest, NetworkError, TimedOut

from handlers.api import BotApi
from handlers.request import IDLE_SECONDS, AiohttpRequest, NotSent
from sandbox.listener import EmbeddedServer
from tests.wire.stub import TOKEN, Stub, cut, never, ok, refused


def bot_for(stub: Stub, request: AiohttpRequest) -> telegram.Bot:
    return telegram.Bot(TOKEN, base_url=stub.base_url.removesuffix(TOKEN), request=request)


def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


async def test_a_bot_sends_its_parameters_as_json(stub: Stub, request_: AiohttpRequest) -> None:
    markup = telegram.InlineKeyboardMarkup([[telegram.InlineKeyboardButton("办", callback_data="v:1")]])
    message = await bot_for(stub, request_).send_message(7, "走访 <b>张</b>", parse_mode="HTML", reply_markup=markup)
    assert message.message_id == 101
    (call,) = stub.calls
    assert call.content_type == "application/json"
    assert call.sent == {
        "chat_id": 7,
        "text": "走访 <b>张</b>",
        "parse_mode": "HTML",
        "reply_markup": {"inline_keyboard": [[{"text": "办", "callback_data": "v:1"}]]},
    }


async def test_files_go_as_multipart(stub: Stub, request_: AiohttpRequest) -> None:
    await bot_for(stub, request_).send_document(7, b"a,b\n1,2\n", filename="台账.csv", caption="本月")
    (call,) = stub.calls
    assert call.content_type == "multipart/form-data"
    assert call.sent == {"chat_id": "7", "document": b"a,b\n1,2\n", "caption": "本月"}


async def test_a_file_is_fetched_with_get(stub: Stub, request_: AiohttpRequest) -> None:
    assert b'"ok": true' in await request_.retrieve(f"{stub.base_url}/anything")


async def test_half_a_surrogate_pair_does_not_make_a_message_unsendable(stub: Stub, api: BotApi) -> None:
    assert (await api.call("sendMessage", {"text": "名\ud83d"})).ok
    assert stub.calls[0].sent == {"text": "名?"}


async def test_a_refusal_of_the_bot_api_stays_what_python_telegram_bot_makes_of_it(
    stub: Stub, request_: AiohttpRequest
) -> None:
    stub.script = [refused(400, "Bad Request: chat not found")]
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot_for(stub, request_).send_message(7, "hello")


async def test_no_connection_means_not_sent() -> None:
    async with AiohttpRequest() as request:
        with pytest.raises(NotSent):
            await request.post_json(f"http://127.0.0.1:{closed_port()}/bot{TOKEN}/getMe", {})


async def test_a_refusing_proxy_means_not_sent(stub: Stub) -> None:
    async with AiohttpRequest(proxy=f"http://127.0.0.1:{closed_port()}") as request:
        with pytest.raises(NotSent):
            await request.post_json(f"{stub.base_url}/getMe", {})


async def test_waiting_in_vain_for_a_free_connection_means_not_sent(stub: Stub) -> None:
    stub.script = [never]
    async with AiohttpRequest(connections=1, connect_timeout=0.02, pool_timeout=0.02) as request:
        first = asyncio.create_task(request.post_json(f"{stub.base_url}/getMe", {}))
        await stub.called.wait()
        with pytest.raises(NotSent):
            await request.post_json(f"{stub.base_url}/getMe", {})
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first


async def test_an_answer_that_does_not_come_means_timed_out(stub: Stub, request_: AiohttpRequest) -> None:
    stub.script = [never]
    with pytest.raises(TimedOut):
        await request_.post_json(f"{stub.base_url}/getMe", {}, read_timeout=0.02)


async def test_python_telegram_bots_own_time_out_is_heeded(stub: Stub, request_: AiohttpRequest) -> None:
    stub.script = [never]
    with pytest.raises(TimedOut):
        await bot_for(stub, request_).send_message(7, "hello", read_timeout=0.02)


async def test_a_connection_cut_after_the_request_is_not_taken_for_unsent(stub: Stub, request_: AiohttpRequest) -> None:
    stub.script = [cut]
    with pytest.raises(NetworkError) as failure:
        await request_.post_json(f"{stub.base_url}/getMe", {})
    assert not isinstance(failure.value, NotSent)
    assert stub.methods() == ["getMe"]


async def test_a_cut_request_is_not_silently_sent_twice_on_a_kept_connection(
    stub: Stub, request_: AiohttpRequest
) -> None:
    await request_.post_json(f"{stub.base_url}/first", {})
    stub.script = [cut]
    with pytest.raises(NetworkError):
        await request_.post_json(f"{stub.base_url}/second", {})
    assert stub.methods() == ["first", "second"]


async def test_a_client_that_was_never_opened_sends_nothing(stub: Stub) -> None:
    with pytest.raises(NotSent):
        await AiohttpRequest().post_json(f"{stub.base_url}/getMe", {})


async def test_opening_and_closing_twice_is_harmless() -> None:
    request = AiohttpRequest(read_timeout=3.5)
    await request.initialize()
    await request.initialize()
    await request.shutdown()
    await request.shutdown()
    assert request.read_timeout == 3.5


def everything_said_by(error: BaseException | None) -> str:
    said = ""
    while error is not None:
        said += f"{error!r} {error} {error.__cause__!r} "
        error = error.__context__
    return said


@pytest.mark.parametrize("broken", ["refused", "connect", "read", "cut", "url"])
async def test_no_failure_names_the_token(
    broken: str, stub: Stub, request_: AiohttpRequest, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    if broken in ("read", "cut"):
        stub.script = [never if broken == "read" else cut]
    urls = {
        "refused": f"http://127.0.0.1:{closed_port()}/bot{TOKEN}/getMe",
        "url": f"http:///bot{TOKEN}/getMe",
    }
    url = urls.get(broken, f"{stub.base_url}/getMe")
    with pytest.raises(NetworkError) as failure:
        await request_.do_request(url, "POST", read_timeout=0.02, connect_timeout=1e-9 if broken == "connect" else 5)
    assert TOKEN not in everything_said_by(failure.value) + repr(request_)
    assert TOKEN not in caplog.text


async def test_a_redirect_is_not_followed(stub: Stub, api: BotApi) -> None:
    answer = ok(True)
    answer.set_status(307)
    answer.headers["Location"] = f"{stub.base_url}/elsewhere"
    stub.script = [answer]
    assert not (await api.call("getMe", {})).ok
    assert stub.methods() == ["getMe"]


def test_an_idle_connection_is_given_up_before_a_server_closes_it() -> None:
    # A message sent into a connection that the server is just closing may have arrived or not; nobody can say.
    # (Without its set-up of logging, which would stay for the tests that come after this one.)
    assert uvicorn.Config(Starlette(), log_config=None).timeout_keep_alive > IDLE_SECONDS
    assert EmbeddedServer(Starlette()).config.timeout_keep_alive > IDLE_SECONDS
