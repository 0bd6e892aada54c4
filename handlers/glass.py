"""The way to the broken glass: /glass with a code."""

import html

from domain.refusals import Reason, RefusedError
from domain.usecases.break_glass import lead_behind_glass, may_open
from handlers.conversations import FLOWS
from handlers.talking import NotForRole, begin, begin_about
from handlers.turn import Turn
from messages.render import label


async def glass(turn: Turn, code: str) -> None:
    """/glass, with a code or without."""
    flow = FLOWS["glass"]
    if not turn.actor.has_role(flow.roles):
        turn.show(NotForRole())
        return
    if not code.strip():
        await begin(turn, flow)
        return
    try:
        lead = await lead_behind_glass(turn.scene.session, turn.actor, code)
    except RefusedError as refused:
        turn.say_text(html.escape(label(refused.reason, turn.locale)))
        return
    if await may_open(turn.scene.session, turn.actor, lead.id, turn.scene.now):
        # Broken already, or never needed: it may stand on no list of hers, so the way in is here.
        rows = turn.rows([[("open_details", f"lead:show:{lead.id}")]])
        turn.say_text(html.escape(label(Reason.GLASS_NOT_NEEDED, turn.locale)), rows)
        return
    await begin_about(turn, flow, lead.id)
