"""A bot made with another library, which knows nothing of this project, works against the sandbox."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiogram import Bot, Dispatcher, F, Router
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import BufferedInputFile, CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web
from aiohttp.test_utils import TestServer

from sandbox.records import Json
from sandbox.server import Sandbox
from tests.sandbox.conftest import TOKEN, WANG, png

SECRET = "only-telegram-knows"
Running = Callable[[Sandbox, Bot, Dispatcher], Any]


class Visit(StatesGroup):
    """A conversation of two questions."""

    door = State()
    note = State()


def dispatcher() -> Dispatcher:
    """A small bot: echo, a button, a photo that comes back, a conversation."""
    router = Router()

    @router.message(Command("visit"))
    async def begin(message: Message, state: FSMContext) -> None:
        await state.set_state(Visit.door)
        await message.answer("哪一户?")

    @router.message(Visit.door)
    async def door(message: Message, state: FSMContext) -> None:
        await state.update_data(door=message.text)
        await state.set_state(Visit.note)
        await message.answer("情况?")

    @router.message(Visit.note)
    async def note(message: Message, state: FSMContext) -> None:
        known = await state.get_data()
        await state.clear()
        await message.answer(f"{known['door']}:{message.text}")

    @router.message(Command("button"))
    async def button(message: Message) -> None:
        keyboard = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="好", callback_data="yes")]])
        await message.answer("按一下", reply_markup=keyboard)

    @router.callback_query(F.data == "yes")
    async def pressed(query: CallbackQuery) -> None:
        assert isinstance(query.message, Message)
        await query.answer("收到")
        await query.message.edit_text("按过了")

    @router.message(F.photo)
    async def photo(message: Message, bot: Bot) -> None:
        assert message.photo
        content = await bot.download(message.photo[-1])
        assert content is not None
        await message.answer_photo(BufferedInputFile(content.read(), "back.png"), caption="还给你")

    @router.message(F.text)
    async def echo(message: Message) -> None:
        await message.reply(f"<i>{message.html_text}</i>", parse_mode="HTML")

    made = Dispatcher()
    made.include_router(router)
    return made


@pytest.fixture
async def aiobot(sandbox: Sandbox) -> AsyncIterator[Bot]:
    session = AiohttpSession(api=TelegramAPIServer.from_base(sandbox.url))
    made = Bot(TOKEN, session=session)
    yield made
    await made.session.close()


@asynccontextmanager
async def polling(_: Sandbox, bot: Bot, handlers: Dispatcher) -> AsyncIterator[None]:
    """aiogram asks for updates."""
    task = asyncio.create_task(handlers.start_polling(bot, handle_signals=False, close_bot_session=False))
    try:
        yield
    finally:
        await handlers.stop_polling()
        await task


@asynccontextmanager
async def webhook(_: Sandbox, bot: Bot, handlers: Dispatcher) -> AsyncIterator[None]:
    """The sandbox posts the updates to aiogram."""
    application = web.Application()
    SimpleRequestHandler(handlers, bot, secret_token=SECRET).register(application, "/hook")
    async with TestServer(application) as server:
        await bot.set_webhook(str(server.make_url("/hook")), secret_token=SECRET)
        yield
        await bot.delete_webhook()


@asynccontextmanager
async def answering_webhook(_: Sandbox, bot: Bot, handlers: Dispatcher) -> AsyncIterator[None]:
    """As before, but the bot puts its calls into its answers to the webhook."""
    application = web.Application()
    handler = SimpleRequestHandler(handlers, bot, handle_in_background=False, secret_token=SECRET)
    handler.register(application, "/hook")
    async with TestServer(application) as server:
        await bot.set_webhook(str(server.make_url("/hook")), secret_token=SECRET)
        yield
        await bot.delete_webhook()


async def what_comes(sandbox: Sandbox, act: Callable[[], Any], *kinds: str) -> list[Json]:
    """Does something as a person and returns the bot's next events of these kinds, in order."""
    seq = sandbox.world.feed.seq
    act()
    found: list[Json] = []
    async for event in sandbox.world.feed.follow(seq):
        own = event is not None and event.get("message", {}).get("from", {}).get("id") == WANG
        if event is not None and event["type"] in {"message", "edited", "answer"} and not own:
            found.append(event)
            if len(found) == len(kinds):
                break
    assert sorted(event["type"] for event in found) == sorted(kinds)
    return found


@pytest.mark.parametrize("running", [polling, webhook, answering_webhook])
async def test_an_aiogram_bot_echoes_edits_downloads_and_converses(
    running: Running, sandbox: Sandbox, aiobot: Bot
) -> None:
    def says(text: str) -> Callable[[], Any]:
        return lambda: sandbox.act(WANG, WANG, "text", text=text)

    async def answer(act: Callable[[], Any]) -> Json:
        (event,) = await what_comes(sandbox, act, "message")
        return dict(event["message"])

    async with running(sandbox, aiobot, dispatcher()):
        echoed = await answer(says("走访 <3"))
        assert (echoed["text"], echoed["entities"][0]["type"]) == ("走访 <3", "italic")
        assert echoed["reply_to_message"]["text"] == "走访 <3"

        asked = await answer(says("/button"))
        number = asked["message_id"]
        events = await what_comes(
            sandbox, lambda: sandbox.act(WANG, WANG, "press", message_id=number, data="yes"), "answer", "edited"
        )
        by_kind = {event["type"]: event for event in events}
        assert by_kind["answer"]["text"] == "收到"
        assert by_kind["edited"]["message"]["text"] == "按过了"

        file = ("a.png", "image/png", png(320, 200))
        returned = await answer(lambda: sandbox.act(WANG, WANG, "photo", file=file))
        assert (returned["caption"], returned["photo"][-1]["width"]) == ("还给你", 320)

        assert (await answer(says("/visit")))["text"] == "哪一户?"
        assert (await answer(says("3-201")))["text"] == "情况?"
        assert (await answer(says("都好")))["text"] == "3-201:都好"


async def test_aiogram_understands_every_kind_of_chat_question(sandbox: Sandbox, aiobot: Bot) -> None:
    group = sandbox.add_group("执委群", [WANG], bot_admin=True)["id"]
    questions: list[Awaitable[Any]] = [
        aiobot.get_me(),
        aiobot.get_chat(group),
        aiobot.get_chat(WANG),
        aiobot.get_chat_member(group, WANG),
        aiobot.get_chat_member(group, 4200),
        aiobot.get_chat_administrators(group),
        aiobot.get_webhook_info(),
        aiobot.send_poll(group, "?", ["甲", "乙"]),
        aiobot.send_location(WANG, 1.0, 2.0),
        aiobot.get_updates(),
    ]
    assert all([await question for question in questions])
