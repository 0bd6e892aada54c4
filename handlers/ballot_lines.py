"""An open ballot line by line (记名明细): for those who sit in it and those who oversee it, in private."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.usecases.ballot_counting import lines_of
from domain.usecases.ballot_log import words_of
from handlers.today import page_turn
from handlers.turn import Turn, pressed_number
from models.ballot import BallotChoice, Seat, VoteWay

PAGE = 20


@dataclass(frozen=True, slots=True)
class BallotLines:
    """One page: number, name, how it came in, what was voted, whether she is of X, who entered it, how many changes."""

    title: str
    code: str
    lines: tuple[tuple[int, str, VoteWay | None, BallotChoice | None, bool, str, int], ...]
    total: int
    page: int
    pages: int
    minutes: int


async def show_lines(turn: Turn, args: Sequence[str]) -> None:
    """The press `vote:lines:<ballot>[:<page>]`: a message that leaves the chat. Raises RefusedError: NOT_YOURS,
    NO_LINES.
    """
    scene, number = turn.scene, pressed_number(args) or 0
    seen, lines = await lines_of(scene.session, actor=scene.actor, ballot_id=number)
    pages = max(1, -(-len(lines) // PAGE))
    page = min(pressed_number(args, 1) or 0, pages - 1)
    start = page * PAGE
    rows = tuple(
        (place, line.name, line.way, line.choice, line.seat is Seat.INVITED, line.entered_by or "", line.changes)
        for place, line in enumerate(lines[start : start + PAGE], start + 1)
    )
    words = await words_of(scene.session, seen.ballot)
    title = words.title if words else seen.item.title
    view = BallotLines(title, seen.item.code, rows, len(lines), page + 1, pages, scene.policy.details_minutes)
    back = turn.rows([[("open_paper", f"vote:paper:{number}")]])
    turn.show_secret(view, (*page_turn(turn, f"vote:lines:{number}", page, pages), *back))
