"""For administrators: where an alert would ring in vain today. Areas and posts, no cases."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.usecases.reachability import TOLD, Silence, gaps_below
from handlers.talking import NotForRole
from handlers.today import page_turn
from handlers.turn import Turn, pressed_number
from models.member import Role

PAGE = 10


@dataclass(frozen=True, slots=True)
class GapList:
    """The posts that would not answer, page by page."""

    gaps: tuple[tuple[str, str, Role, Silence], ...]  # the area's code and name, the post, why
    total: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class NoGaps:
    """Somebody would answer everywhere."""


async def gaps(turn: Turn, _rest: str) -> None:
    """The first page, as a new message."""
    turn.press_answered_apart()
    await _page(turn, 0)


async def gaps_pressed(turn: Turn, args: Sequence[str]) -> None:
    """The press that opens the list ("new"), or turns to another page of it."""
    if args[:1] == ["new"]:
        await gaps(turn, "")
    else:
        await _page(turn, pressed_number(args) or 0)


async def _page(turn: Turn, page: int) -> None:
    scene = turn.scene
    if not turn.actor.has_role(TOLD):
        turn.show(NotForRole())
        return
    rows, total = await gaps_below(
        scene.session, actor=scene.actor, day=scene.today, policy=scene.policy, offset=page * PAGE, limit=PAGE
    )
    if not rows and page > 0:
        await _page(turn, 0)
    elif not rows:
        turn.show(NoGaps())
    else:
        pages = -(-total // PAGE)
        shown = tuple((gap.area_code, gap.area_name, gap.role, gap.reason) for gap in rows)
        turn.show(GapList(shown, total, page + 1, pages), page_turn(turn, "gaps", page, pages))
