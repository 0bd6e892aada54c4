"""The only translator between Telegram's updates and what the rest of the program understands."""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import update as sql_update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col
from telegram import Message, Update

from domain.access import REPORTS_LEADS, Actor
from domain.channel import Outgoing, PressAnswer
from domain.rules.policy import Policy
from handlers import home, leaving
from handlers.book import ConversationBook
from handlers.conversations import FLOWS
from handlers.dispute_list import SEES_DISPUTES, dispute_code
from handlers.flow import Control
from handlers.groups import handle_in_group
from handlers.inputs import Pressed
from handlers.matter_list import lead_code
from handlers.meetings import code_typed
from handlers.menu import menu_key
from handlers.origin import Origin, origin
from handlers.questions import DONE
from handlers.reading import read_input
from handlers.registry import COMMANDS, PRESSES, run_command
from handlers.renewing import is_newer
from handlers.scene import Scene
from handlers.talking import FlowGone, answer, ask_again, begin, hear_in_confidence, show_receipt
from handlers.turn import Press, Turn
from models.member import Member

# A text out of the blue is taken for a name or a door; a longer one is something else.
LONGEST_SEARCH = 40
Reply = Outgoing | PressAnswer


def stranger(source: Origin) -> Actor:
    """Somebody who has not joined."""
    return Actor(0, source.user_id, "", source.locale, ())


async def handle(
    raw: Mapping[str, Any],
    *,
    session: AsyncSession,
    book: ConversationBook,
    actor: Actor,
    now: datetime,
    policy: Policy,
    bot_name: str = "",
    token: Callable[[int], str] = secrets.token_urlsafe,
) -> tuple[list[Reply], Actor]:
    """Do what one update asks for; the replies, and who the person is afterwards.

    Raises whatever a malformed update or a fault of ours raises: the caller undoes and decides.
    """
    source = origin(raw)
    parsed, message_id = _without_own_message(raw)
    update = Update.de_json(parsed, None)
    scene = Scene(session, actor, now, policy, bot_name, token)
    if source.group:
        # Her own chat has her number: what is said to her is said there.
        turn = Turn(scene, source.user_id, source.user_id, book, update_id=update.update_id, group=source.chat_id)
        return await handle_in_group(turn, update, message_id), actor
    if not source.private:
        return [], actor  # a channel
    turn = Turn(scene, source.chat_id, source.user_id, book, update_id=update.update_id)
    if update.my_chat_member is not None:
        await _reachable(turn, blocked=update.my_chat_member.new_chat_member.status == "kicked")
        return turn.replies, turn.actor
    if actor.unreachable:
        # Whoever writes can be written to. Telegram says so only of those who had blocked the bot, not of her who
        # had never opened it when the first notice was to reach her.
        await _reachable(turn, blocked=False)
    if update.callback_query is not None:
        query = update.callback_query
        turn.press = Press(query.id, query.data or "", message_id)
        await _pressed(turn, query.from_user.full_name)
        turn.end_press()
    elif update.message is not None:
        turn.message_id = update.message.message_id
        await _said(turn, update.message)
    elif update.edited_message is not None:
        _edited(turn, update.edited_message)
    return turn.replies, turn.actor


def _without_own_message(raw: Mapping[str, Any]) -> tuple[dict[str, Any], int | None]:
    """The update without the message whose button was pressed, and that message's id.

    The message is ours: nothing else of it is read, and parsing it costs more than all the rest.
    """
    query = raw.get("callback_query")
    if not isinstance(query, dict) or not isinstance(query.get("message"), dict):
        return dict(raw), None
    rest = {name: value for name, value in query.items() if name != "message"}
    return {**raw, "callback_query": rest}, int(query["message"]["message_id"])


async def _reachable(turn: Turn, *, blocked: bool) -> None:
    if turn.actor.is_member:
        since = turn.scene.now if blocked else None
        change = sql_update(Member).where(col(Member.id) == turn.actor.member_id).values(unreachable_since=since)
        await turn.scene.session.execute(change)


def _barred(turn: Turn) -> object | None:
    """The refusal for somebody who may do nothing here, or None."""
    if turn.actor.frozen:
        return home.Frozen()
    return None if turn.actor.posts else home.Refusal()


def _edited(turn: Turn, message: Message) -> None:
    # A live location is edited with every step of whoever carries it: nobody has changed her words.
    if message.location is None and (message.text is not None or message.caption is not None):
        turn.say(_barred(turn) or home.EditedMessage())


