"""The ways into the report of a lead: the menu, and a household's card or receipt."""

from collections.abc import Sequence

from domain.refusals import RefusedError
from handlers.conversations import FLOWS
from handlers.flows.lead import household_facts, known_at_first
from handlers.leaving import unless_busy
from handlers.talking import begin
from handlers.turn import Turn, pressed_number
from models.lead import Where


async def report(turn: Turn, _rest: str) -> None:
    """/lead, or the menu's word for it."""
    await begin(turn, FLOWS["newlead"], {}, known_at_first(turn.scene))


async def report_pressed(turn: Turn, args: Sequence[str]) -> None:
    """A button `go_lead:<household>`: the form begins with the household filled in."""
    number = pressed_number(args)
    if number is None:
        turn.toast("no_such_button")
        return
    household = number

    async def go() -> None:
        try:
            facts = await household_facts(turn.scene, household)
        except RefusedError as refused:
            turn.refuse(refused.reason)
            return
        about = {"where": Where.HOUSEHOLD.value, "household": household}
        await begin(turn, FLOWS["newlead"], about, {**known_at_first(turn.scene), **facts})

    await unless_busy(turn, f"go_lead:{household}", go)
