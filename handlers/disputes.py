"""What the buttons of a dispute do. What was said is shown here and nowhere else, and each reading is logged."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from domain.refusals import RefusedError
from handlers.case_file import send_case_file
from handlers.conversations import FLOWS
from handlers.dispute_accept import accept_pressed
from handlers.dispute_card import show_dispute
from handlers.dispute_line import show_line, show_parties
from handlers.lawful_ways import show_ways, told_ways
from handlers.lead_files import show_dispute_files
from handlers.leaving import at_once, unless_busy
from handlers.mediations import cancel_pressed, send_calendar_file
from handlers.talking import begin_about
from handlers.turn import Turn, pressed_number

Press = Callable[[Turn, Sequence[str]], Awaitable[None]]


async def dispute_pressed(turn: Turn, args: Sequence[str]) -> None:
    """A button `disp:<what>:<dispute>[:<more>]`."""
    what, rest = args[0] if args else "", args[1:]
    number = pressed_number(rest)
    if what in AT_ONCE and number is not None:
        try:
            async with turn.scene.session.begin_nested():
                await AT_ONCE[what](turn, rest)
        except RefusedError as refused:
            turn.refuse(refused.reason)
    elif what in BEGINS and number is not None:
        await _begin(turn, what, number)
    else:
        turn.toast("no_such_button")


async def _begin(turn: Turn, what: str, dispute_id: int) -> None:
    flow, answers = BEGINS[what]

    async def go() -> None:
        await begin_about(turn, FLOWS[flow], dispute_id, answers)

    target = f"disp:{what}:{dispute_id}"
    if what == "violence":
        await at_once(turn, FLOWS[flow], target, go)  # help waits for no form
    else:
        await unless_busy(turn, target, go)


# What happens at once, and the conversations that begin with the dispute (and more) answered already.
AT_ONCE: dict[str, Press] = {
    "ways": show_ways,
    "told": told_ways,
    "show": show_dispute,
    "line": show_line,
    "parties": show_parties,
    "files": show_dispute_files,
    "file": send_case_file,
    "accept": accept_pressed,
    "ics": send_calendar_file,
    "cancel": cancel_pressed,
}
BEGINS: dict[str, tuple[str, Mapping[str, str]]] = {
    "party": ("party", {}),
    "colour": ("dispcolour", {}),
    "correct": ("dispcorrect", {}),
    "note": ("dispnote", {}),
    "reopen": ("dispreopen", {}),
    "withdraw": ("dispdecide", {"decision": "send_back"}),
    "decide": ("dispdecide", {}),
    "closing": ("dispclose", {}),
    "followup": ("followup", {}),
    "court": ("court", {}),
    "plan": ("mediation", {}),
    "record": ("attempt", {}),
    "passup": ("passup", {}),
    "giveback": ("giveback", {}),
    "hand": ("dispown", {}),
    "recuse": ("recuse", {}),
    "violence": ("violence", {}),
    "refer": ("disprefer", {}),
    "whistle": ("dispwhistle", {}),
}