def _end_unknown(turn: Turn, *, told: bool = False) -> bool:
    """See `leaving.end_unknown`. Whoever was asked whether to leave it was `told` that a newer version knows it."""
    talk = turn.book.active(turn.chat_id, turn.user_id)
    if talk is None or (told and is_newer(None, talk, turn.scene.now)):
        return False
    return leaving.end_unknown(turn, [talk])


async def _pressed(turn: Turn, full_name: str) -> None:
    assert turn.press is not None  # noqa: S101
    prefix, *args = turn.press.data.split(":")
    if prefix == "join" and not turn.actor.frozen:
        await home.join(turn, args, full_name)
        return
    barred = _barred(turn)
    if barred is not None:
        turn.say(barred)
        return
    ended = _end_unknown(turn, told=prefix == "leave")
    if prefix in FLOWS and len(args) == 3:
        await _pressed_in_flow(turn, prefix, *args)
    elif prefix == "leave":
        target = await leaving.leave(turn, args)
        if target is not None:
            turn.press = Press(turn.press.callback_id, target, turn.press.message_id)
            await _pressed(turn, full_name)
    elif prefix in PRESSES:
        await PRESSES[prefix](turn, args)
    elif not ended:
        turn.toast("no_such_button")


async def _pressed_in_flow(turn: Turn, name: str, step: str, rev: str, value: str) -> None:
    flow = FLOWS[name]
    talk = turn.book.active(turn.chat_id, turn.user_id)
    if talk is not None and talk.state.flow != name:
        talk = None
    if talk is not None and value == Control.RESUME:
        await ask_again(turn, flow, talk)
    elif talk is not None and (talk.state.step, str(talk.state.rev)) == (step, rev):
        await answer(turn, flow, talk, Pressed(value))
    elif value == DONE and step == flow.steps[-1].key and await show_receipt(turn, flow, rev):
        return  # it is saved; the receipt may have been lost on its way
    elif talk is None:
        turn.say(FlowGone())
    elif str(talk.state.rev - 1) == rev:
        # A double tap: the next question is there already. Unless it was lost on its way.
        turn.toast("already_answered")
        await ask_again(turn, flow, talk, new=False)
    else:
        turn.toast("stale")
        await ask_again(turn, flow, talk)


async def _said(turn: Turn, message: Message) -> None:
    text = message.text or ""
    command, _, rest = text.partition(" ")
    name = command[1:].split("@")[0].lower() if command.startswith("/") else None
    if name == "start":
        if turn.actor.frozen:
            turn.say(home.Frozen())
        else:
            await home.start(turn, rest.strip())
        return
    barred = _barred(turn)
    if barred is not None:
        turn.say(barred)
        return
    ended = _end_unknown(turn)
    key = name if name is not None else menu_key(text)
    if key is not None:
        if key not in COMMANDS or rest.strip():
            hear_in_confidence(turn)  # not just a command: something is told after a stroke
        await _commanded(turn, key, rest)
    elif not ended:  # else it was meant for the form that is no more
        await _told(turn, message, text)


async def _told(turn: Turn, message: Message, text: str) -> None:
    """Words or things that are no command: an answer, or something to look for."""
    talk = turn.book.active(turn.chat_id, turn.user_id)
    flow = None if talk is None else FLOWS[talk.state.flow]
    if flow is not None and not flow.saves and await code_typed(turn, text, looking_up=True):
        return
    if talk is not None and flow is not None:
        await answer(turn, flow, talk, read_input(message))
    elif await code_typed(turn, text):
        return  # she has signed in at a council's meeting
    elif dispute_code(text) and turn.actor.has_role(SEES_DISPUTES):
        await run_command(turn, "disputes", text)
    elif lead_code(text) and turn.actor.has_role(REPORTS_LEADS):
        await run_command(turn, "leads", text)
    elif text.strip() and len(text) <= LONGEST_SEARCH and turn.actor.has_role(FLOWS["find"].roles):
        await begin(turn, FLOWS["find"], partial={"query": text.strip(), "page": 0})
    else:
        turn.say(home.NothingAsked())


async def _commanded(turn: Turn, key: str, rest: str) -> None:
    if key in COMMANDS:
        await run_command(turn, key, rest.strip())
    else:
        await home.help_(turn, "")
