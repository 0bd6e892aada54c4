"""Accepting a case by its button. Whoever has a party's very name is asked first whether it is she."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.dispute_access import read_dispute
from domain.refusals import Reason, RefusedError
from domain.usecases.dispute_accepting import accept_dispute
from handlers.dispute_card import show_dispute
from handlers.turn import Turn, pressed_number

NAMESAKE = "namesake"


@dataclass(frozen=True, slots=True)
class NamesakeAsked:
    """A party has her name: is it she, or only a namesake?"""

    code: str


async def accept_pressed(turn: Turn, args: Sequence[str]) -> None:
    """`disp:accept:<dispute>[:namesake]`. Raises RefusedError: see `accept_dispute`."""
    scene, dispute_id = turn.scene, pressed_number(args) or 0
    try:
        await accept_dispute(
            scene.session,
            actor=scene.actor,
            dispute_id=dispute_id,
            now=scene.now,
            policy=scene.policy,
            namesake=args[1:2] == [NAMESAKE],
        )
    except RefusedError as refused:
        if refused.reason is not Reason.PARTY_OF_CASE:
            raise
        await _ask(turn, dispute_id)
    else:
        turn.toast("dispute_accepted")
        await show_dispute(turn, args)


async def _ask(turn: Turn, dispute_id: int) -> None:
    scene = turn.scene
    # That a party has her name was said in confidence too.
    sight = await read_dispute(scene.session, scene.actor, dispute_id, now=scene.now, policy=scene.policy)
    buttons = [
        [("only_namesake", f"disp:accept:{dispute_id}:{NAMESAKE}")],
        [("recuse_dispute", f"disp:recuse:{dispute_id}")],
    ]
    turn.show_secret(NamesakeAsked(sight.dispute.code), turn.rows(buttons))
