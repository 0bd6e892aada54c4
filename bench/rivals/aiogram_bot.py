"""The check-in as an idiomatic aiogram 3 state machine, with the library's own defaults.

Answers live in `MemoryStorage` and one row is inserted at the end. Run: aiogram_bot.py TOKEN BASE_URL DATABASE
"""

import asyncio
import sys
from pathlib import Path

import aiosqlite
from aiogram import Bot, Dispatcher, F, Router
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

sys.path.insert(0, str(Path(__file__).parents[2]))

from bench.rivals import words

router = Router()


class Visit(StatesGroup):
    """The questions."""

    household = State()
    mode = State()
    outcome = State()
    five_ones = State()
    seen = State()
    needs = State()
    photos = State()
    place = State()
    tier = State()
    confirm = State()


def markup(rows: words.Rows) -> InlineKeyboardMarkup:
    """The rows as an inline keyboard."""
    buttons = [[InlineKeyboardButton(text=label, callback_data=data) for label, data in row] for row in rows]
    return InlineKeyboardMarkup(inline_keyboard=buttons)


async def show(query: CallbackQuery, screen: words.Screen) -> None:
    """Acknowledge the press and rewrite the message under which the button was."""
    text, rows = screen
    assert isinstance(query.message, Message)
    await query.answer()
    await query.message.edit_text(text, reply_markup=markup(rows))


def value_of(query: CallbackQuery) -> str:
    """The value of the pressed button."""
    assert query.data is not None
    return query.data.rpartition(":")[2]


@router.message(Command("visit"))
async def begin(message: Message, state: FSMContext) -> None:
    """/visit"""
    await state.set_data({"five_ones": [], "seen": [], "needs": [], "note": ""})
    await state.set_state(Visit.household)
    text, rows = words.household()
    await message.answer(text, reply_markup=markup(rows))


@router.message(Command("cancel"))
async def cancel(message: Message, state: FSMContext) -> None:
    """/cancel"""
    await state.clear()
    await message.answer("已取消。")


@router.callback_query(Visit.household, F.data.startswith("household:"))
async def household(query: CallbackQuery, state: FSMContext) -> None:
    """The household was chosen."""
    answers = await state.update_data(household=value_of(query))
    await state.set_state(Visit.mode)
    await show(query, words.mode(answers))


@router.callback_query(Visit.mode, F.data.startswith("mode:"))
async def mode(query: CallbackQuery, state: FSMContext) -> None:
    """The way was chosen."""
    answers = await state.update_data(mode=value_of(query))
    await state.set_state(Visit.outcome)
    await show(query, words.outcome(answers))


@router.callback_query(Visit.outcome, F.data.startswith("outcome:"))
async def outcome(query: CallbackQuery, state: FSMContext) -> None:
    """The outcome was chosen."""
    answers = await state.update_data(outcome=value_of(query))
    await state.set_state(Visit.five_ones)
    await show(query, words.five_ones(answers, ()))


async def toggled(state: FSMContext, key: str, value: str) -> dict[str, object]:
    """The answers after `value` was chosen, or its choice taken back."""
    chosen: list[str] = (await state.get_data())[key]
    chosen = [other for other in chosen if other != value] if value in chosen else [*chosen, value]
    return await state.update_data({key: chosen})


@router.callback_query(Visit.five_ones, F.data == "five_ones:done")
async def five_ones_done(query: CallbackQuery, state: FSMContext) -> None:
    """All of the five that were done are chosen."""
    await state.set_state(Visit.seen)
    await show(query, words.seen(await state.get_data(), ()))


@router.callback_query(Visit.five_ones, F.data.startswith("five_ones:"))
async def five_ones(query: CallbackQuery, state: FSMContext) -> None:
    """One of the five."""
    answers = await toggled(state, "five_ones", value_of(query))
    await show(query, words.five_ones(answers, answers["five_ones"]))  # type: ignore[arg-type]


@router.callback_query(Visit.seen, F.data.in_({"seen:done", "skip"}))
async def seen_done(query: CallbackQuery, state: FSMContext) -> None:
    """All who were seen are named."""
    await state.set_state(Visit.needs)
    await show(query, words.needs(await state.get_data(), (), ""))


@router.callback_query(Visit.seen, F.data.startswith("seen:"))
async def seen(query: CallbackQuery, state: FSMContext) -> None:
    """Somebody was seen."""
    answers = await toggled(state, "seen", value_of(query))
    await show(query, words.seen(answers, answers["seen"]))  # type: ignore[arg-type]


@router.callback_query(Visit.needs, F.data == "needs:done")
async def needs_done(query: CallbackQuery, state: FSMContext) -> None:
    """All needs are named."""
    await state.set_state(Visit.photos)
    await show(query, words.photos())


@router.callback_query(Visit.needs, F.data.startswith("needs:"))
async def needs(query: CallbackQuery, state: FSMContext) -> None:
    """A need."""
    answers = await toggled(state, "needs", value_of(query))
    await show(query, words.needs(answers, answers["needs"], str(answers["note"])))  # type: ignore[arg-type]


@router.message(Visit.needs, F.text)
async def note(message: Message, state: FSMContext) -> None:
    """Words of her own."""
    answers = await state.update_data(note=message.text)
    text, rows = words.needs(answers, answers["needs"], answers["note"])
    await message.answer(text, reply_markup=markup(rows))


@router.callback_query(Visit.photos, F.data == "skip")
async def photos(query: CallbackQuery, state: FSMContext) -> None:
    """No photos."""
    await state.set_state(Visit.place)
    await show(query, words.place())


@router.callback_query(Visit.place, F.data == "skip")
async def place(query: CallbackQuery, state: FSMContext) -> None:
    """No place."""
    await state.set_state(Visit.tier)
    await show(query, words.tier(await state.get_data()))


@router.callback_query(Visit.tier, F.data.startswith("tier:"))
async def tier(query: CallbackQuery, state: FSMContext) -> None:
    """What becomes of the tier."""
    answers = await state.update_data(tier=value_of(query))
    await state.set_state(Visit.confirm)
    await show(query, words.summary(answers))


@router.callback_query(Visit.confirm, F.data == "save")
async def save(query: CallbackQuery, state: FSMContext, database: aiosqlite.Connection) -> None:
    """The one insert."""
    answers = await state.get_data()
    cursor = await database.execute(words.INSERT, words.row(query.from_user.id, answers))
    await database.commit()
    await state.clear()
    await show(query, words.saved(answers, cursor.lastrowid or 0))


async def main(token: str, base_url: str, file: str) -> None:
    """Poll until a signal comes."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(base_url))
    bot = Bot(token, session=session, default=DefaultBotProperties(parse_mode="HTML"))
    dispatcher = Dispatcher(storage=MemoryStorage())
    dispatcher.include_router(router)
    async with aiosqlite.connect(file) as database:
        await database.execute("PRAGMA journal_mode=WAL")
        await database.execute(words.SCHEMA)
        await dispatcher.start_polling(bot, database=database)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
