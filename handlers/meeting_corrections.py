"""The corrections of a meeting's record: for those who keep it, and for whoever asked for them."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.channel import Button
from domain.usecases.council_meetings import meeting_for
from domain.usecases.minutes_corrections import corrections_of
from handlers.shortened import short_name
from handlers.turn import Turn, pressed_number
from messages.render import label
from models.meeting import CorrectionState

PAGE = 3  # of up to 600 characters each, and their answers


@dataclass(frozen=True, slots=True)
class CorrectionLine:
    """One correction and what became of it."""

    number: int
    who: str
    version: int
    words: str
    state: CorrectionState
    answer: str


@dataclass(frozen=True, slots=True)
class CorrectionList:
    """The corrections of a record, those not answered first."""

    code: str
    total: int
    lines: tuple[CorrectionLine, ...]
    page: int
    pages: int


async def show_corrections(turn: Turn, args: Sequence[str]) -> None:
    """The press `meet:corrections:<meeting>[:<page>]`. Raises RefusedError(NOT_YOURS)."""
    session, number, page = turn.scene.session, pressed_number(args) or 0, pressed_number(args, 1) or 0
    sight = await meeting_for(session, turn.actor, number)
    found = list(enumerate(await corrections_of(session, turn.actor, number), 1))
    found.sort(key=lambda one: one[1].correction.state is not CorrectionState.WAITING)
    pages = max(1, -(-len(found) // PAGE))
    page = min(page, pages - 1)
    shown = found[page * PAGE : (page + 1) * PAGE]
    lines = tuple(
        CorrectionLine(
            place,
            one.who,
            one.correction.version,
            one.correction.body,
            one.correction.state,
            one.correction.answer or "",
        )
        for place, one in shown
    )
    rows: tuple[tuple[Button, ...], ...] = ()
    if sight.leads:
        word = label("answer_correction", turn.locale)
        rows = tuple(
            (Button(f"{word} {place} · {short_name(one.who)}", f"meet:answer:{one.correction.id}"),)
            for place, one in shown
            if one.correction.state is CorrectionState.WAITING
        )
    if pages > 1:
        rows = (*rows, *turn.rows([[("next", f"meet:corrections:{number}:{(page + 1) % pages}")]]))
    if len(args) < 2:
        turn.press_answered_apart()
    turn.show(CorrectionList(sight.meeting.code, len(found), lines, page + 1, pages), rows)
