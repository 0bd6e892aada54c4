"""What happens in group chats: commands to the bot, presses of its buttons, its comings and goings (spec 5).

In a group the bot says nothing but what `domain/usecases/group_posts.py` shows there. Whoever presses gets the press's
own answer, which only she sees; what needs more words goes to her private chat.
"""

from telegram import ChatMember, ChatMemberUpdated, Message, Update

from domain.channel import Outgoing, PressAnswer
from domain.council_access import SITS_IN_COUNCIL
from domain.refusals import Reason, RefusedError
from domain.usecases.council_groups import bind_group, council_in_chat, find_again, lose_group, rebind
from handlers.group_gate import group_command
from handlers.record_presses import RecordPresses
from handlers.registry import COMMANDS, PRESSES, run_command
from handlers.turn import Press, Turn

PRESSED_IN_GROUPS = frozenset({"vote", "meet"})
_GONE = frozenset({ChatMember.LEFT, ChatMember.BANNED})


async def handle_in_group(turn: Turn, update: Update, message_id: int | None) -> list[Outgoing | PressAnswer]:
    """Do what an update of a group asks for. `turn` speaks in the private chat of whoever acts, never in the group."""
    chat_id = turn.group
    assert chat_id is not None  # noqa: S101
    if update.my_chat_member is not None:
        await _came_or_went(turn, update.my_chat_member)
    elif update.callback_query is not None:
        turn.press = Press(update.callback_query.id, update.callback_query.data or "", message_id)
        await _pressed(turn)
        turn.end_press()
    elif update.message is not None:
        await _said(turn, update.message)
    return [reply for reply in turn.replies if isinstance(reply, PressAnswer) or reply.chat_id != chat_id]


async def _came_or_went(turn: Turn, change: ChatMemberUpdated) -> None:
    scene, chat_id = turn.scene, change.chat.id
    now_is = change.new_chat_member
    silenced = now_is.status == ChatMember.RESTRICTED and not getattr(now_is, "can_send_messages", True)
    if now_is.status in _GONE or silenced:
        await lose_group(scene.session, chat_id=chat_id, now=scene.now, policy=scene.policy)
    else:
        await find_again(scene.session, chat_id=chat_id, now=scene.now, policy=scene.policy)


async def _pressed(turn: Turn) -> None:
    """Only what is done at once: a form needs her private chat from its first word on."""
    assert turn.press is not None  # noqa: S101
    prefix, *args = turn.press.data.split(":")
    if turn.actor.frozen:
        turn.refuse(Reason.FROZEN)
        return
    if not turn.actor.posts:
        turn.toast("not_of_the_council", alert=True)
        return
    presses = PRESSES.get(prefix) if prefix in PRESSED_IN_GROUPS else None
    if isinstance(presses, RecordPresses) and args and args[0] in presses.at_once:
        # What is shown besides goes to her private chat, where the pressed message is not.
        turn.press = Press(turn.press.callback_id, turn.press.data, None)
        await presses(turn, args)
    else:
        turn.toast("no_such_button")


async def _said(turn: Turn, message: Message) -> None:
    scene = turn.scene
    if message.migrate_to_chat_id is not None:
        await rebind(scene.session, before=message.chat.id, after=message.migrate_to_chat_id, now=scene.now)
    elif message.migrate_from_chat_id is not None:
        await rebind(scene.session, before=message.migrate_from_chat_id, after=message.chat.id, now=scene.now)
    elif turn.actor.posts and not turn.actor.frozen:  # to whoever may do nothing here nothing is said either
        name, rest = group_command(message.text, scene.bot_name) or ("", "")
        if name == "propose":
            await _propose(turn, rest)
        elif name and rest and turn.actor.has_role(SITS_IN_COUNCIL):
            await _bind(turn, rest)


async def _propose(turn: Turn, title: str) -> None:
    assert turn.group is not None  # noqa: S101
    if "propose" in COMMANDS and await council_in_chat(turn.scene.session, turn.group) is not None:
        await run_command(turn, "propose", title)


async def _bind(turn: Turn, code: str) -> None:
    """The message that says so is shown in the group; why it cannot be is told to her alone."""
    scene = turn.scene
    assert turn.group is not None  # noqa: S101
    try:
        async with scene.session.begin_nested():
            await bind_group(scene.session, actor=scene.actor, chat_id=turn.group, code=code, now=scene.now)
    except RefusedError as refused:
        turn.refuse(refused.reason)
