"""The check-in as an idiomatic python-telegram-bot ConversationHandler, with the library's own defaults.

Answers live in `user_data` (memory) and one row is inserted at the end. Run: ptb_bot.py TOKEN BASE_URL DATABASE
"""

import sys
import warnings
from pathlib import Path
from typing import Any

import aiosqlite
from telegram import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    filters,
)
from telegram.warnings import PTBUserWarning

sys.path.insert(0, str(Path(__file__).parents[2]))

from bench.rivals import words

HOUSEHOLD, MODE, OUTCOME, FIVE_ONES, SEEN, NEEDS, PHOTOS, PLACE, TIER, CONFIRM = range(10)
Context = ContextTypes.DEFAULT_TYPE


def markup(rows: words.Rows) -> InlineKeyboardMarkup:
    """The rows as an inline keyboard."""
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=data) for label, data in row] for row in rows]
    )


def answers_of(context: Context) -> dict[str, Any]:
    """What she has answered so far."""
    assert context.user_data is not None
    return context.user_data


async def pressed(update: Update) -> tuple[CallbackQuery, str]:
    """The pressed button, acknowledged, and its value."""
    query = update.callback_query
    assert query is not None
    assert query.data is not None
    await query.answer()
    return query, query.data.rpartition(":")[2]


async def show(query: CallbackQuery, screen: words.Screen) -> None:
    """Rewrite the message under which the button was."""
    text, rows = screen
    await query.edit_message_text(text, parse_mode="HTML", reply_markup=markup(rows))


async def begin(update: Update, context: Context) -> int:
    """/visit"""
    answers = answers_of(context)
    answers.clear()
    answers |= {"five_ones": [], "seen": [], "needs": [], "note": ""}
    text, rows = words.household()
    assert update.message is not None
    await update.message.reply_text(text, parse_mode="HTML", reply_markup=markup(rows))
    return HOUSEHOLD


async def household(update: Update, context: Context) -> int:
    """The household was chosen."""
    query, answers_of(context)["household"] = await pressed(update)
    await show(query, words.mode(answers_of(context)))
    return MODE


async def mode(update: Update, context: Context) -> int:
    """The way was chosen."""
    query, answers_of(context)["mode"] = await pressed(update)
    await show(query, words.outcome(answers_of(context)))
    return OUTCOME


async def outcome(update: Update, context: Context) -> int:
    """The outcome was chosen."""
    query, answers_of(context)["outcome"] = await pressed(update)
    await show(query, words.five_ones(answers_of(context), ()))
    return FIVE_ONES


def toggle(chosen: list[str], value: str) -> None:
    """Choose it, or take the choice back."""
    if value in chosen:
        chosen.remove(value)
    else:
        chosen.append(value)


async def five_ones(update: Update, context: Context) -> int:
    """One of the five was chosen, or all are."""
    query, value = await pressed(update)
    answers = answers_of(context)
    if value == "done":
        await show(query, words.seen(answers, ()))
        return SEEN
    toggle(answers["five_ones"], value)
    await show(query, words.five_ones(answers, answers["five_ones"]))
    return FIVE_ONES


async def seen(update: Update, context: Context) -> int:
    """Somebody was seen, or all are named."""
    query, value = await pressed(update)
    answers = answers_of(context)
    if value in ("done", "skip"):
        await show(query, words.needs(answers, (), ""))
        return NEEDS
    toggle(answers["seen"], value)
    await show(query, words.seen(answers, answers["seen"]))
    return SEEN


async def needs(update: Update, context: Context) -> int:
    """A need was noticed, or all are named."""
    query, value = await pressed(update)
    answers = answers_of(context)
    if value == "done":
        await show(query, words.photos())
        return PHOTOS
    toggle(answers["needs"], value)
    await show(query, words.needs(answers, answers["needs"], answers["note"]))
    return NEEDS


async def note(update: Update, context: Context) -> int:
    """Words of her own."""
    answers = answers_of(context)
    assert update.message is not None
    answers["note"] = update.message.text
    text, rows = words.needs(answers, answers["needs"], answers["note"])
    await update.message.reply_text(text, parse_mode="HTML", reply_markup=markup(rows))
    return NEEDS


async def photos(update: Update, _context: Context) -> int:
    """No photos."""
    query, _ = await pressed(update)
    await show(query, words.place())
    return PLACE


async def place(update: Update, context: Context) -> int:
    """No place."""
    query, _ = await pressed(update)
    await show(query, words.tier(answers_of(context)))
    return TIER


async def tier(update: Update, context: Context) -> int:
    """What becomes of the tier."""
    query, answers_of(context)["tier"] = await pressed(update)
    await show(query, words.summary(answers_of(context)))
    return CONFIRM


async def save(update: Update, context: Context) -> int:
    """The one insert."""
    query, _ = await pressed(update)
    answers = answers_of(context)
    database: aiosqlite.Connection = context.bot_data["database"]
    cursor = await database.execute(words.INSERT, words.row(query.from_user.id, answers))
    await database.commit()
    await show(query, words.saved(answers, cursor.lastrowid or 0))
    return ConversationHandler.END


async def cancel(update: Update, _context: Context) -> int:
    """/cancel"""
    assert update.message is not None
    await update.message.reply_text("已取消。")
    return ConversationHandler.END


def conversation() -> ConversationHandler[Context]:
    """The conversation, state by state."""
    return ConversationHandler(
        entry_points=[CommandHandler("visit", begin)],
        states={
            HOUSEHOLD: [CallbackQueryHandler(household, "^household:")],
            MODE: [CallbackQueryHandler(mode, "^mode:")],
            OUTCOME: [CallbackQueryHandler(outcome, "^outcome:")],
            FIVE_ONES: [CallbackQueryHandler(five_ones, "^five_ones:")],
            SEEN: [CallbackQueryHandler(seen, "^(seen:|skip$)")],
            NEEDS: [
                CallbackQueryHandler(needs, "^needs:"),
                MessageHandler(filters.TEXT & ~filters.COMMAND, note),
            ],
            PHOTOS: [CallbackQueryHandler(photos, "^skip$")],
            PLACE: [CallbackQueryHandler(place, "^skip$")],
            TIER: [CallbackQueryHandler(tier, "^tier:")],
            CONFIRM: [CallbackQueryHandler(save, "^save$")],
        },
        fallbacks=[CommandHandler("cancel", cancel)],
    )


def main(token: str, base_url: str, file: str) -> None:
    """Poll until a signal comes."""

    async def open_database(application: Application[Any, Any, Any, Any, Any, Any]) -> None:
        database = application.bot_data["database"] = await aiosqlite.connect(file)
        await database.execute("PRAGMA journal_mode=WAL")
        await database.execute(words.SCHEMA)

    async def close_database(application: Application[Any, Any, Any, Any, Any, Any]) -> None:
        await application.bot_data["database"].close()

    warnings.filterwarnings("ignore", category=PTBUserWarning)
    builder = Application.builder().token(token).base_url(f"{base_url}/bot")
    application = builder.post_init(open_database).post_shutdown(close_database).build()
    application.add_handler(conversation())
    application.run_polling()


if __name__ == "__main__":
    main(*sys.argv[1:])
