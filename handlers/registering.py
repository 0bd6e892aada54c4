"""The ways into the registering of a dispute: the menu, a household's card, a visit, a lead. Safety is asked first."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.dispute_access import REGISTERS_DISPUTES
from domain.refusals import RefusedError
from handlers.conversations import FLOWS
from handlers.flows.dispute_loading import household_facts, known_at_first, lead_facts
from handlers.leaving import unless_busy
from handlers.scene import Scene
from handlers.talking import NotForRole, begin
from handlers.turn import Turn, pressed_number
from models.dispute import DisputeSource
from models.lead import Where

_SAFE = "safe"


class Way(StrEnum):
    """From where she comes, as it stands in the button `case:<way>:<number>[:safe]`."""

    MENU = "menu"  # the number says nothing
    HOME = "home"  # a household's card
    VISIT = "visit"  # the receipt of a visit to the household
    LEAD = "lead"


@dataclass(frozen=True, slots=True)
class SafetyFirst:
    """Is anybody in danger, hurt, threatened, or a child harmed? Then it is no dispute, and nothing is mediated."""


async def register(turn: Turn, _rest: str) -> None:
    """/dispute, or the menu's word for it."""
    _ask_safety(turn, Way.MENU, 0)


async def case_pressed(turn: Turn, args: Sequence[str]) -> None:
    """A button `case:<way>:<number>`, which asks about safety, or `case:<way>:<number>:safe`, which has the answer."""
    ways = {way.value: way for way in Way}
    way, number = ways.get(args[0]) if args else None, pressed_number(args, 1)
    if way is None or number is None or args[2:] not in ([], [_SAFE]):
        turn.toast("no_such_button")
        return
    target = ":".join(("case", *args))

    async def go() -> None:
        if args[2:]:
            await _begin(turn, way, number)
        else:
            _ask_safety(turn, way, number)

    await unless_busy(turn, target, go)


def _ask_safety(turn: Turn, way: Way, number: int) -> None:
    """What is dangerous goes where it is looked after, with what is known of it."""
    if not turn.actor.has_role(REGISTERS_DISPUTES):
        turn.show(NotForRole())
        return
    danger = {Way.MENU: "menu:lead", Way.LEAD: f"lead:disclose:{number}"}.get(way, f"go_lead:{number}")
    rows = [[("nobody_in_danger", f"case:{way.value}:{number}:{_SAFE}")], [("somebody_in_danger", danger)]]
    turn.say(SafetyFirst(), turn.rows(rows))


async def _begin(turn: Turn, way: Way, number: int) -> None:
    try:
        answers, facts = await _known(turn.scene, way, number)
    except RefusedError as refused:
        turn.refuse(refused.reason)
        return
    await begin(turn, FLOWS["dispute"], answers, facts)


async def _known(scene: Scene, way: Way, number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is answered already, and what is remembered of it. Raises RefusedError."""
    facts = await known_at_first(scene)
    if way is Way.MENU:
        return {}, facts
    if way is Way.LEAD:
        return {"source": DisputeSource.LEAD.value, "lead": number}, {**facts, **await lead_facts(scene, number)}
    about: dict[str, Any] = {"where": Where.HOUSEHOLD.value, "household": number}
    if way is Way.VISIT:
        about["source"] = DisputeSource.VISIT.value
    return about, {**facts, **await household_facts(scene, number)}
