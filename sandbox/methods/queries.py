"""answerCallbackQuery."""

from __future__ import annotations

from sandbox.call import Call
from sandbox.refusals import TOO_OLD_QUERY, bad

ANSWERABLE_SECONDS = 15 * 60
LONGEST_ANSWER = 200


def answer_callback_query(call: Call) -> bool:
    """answerCallbackQuery; each press can be answered once, and not for long."""
    world = call.world
    press = world.presses.get(call.text("callback_query_id"))
    if press is None or press.answered or world.clock() - press.at > ANSWERABLE_SECONDS:
        raise bad(TOO_OLD_QUERY)
    text = call.text("text")
    if len(text) > LONGEST_ANSWER:
        raise bad("MESSAGE_TOO_LONG")
    press.answered = True
    world.mark("press", press.id)
    world.feed.publish(
        "answer",
        press.chat_id,
        [press.person_id],
        callback_query_id=press.id,
        message_id=press.message_id,
        text=text,
        show_alert=call.flag("show_alert"),
    )
    return True
