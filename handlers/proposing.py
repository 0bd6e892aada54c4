"""Beginning a proposal: by /propose, from the menu or a visit, or with its title from the council's group (spec 5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from domain.council_access import PROPOSES
from domain.usecases.council_groups import council_in_chat
from domain.usecases.item_proposing import councils_to_propose_to
from handlers.conversations import FLOWS
from handlers.flows.propose import TITLE, council_known
from handlers.inputs import Typed
from handlers.questions import Answered, Asked, Half
from handlers.talking import NotForRole, begin
from handlers.turn import Turn


@dataclass(frozen=True, slots=True)
class NobodyToProposeTo:
    """There is no council of the places she works in, or its chair has not opened it yet."""


async def propose(turn: Turn, title: str) -> None:
    """/propose, with a title or without. In a group it is for that group's council, and goes on in her private chat."""
    scene = turn.scene
    if not turn.actor.has_role(PROPOSES):
        turn.show(NotForRole())
        return
    numbers = [council.id for council, *_ in await councils_to_propose_to(scene.session, turn.actor)]
    if turn.group is not None:
        here = await council_in_chat(scene.session, turn.group)
        numbers = [number for number in numbers if number == here]
    if not numbers:
        turn.show(NobodyToProposeTo())
    elif len(numbers) > 1:
        await begin(turn, FLOWS["propose"], await _title_for_all(turn, title, numbers))
    else:
        known = await council_known(scene, numbers[0])
        answers, partial = await _with_title(turn, title, known)
        await begin(turn, FLOWS["propose"], {"council": numbers[0], **answers}, known, partial)


async def _title_for_all(turn: Turn, title: str, numbers: Sequence[int]) -> dict[str, Any]:
    """The title as an answer, when none of these councils has anything against it; else it is asked for once more."""
    answers: dict[str, Any] = {}
    for number in numbers:
        answers, _ = await _with_title(turn, title, await council_known(turn.scene, number))
        if not answers:
            break
    return answers


async def _with_title(turn: Turn, title: str, known: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    """The title as an answer; as half of one, when a word of it is private or it is too long."""
    if not title.strip():
        return {}, None
    asked = Asked({}, known, None, turn.scene.today)
    taken = TITLE.take(await TITLE.look_up(turn.scene, Typed(title), asked), asked)
    if isinstance(taken, Answered):
        return {"title": taken.value}, None
    return {}, taken.partial if isinstance(taken, Half) else None
