"""What the buttons of a household's card do."""

from collections.abc import Awaitable, Callable, Sequence

from domain.refusals import RefusedError
from handlers.conversations import FLOWS
from handlers.household_card import card_of
from handlers.leaving import unless_busy
from handlers.talking import begin_about
from handlers.turn import Turn, pressed_number

Work = Callable[[Turn, int], Awaitable[None]]


async def household_pressed(turn: Turn, args: Sequence[str]) -> None:
    """A button `hh:<what>:<household>`."""
    what, number = args[0] if args else "", pressed_number(args, 1)
    if number is None or (what not in _FLOWS and what not in _AT_ONCE):
        turn.toast("no_such_button")
        return
    if what in _AT_ONCE:
        try:
            async with turn.scene.session.begin_nested():
                await _AT_ONCE[what](turn, number)
        except RefusedError as refused:
            turn.refuse(refused.reason)
        return
    household = number

    async def go() -> None:
        await begin_about(turn, FLOWS[_FLOWS[what]], household)

    await unless_busy(turn, f"hh:{what}:{household}", go)


async def show_card(turn: Turn, household_id: int) -> None:
    """The household's card, as a new message: the notice or the list it was opened from stays.

    Raises RefusedError(NOT_YOURS).
    """
    card = await card_of(turn.scene, household_id)
    turn.say(card.view, turn.rows(card.buttons))


_AT_ONCE: dict[str, Work] = {"show": show_card}
_FLOWS: dict[str, str] = {}
