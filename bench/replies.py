"""How many replies a second leave the bot, by HTTP client and by the way of calling.

One local process answers every sendMessage at once, so what is measured is our side. Each way is tried one reply
after the other and with 256 in flight, in rounds that take turns; the figure is the middle round's.

    python -m bench.replies --quick
"""

import argparse
import asyncio
import json
import multiprocessing
import statistics
import time
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from multiprocessing.connection import Connection

import telegram
from aiohttp import web
from telegram.request import BaseRequest, HTTPXRequest
from telegram.warnings import PTBUserWarning

from domain.channel import Button, Outcome, Outgoing
from handlers.api import BotApi
from handlers.limiter import Limiter
from handlers.request import AiohttpRequest
from handlers.sender import TelegramSender

TOKEN = "1:benchmark"
TEXT = "<b>走访登记</b>\n张桂兰，三组，重点户。上次走访：9月3日。请选择本次情况："
BUTTONS = (
    (Button("一切正常", "visit:2:7:ok"), Button("有情况", "visit:2:7:lead")),
    (Button("返回", "visit:2:7:back"),),
)
IN_FLIGHT = 256

Reply = Callable[[], Awaitable[object]]


def serve(pipe: Connection) -> None:
    """Answer every request like sendMessage until killed; tell the port through `pipe`."""
    message = {
        "message_id": 1,
        "date": 1_790_000_000,
        "chat": {"id": 7, "type": "private", "first_name": "王"},
        "from": {"id": 1, "is_bot": True, "first_name": "梭子", "username": "suozi_bot"},
        "text": TEXT,
        "entities": [{"type": "bold", "offset": 0, "length": 4}],
        "reply_markup": {
            "inline_keyboard": [[{"text": b.label, "callback_data": b.data} for b in row] for row in BUTTONS]
        },
    }
    body = json.dumps({"ok": True, "result": message}).encode()

    async def answer(request: web.BaseRequest) -> web.Response:
        await request.read()
        return web.Response(body=body, content_type="application/json")

    async def forever() -> None:
        runner = web.ServerRunner(web.Server(answer, access_log=None))
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, backlog=1024)
        await site.start()
        pipe.send(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(forever())


def through_bot(bot: telegram.Bot) -> Reply:
    """`Bot.send_message`, the ordinary way."""
    rows = [[telegram.InlineKeyboardButton(b.label, callback_data=b.data) for b in row] for row in BUTTONS]

    def reply() -> Awaitable[object]:
        return bot.send_message(7, TEXT, parse_mode="HTML", reply_markup=telegram.InlineKeyboardMarkup(rows))

    return reply


def through_api_request(bot: telegram.Bot) -> Reply:
    """`Bot.do_api_request`, the public way without `Message` objects; it warns against using it for sendMessage."""
    warnings.simplefilter("ignore", PTBUserWarning)
    rows = [[{"text": b.label, "callback_data": b.data} for b in row] for row in BUTTONS]

    def reply() -> Awaitable[object]:
        parameters = {"chat_id": 7, "text": TEXT, "parse_mode": "HTML", "reply_markup": {"inline_keyboard": rows}}
        return bot.do_api_request("sendMessage", api_kwargs=parameters)

    return reply


def through_sender(sender: TelegramSender) -> Reply:
    """Our sender; another chat for every reply, as in life."""
    chats = iter(range(1, 1 << 40))

    async def reply() -> None:
        receipt = await sender.send(Outgoing(next(chats), TEXT, buttons=BUTTONS))
        if receipt.outcome is not Outcome.DELIVERED:
            raise RuntimeError(receipt.outcome)

    return reply


@asynccontextmanager
async def ways(base: str) -> AsyncIterator[dict[str, Reply]]:
    """Every way of replying that is compared, by name."""
    async with AsyncExitStack() as stack:

        async def bot(request: BaseRequest) -> telegram.Bot:
            await stack.enter_async_context(request)
            return telegram.Bot(TOKEN, base_url=f"{base}/bot", request=request)

        # 256 connections is what ApplicationBuilder gives; its pool time-out of 1 s would fail most replies.
        httpx = await bot(HTTPXRequest(connection_pool_size=IN_FLIGHT, pool_timeout=60))
        ours = AiohttpRequest(pool_timeout=60)
        aiohttp = await bot(ours)
        loop = asyncio.get_running_loop()
        limiter = Limiter(0, clock=loop.time, call_later=loop.call_later)
        yield {
            "httpx": through_bot(httpx),
            "aiohttp": through_bot(aiohttp),
            "do_api_request": through_api_request(aiohttp),
            "sender": through_sender(TelegramSender(BotApi(ours, f"{base}/bot{TOKEN}"), limiter)),
        }


async def replies_per_second(reply: Reply, seconds: float, in_flight: int) -> float:
    """Reply for `seconds` and count what came back."""
    start = time.perf_counter()
    count = 0

    async def keep_replying() -> None:
        nonlocal count
        while time.perf_counter() - start < seconds:
            await reply()
            count += 1

    await asyncio.gather(*(keep_replying() for _ in range(in_flight)))
    return count / (time.perf_counter() - start)


async def measure(base: str, seconds: float, rounds: int) -> dict[tuple[str, int], float]:
    """The middle of `rounds` for every way and both loads."""
    figures: dict[tuple[str, int], list[float]] = {}
    async with ways(base) as all_ways:
        for name, reply in all_ways.items():
            await replies_per_second(reply, 0.2, 8)  # warm
            figures[name, 1] = []
            figures[name, IN_FLIGHT] = []
        for _ in range(rounds):
            for (name, load), row in figures.items():
                row.append(await replies_per_second(all_ways[name], seconds, load))
    return {key: statistics.median(row) for key, row in figures.items()}


def main() -> None:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less than 30 seconds")
    quick = parser.parse_args().quick
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    server = spawn.Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    try:
        base = f"http://127.0.0.1:{ours.recv()}"
        figures = asyncio.run(measure(base, 0.7 if quick else 3.0, 3 if quick else 5))
    finally:
        server.terminate()
        server.join()
    for name in dict.fromkeys(name for name, _ in figures):
        print(f"{name:16} sequential {figures[name, 1]:7.0f}/s   256 in flight {figures[name, IN_FLIGHT]:7.0f}/s")
    sequential = figures["aiohttp", 1] / figures["httpx", 1]
    many = figures["aiohttp", IN_FLIGHT] / figures["httpx", IN_FLIGHT]
    print(f"replies aiohttp_per_httpx_sequential={sequential:.2f} aiohttp_per_httpx_256={many:.2f}")


if __name__ == "__main__":
    main()
