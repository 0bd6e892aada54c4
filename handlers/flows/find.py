"""Finding a household by name, door, code or pinyin initials; it ends with the household's card (spec 2)."""

from dataclasses import dataclass
from typing import Any

from domain.access import SEES_HOUSEHOLDS, household_for
from handlers.flow import Finished, Flow, Step
from handlers.household_card import card_of
from handlers.household_pick import HouseholdSearch
from handlers.questions import Answers, Facts, Pick
from handlers.scene import Scene


@dataclass(frozen=True, slots=True)
class AskWhom:
    """Which household is looked for?"""


async def _resolve(scene: Scene, value: int, _answers: Answers, _facts: Facts) -> dict[str, Any]:
    await household_for(scene.session, scene.actor, value)
    return {}


async def _finish(scene: Scene, answers: Answers, _facts: Facts, _conversation_id: str) -> Finished:
    return await card_of(scene, answers["household"])


FIND = Flow(
    name="find",
    version=1,
    roles=SEES_HOUSEHOLDS,
    steps=(
        Step(
            "household",
            lambda _a, _f: AskWhom(),
            Pick(HouseholdSearch(SEES_HOUSEHOLDS), _resolve, otherwise=("add_household", "menu:add")),
        ),
    ),
    finish=_finish,
    saves=False,
)
