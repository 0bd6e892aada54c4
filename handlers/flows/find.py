"""Finding a household by name, door, code or pinyin initials; it ends with the household's card (spec 2)."""

from dataclasses import dataclass
from typing import Any

from domain.access import SEES_HOUSEHOLDS, household_for
from domain.usecases.households import find_households
from handlers.flow import Finished, Flow, Step
from handlers.household_card import card_of
from handlers.household_line import household_line
from handlers.questions import Answers, Facts, Found, Pick
from handlers.scene import Scene


@dataclass(frozen=True, slots=True)
class AskWhom:
    """Which household is looked for?"""


async def _search(scene: Scene, _answers: Answers, _facts: Facts, query: str, offset: int, limit: int) -> Found:
    rows, total = await find_households(
        scene.session, actor=scene.actor, query=query, today=scene.today, offset=offset, limit=limit
    )
    return Found([(row.id, household_line(row, scene.today, scene.actor.locale)) for row in rows], total)


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
        Step("household", lambda _a, _f: AskWhom(), Pick(_search, _resolve, otherwise=("add_household", "menu:add"))),
    ),
    finish=_finish,
    saves=False,
)
