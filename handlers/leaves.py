"""One's own leave: what is noted, taking it back, and asking for more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.access import WORKS_HERE
from domain.channel import Button
from domain.refusals import RefusedError
from domain.usecases.leaves import cancel_leave, leaves_of
from handlers.conversations import FLOWS
from handlers.leaving import unless_busy
from handlers.talking import NotForRole, begin
from handlers.turn import Turn, pressed_number
from messages.render import day_text, label


@dataclass(frozen=True, slots=True)
class LeaveList:
    """The days on which she will be away."""

    leaves: tuple[tuple[date, date], ...]


async def leave_list(turn: Turn, _rest: str) -> None:
    """Her leave, as a new message."""
    turn.press_answered_apart()
    await _show(turn)


async def leaves_pressed(turn: Turn, args: Sequence[str]) -> None:
    """A button `leaves:<list or new>` or `leaves:off:<leave>`."""
    what, number = args[0] if args else "", pressed_number(args, 1)
    if what == "list":
        await leave_list(turn, "")
    elif what == "new":
        await unless_busy(turn, "leaves:new", lambda: begin(turn, FLOWS["absence"]))
    elif what == "off" and number is not None:
        await _cancel(turn, number)
    else:
        turn.toast("no_such_button")


async def _cancel(turn: Turn, number: int) -> None:
    scene = turn.scene
    try:
        async with scene.session.begin_nested():
            await cancel_leave(scene.session, actor=scene.actor, leave_id=number, now=scene.now, policy=scene.policy)
    except RefusedError as refused:
        turn.refuse(refused.reason)
        return
    await _show(turn)


async def _show(turn: Turn) -> None:
    if not turn.actor.has_role(WORKS_HERE):
        turn.show(NotForRole())
        return
    leaves = await leaves_of(turn.scene.session, turn.actor, turn.scene.today)
    rows = [
        (
            Button(
                f"{label('cancel_leave', turn.locale)} {day_text(leave.starts_on, turn.locale)}",
                f"leaves:off:{leave.id}",
            ),
        )
        for leave in leaves
    ]
    view = LeaveList(tuple((leave.starts_on, leave.ends_on) for leave in leaves))
    turn.show(view, (*rows, (turn.button("new_leave", "leaves:new"),)))
