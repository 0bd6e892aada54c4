"""Today's list: the households due and overdue, most urgent first; each opens its check-in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.channel import Button
from domain.usecases.visits import due_households
from handlers.flow import Rows
from handlers.household_line import household_line
from handlers.turn import Turn, pressed_number

PAGE = 8


@dataclass(frozen=True, slots=True)
class TodayList:
    """What is due, page by page."""

    on: date
    total: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class NothingDue:
    """Nothing is due today."""

    on: date


async def today(turn: Turn, _rest: str) -> None:
    """The first page, as a new message: what its button hangs under (a receipt, a digest) stays."""
    turn.press_answered_apart()
    await _page(turn, 0)


async def today_pressed(turn: Turn, args: Sequence[str]) -> None:
    """The press that opens the list ("new"), or turns to another page of it."""
    if args[:1] == ["new"]:
        await today(turn, "")
    else:
        await _page(turn, pressed_number(args) or 0)


async def _page(turn: Turn, page: int) -> None:
    day = turn.scene.today
    rows, total = await due_households(turn.scene.session, actor=turn.actor, today=day, offset=page * PAGE, limit=PAGE)
    if not rows and page > 0:
        await _page(turn, 0)
        return
    if not rows:
        turn.show(NothingDue(day))
        return
    buttons: list[tuple[Button, ...]] = [
        (Button(household_line(row, day, turn.locale), f"go:{row.id}"),) for row in rows
    ]
    pages = -(-total // PAGE)
    turn.show(TodayList(day, total, page + 1, pages), (*buttons, *page_turn(turn, "today", page, pages)))


def page_turn(turn: Turn, prefix: str, page: int, pages: int) -> Rows:
    """The row that turns pages, when there are several."""
    row = []
    if page > 0:
        row.append(turn.button("previous", f"{prefix}:{page - 1}"))
    if page + 1 < pages:
        row.append(turn.button("next", f"{prefix}:{page + 1}"))
    return (tuple(row),) if row else ()
