"""The lawful ways besides a mediation, in plain words with what to do next; and that the parties were told of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.rules.lawful_ways import LawfulWay
from domain.usecases.lawful_ways import read_lawful_ways, tell_lawful_ways
from handlers.turn import Turn, pressed_number
from models.confidential import DisputeGround


@dataclass(frozen=True, slots=True)
class LawfulWays:
    """What the parties can do besides a mediation."""

    code: str
    ways: tuple[LawfulWay, ...]
    minutes: int


async def show_ways(turn: Turn, args: Sequence[str]) -> None:
    """The ways that fit the case: a new message, that vanishes. Raises RefusedError: NOT_YOURS, DISPUTE_FROZEN."""
    scene = turn.scene
    sight, ways = await read_lawful_ways(
        scene.session, actor=scene.actor, dispute_id=pressed_number(args) or 0, now=scene.now, policy=scene.policy
    )
    told = [[("ways_told", f"disp:told:{sight.dispute.id}")]] if sight.ground is DisputeGround.RUNG else []
    turn.show_secret(LawfulWays(sight.dispute.code, ways, scene.policy.details_minutes), turn.rows(told))


async def told_ways(turn: Turn, args: Sequence[str]) -> None:
    """The parties were told of them. Raises RefusedError: NOT_YOURS, DISPUTE_FROZEN."""
    scene = turn.scene
    dispute_id = pressed_number(args) or 0
    await tell_lawful_ways(scene.session, actor=scene.actor, dispute_id=dispute_id, now=scene.now, policy=scene.policy)
    turn.toast("ways_noted")
