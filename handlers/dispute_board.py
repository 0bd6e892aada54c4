"""The board of the rungs (层级看板) for their head: what waits, is planned, overdue or resolved, and which it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time

from domain.channel import Button
from domain.refusals import RefusedError
from domain.usecases.dispute_boards import BoardColumn, RungBoard, boards_of, column_of_board
from handlers.dispute_list import case_rows
from handlers.scene import Scene
from handlers.today import page_turn
from handlers.turn import Turn, pressed_number
from messages.render import label

PAGE = 8
_OPEN = (BoardColumn.WAITING, BoardColumn.PLANNED, BoardColumn.UNDERWAY, BoardColumn.FOLLOWED)


@dataclass(frozen=True, slots=True)
class DisputeBoard:
    """All rungs of hers: name; open, overdue, resolved, ended and frozen disputes, the last three of this year."""

    year: int
    rungs: tuple[tuple[str, int, int, int, int, int], ...]


@dataclass(frozen=True, slots=True)
class RungOfBoard:
    """One rung; each column is a button."""

    rung: str
    year: int
    total: int


@dataclass(frozen=True, slots=True)
class ColumnOfBoard:
    """The disputes in one column; each is a button."""

    rung: str
    column: BoardColumn
    total: int
    page: int
    pages: int


async def board_pressed(turn: Turn, args: Sequence[str]) -> None:
    """A button `dboard:all`, `dboard:<rung>` or `dboard:<rung>:<column>:<page>`."""
    try:
        boards = await _boards(turn.scene)
    except RefusedError as refused:
        turn.refuse(refused.reason)
        return
    columns = {column.value: column for column in BoardColumn}
    board = next((board for board in boards if args and board.rung == args[0]), None)
    if args[:1] == ["all"]:
        turn.show(_all(boards, turn.scene), _rungs(boards, turn))
    elif board is None or (len(args) > 1 and args[1] not in columns):
        turn.toast("no_such_button")
    elif len(args) == 1:
        view = RungOfBoard(_name(board.rung, turn.scene), turn.scene.today.year, _total(board))
        turn.show(view, _columns(board, turn))
    else:
        await _column(turn, board, columns[args[1]], pressed_number(args, 2) or 0)


async def _boards(scene: Scene) -> list[RungBoard]:
    return await boards_of(
        scene.session, actor=scene.actor, since=_new_year(scene), today=scene.today, ladder=scene.policy.ladder
    )


def _new_year(scene: Scene) -> datetime:
    return scene.policy.at(scene.today.replace(month=1, day=1), time(0))


def _name(rung: str, scene: Scene) -> str:
    return scene.policy.ladder.name(rung, scene.actor.locale)


def _all(boards: Sequence[RungBoard], scene: Scene) -> DisputeBoard:
    rows = []
    for board in boards:
        count = board.counts.get
        rows.append(
            (
                _name(board.rung, scene),
                sum(count(column, 0) for column in _OPEN),
                count(BoardColumn.OVERDUE, 0),
                count(BoardColumn.RESOLVED, 0),
                count(BoardColumn.ENDED, 0),
                count(BoardColumn.FROZEN, 0),
            )
        )
    return DisputeBoard(scene.today.year, tuple(rows))


def _total(board: RungBoard) -> int:
    return sum(count for column, count in board.counts.items() if column is not BoardColumn.OVERDUE)


def _rungs(boards: Sequence[RungBoard], turn: Turn) -> tuple[tuple[Button, ...], ...]:
    return tuple(
        (Button(f"{_name(board.rung, turn.scene)} {_total(board)}", f"dboard:{board.rung}"),)
        for board in boards
        if _total(board)
    )


def _columns(board: RungBoard, turn: Turn) -> tuple[tuple[Button, ...], ...]:
    buttons = [
        Button(f"{label(column.value, turn.locale, 'board_column')} {board.counts[column]}", _data(board.rung, column))
        for column in BoardColumn
        if board.counts.get(column)
    ]
    rows = [tuple(buttons[place : place + 2]) for place in range(0, len(buttons), 2)]
    return (*rows, (turn.button("open_board", "dboard:all"),))


def _data(rung: str, column: BoardColumn) -> str:
    return f"dboard:{rung}:{column.value}:0"


async def _column(turn: Turn, board: RungBoard, column: BoardColumn, page: int) -> None:
    scene = turn.scene
    rows, total = await column_of_board(
        scene.session,
        actor=scene.actor,
        rung=board.rung,
        column=column,
        since=_new_year(scene),
        today=scene.today,
        ladder=scene.policy.ladder,
        offset=page * PAGE,
        limit=PAGE,
    )
    if not rows and page > 0:
        await _column(turn, board, column, 0)
        return
    pages = max(1, -(-total // PAGE))
    turning = page_turn(turn, f"dboard:{board.rung}:{column.value}", page, pages)
    back = (turn.button("back_to_rung", f"dboard:{board.rung}"),)
    view = ColumnOfBoard(_name(board.rung, scene), column, total, page + 1, pages)
    turn.show(view, (*case_rows(rows, scene.today, turn.locale), *turning, back))
