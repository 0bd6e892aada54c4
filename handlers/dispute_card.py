"""The card of a dispute: what it is about, how far it has come, and what she may do with it now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.dispute_access import DisputeSight, read_dispute
from handlers.flow import Rows
from handlers.scene import Scene
from handlers.turn import Turn, pressed_number
from models.dispute import DisputeState
from models.lead import Colour


@dataclass(frozen=True, slots=True)
class DisputeCard:
    """A dispute as whoever may read it sees it."""

    code: str
    colour: Colour
    state: DisputeState
    item: str
    facts: str
    next_on: date | None
    minutes: int


async def show_dispute(turn: Turn, args: Sequence[str]) -> None:
    """The card of a dispute: a new message, that vanishes. Raises RefusedError(NOT_YOURS)."""
    scene = turn.scene
    sight = await read_dispute(
        scene.session, scene.actor, pressed_number(args) or 0, now=scene.now, policy=scene.policy
    )
    turn.show_secret(_card(sight, scene), _buttons(sight, turn))


def _card(sight: DisputeSight, scene: Scene) -> DisputeCard:
    dispute = sight.dispute
    return DisputeCard(
        code=dispute.code,
        colour=dispute.colour,
        state=dispute.state,
        item=scene.policy.catalogue.name(dispute.item, scene.actor.locale),
        facts=dispute.facts,
        next_on=dispute.next_on,
        minutes=scene.policy.details_minutes,
    )


def _buttons(sight: DisputeSight, turn: Turn) -> Rows:
    rows: list[list[tuple[str, str]]] = []
    if sight.handles and sight.dispute.state is DisputeState.REGISTERED:
        rows.append([("accept_dispute", f"disp:accept:{sight.dispute.id}")])
    return turn.rows(rows)
