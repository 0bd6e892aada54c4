"""A council's agenda by how far things are, and what one has proposed oneself (spec 5)."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.channel import Button
from domain.council_access import SEES_COUNCILS
from domain.usecases.item_lists import ItemList, items_of_council, own_items
from domain.usecases.item_proposing import councils_to_propose_to
from handlers.flow import Rows
from handlers.shortened import short_name
from handlers.talking import NotForRole
from handlers.today import page_turn
from handlers.turn import Turn, pressed_number
from messages.render import label
from models.agenda import AgendaItem

PAGE = 8


@dataclass(frozen=True, slots=True)
class CouncilItems:
    """One of a council's lists; each line opens its card."""

    council: str
    which: ItemList
    total: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class OwnItems:
    """What she has proposed, or is invited to."""

    total: int
    page: int
    pages: int


async def show_items(turn: Turn, args: Sequence[str]) -> None:
    """The press `co:items:<council>[:<list>[:<page>]]`. Raises RefusedError(NOT_YOURS)."""
    known = {which.value: which for which in ItemList}
    which = known.get(args[1], ItemList.AGENDA) if len(args) > 1 else ItemList.AGENDA
    await _page(turn, pressed_number(args) or 0, which, pressed_number(args, 2) or 0)


async def _page(turn: Turn, council_id: int, which: ItemList, page: int) -> None:
    found = await items_of_council(
        turn.scene.session, actor=turn.actor, council_id=council_id, which=which, offset=page * PAGE, limit=PAGE
    )
    if not found.items and page > 0:
        await _page(turn, council_id, which, 0)
        return
    total = found.counts[which]
    pages = max(1, -(-total // PAGE))
    view = CouncilItems(found.sight.council.name, which, total, page + 1, pages)
    more: list[tuple[str, str]] = [("open_council", f"co:show:{council_id}")]
    if found.sight.sits:
        more.insert(0, ("propose_item", f"co:propose:{council_id}"))
    others = [
        Button(f"{label(other, turn.locale)} {found.counts[other]}", f"co:items:{council_id}:{other.value}:0")
        for other in ItemList
        if other is not which and found.counts[other]
    ]
    turning = page_turn(turn, f"co:items:{council_id}:{which.value}", page, pages)
    rows = tuple(tuple(others[place : place + 2]) for place in range(0, len(others), 2))
    turn.show(view, (*item_rows(found.items, turn.locale), *turning, *rows, *turn.rows([more])))


async def proposals(turn: Turn, _rest: str) -> None:
    """/proposals: what she has proposed or is invited to, as a new message."""
    turn.press_answered_apart()
    await _own_page(turn, 0)


async def proposals_pressed(turn: Turn, args: Sequence[str]) -> None:
    """A button `proposals:<page>`."""
    await _own_page(turn, pressed_number(args) or 0)


async def _own_page(turn: Turn, page: int) -> None:
    if not turn.actor.has_role(SEES_COUNCILS):
        turn.show(NotForRole())
        return
    session = turn.scene.session
    rows, total = await own_items(session, actor=turn.actor, offset=page * PAGE, limit=PAGE)
    if not rows and page > 0:
        await _own_page(turn, 0)
        return
    pages = max(1, -(-total // PAGE))
    proposes = await councils_to_propose_to(session, turn.actor)
    more = turn.rows([[("propose_item", "menu:propose")]]) if proposes else ()
    turning = page_turn(turn, "proposals", page, pages)
    turn.show(OwnItems(total, page + 1, pages), (*item_rows(rows, turn.locale), *turning, *more))


def item_rows(items: Sequence[AgendaItem], locale: str) -> Rows:
    """A button for each item."""
    return tuple((Button(item_line(item, locale), f"item:show:{item.id}"),) for item in items)


def item_line(item: AgendaItem, locale: str) -> str:
    """An item on one line: how urgent, its title, how far it is."""
    mark = label(item.urgency.value, locale, "urgency_mark")
    return f"{mark} {short_name(item.title)} · {label(item.state, locale)}"
