"""For auditors: who has read what. Codes, people and their right to it; never what a lead says (spec 8)."""

from collections.abc import Sequence

from domain.usecases.read_log import READS_LOG
from handlers.conversations import FLOWS
from handlers.leaving import unless_busy
from handlers.read_log_page import log_page
from handlers.talking import NotForRole, begin
from handlers.turn import Turn, pressed_number


async def reads(turn: Turn, rest: str) -> None:
    """The newest of the log, as a new message; with words behind the command, those with such a code."""
    turn.press_answered_apart()
    if rest.strip():
        await begin(turn, FLOWS["readsof"], partial={"query": rest.strip()[:100], "page": 0})
    else:
        await _page(turn, 0, None)


async def reads_pressed(turn: Turn, args: Sequence[str]) -> None:
    """A button `reads:new`, `reads:one` (which asks for a code), or `reads:<page>[:<record>]`."""
    if args[:1] == ["new"]:
        await reads(turn, "")
    elif args[:1] == ["one"]:
        turn.press_answered_apart()
        await unless_busy(turn, "reads:one", lambda: begin(turn, FLOWS["readsof"]))
    else:
        await _page(turn, pressed_number(args) or 0, pressed_number(args, 1))


async def _page(turn: Turn, page: int, number: int | None) -> None:
    if not turn.actor.has_role(READS_LOG):
        turn.show(NotForRole())
        return
    finished = await log_page(turn.scene, page, number)
    turn.show(finished.view, turn.rows(finished.buttons))
