"""The answer at the end of a conversation, which is shown again to whoever presses "save" once more (spec 1).

It says no more than she was to be told already, and its buttons are checked anew when they are pressed. So it is
shown as it was, also where the record has gone on since or has left her hands by the very act it tells of.
"""

import json

from domain.channel import Button
from domain.usecases.flow_receipts import keep_receipt, kept_receipt
from handlers.flow import Finished, Flow, Receipt, Rows
from handlers.turn import Turn
from messages.render import render


async def show_and_keep(turn: Turn, flow: Flow, finished: Finished, ending: str) -> None:
    """Show how the conversation ended; what saved something is kept as well, in the transaction that saved it."""
    text, rows = render(finished.view, turn.locale), turn.rows(finished.buttons)
    turn.show_text(text, rows)
    if flow.saves and flow.receipt is None:
        reply = json.dumps([text, [[[button.label, button.data] for button in row] for row in rows]])
        await keep_receipt(turn.scene.session, ending=ending, user_id=turn.user_id, reply=reply, now=turn.scene.now)


async def kept_words(turn: Turn, flow: Flow, ending: str) -> tuple[str, Rows] | None:
    """The same once more, in the words of then. None: there is none, or her posts include this work no more."""
    if not turn.actor.has_role(flow.roles):
        return None
    reply = await kept_receipt(turn.scene.session, ending=ending, user_id=turn.user_id)
    if reply is None:
        return None
    text, rows = json.loads(reply)
    return text, tuple(tuple(Button(label, data) for label, data in row) for row in rows)


async def words_anew(turn: Turn, receipt: Receipt, ending: str) -> tuple[str, Rows] | None:
    """The same worked out anew, by the conversation's own `receipt`."""
    finished = await receipt(turn.scene, ending)
    return None if finished is None else (render(finished.view, turn.locale), turn.rows(finished.buttons))
