"""What was kept for later: the list of drafts, and going on with one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.channel import Button
from handlers.book import Talk, fresh_rev
from handlers.conversations import FLOWS
from handlers.leaving import end_unknown, flow_title, unless_busy
from handlers.renewing import is_newer
from handlers.talking import ask_again
from handlers.turn import Turn


@dataclass(frozen=True, slots=True)
class DraftList:
    """The drafts; each button goes on with one."""

    count: int
    hours: int


@dataclass(frozen=True, slots=True)
class NoDrafts:
    """There are none."""


async def _known(turn: Turn) -> tuple[list[Talk], bool]:
    """Hers, without those that the program can no longer go on with: these end here.

    And whether a newer version can go on with others, of which she is told.
    """
    found = await turn.book.drafts(turn.scene.session, turn.chat_id, turn.user_id)
    end_unknown(turn, found)
    known = [talk for talk in found if talk.state.flow in FLOWS]
    return known, any(is_newer(None, talk, turn.scene.now) for talk in found if talk not in known)


async def drafts(turn: Turn, _rest: str) -> None:
    """The list."""
    found, others = await _known(turn)
    if not found:
        if not others:
            turn.show(NoDrafts())
        return
    rows = tuple([(Button(f"▶ {await flow_title(turn, talk)}", f"draft:{talk.id}"),) for talk in found[:20]])
    turn.show(DraftList(len(found), turn.scene.policy.draft_hours), rows)


async def draft_pressed(turn: Turn, args: Sequence[str]) -> None:
    """Go on with one of them."""
    found, others = await _known(turn)
    talk = next((talk for talk in found if args and talk.id == args[0]), None)
    if talk is None:
        if not others:
            turn.toast("draft_gone")
        return

    async def go_on() -> None:
        state = replace(talk.state, rev=max(talk.state.rev + 1, fresh_rev(turn.scene.now)))
        active = replace(talk, active=True, state=state)
        turn.book.put(active)
        await ask_again(turn, FLOWS[state.flow], active)

    await unless_busy(turn, f"draft:{talk.id}", go_on)
