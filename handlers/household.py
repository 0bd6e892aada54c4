"""What the buttons of a household's card do."""

from collections.abc import Awaitable, Callable, Sequence

from domain.access import EDITS_REGISTER
from domain.refusals import RefusedError
from domain.usecases.grids import find_grids
from domain.usecases.register import set_away
from domain.usecases.tiers import keep_key
from handlers.conversations import FLOWS
from handlers.flows.hhadd import ASKED, grid_facts
from handlers.household_card import card_of
from handlers.leaving import unless_busy
from handlers.talking import begin, begin_about
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


async def _card_again(turn: Turn, household_id: int) -> None:
    card = await card_of(turn.scene, household_id)
    turn.show(card.view, turn.rows(card.buttons))


def _status(*, away: bool) -> Work:
    async def work(turn: Turn, household_id: int) -> None:
        scene = turn.scene
        await set_away(
            scene.session, actor=scene.actor, household_id=household_id, away=away, now=scene.now, policy=scene.policy
        )
        await _card_again(turn, household_id)

    return work


async def _keep_key(turn: Turn, household_id: int) -> None:
    scene = turn.scene
    await keep_key(scene.session, actor=scene.actor, household_id=household_id, now=scene.now, policy=scene.policy)
    await _card_again(turn, household_id)


async def add(turn: Turn, _rest: str) -> None:
    """A new household. Somebody with one grid is not asked for it, nobody for what the county has switched off."""
    known: dict[str, int | None] = {item: None for item in ASKED if item not in turn.scene.policy.register_items}
    grids, total = await find_grids(turn.scene.session, actor=turn.actor, roles=EDITS_REGISTER, query="", limit=1)
    if total == 1:
        await begin(turn, FLOWS["hhadd"], known | {"grid": grids[0].id}, grid_facts(grids[0]))
    else:
        await begin(turn, FLOWS["hhadd"], known)


_AT_ONCE: dict[str, Work] = {
    "show": show_card,
    "away": _status(away=True),
    "back": _status(away=False),
    "keep": _keep_key,
}
_FLOWS = {"edit": "hhedit", "tier": "hhtier", "people": "hhpeople", "move": "hhmove", "merge": "hhmerge", "tie": "tie"}
