"""Moving a household to another grid of its community (spec 2)."""

from dataclasses import dataclass
from typing import Any

from domain.access import EDITS_REGISTER, registered_household
from domain.usecases.grids import grids_beside
from domain.usecases.moving import move_household, neighbouring_grid
from handlers.flow import Finished, Flow, Step
from handlers.household_pick import HouseholdPick, in_reach
from handlers.questions import Answers, Confirm, Facts, Found, Pick
from handlers.scene import Scene
from handlers.shortened import short_door
from models.area import Area
from models.household import Household


@dataclass(frozen=True, slots=True)
class AskTarget:
    """To which grid?"""

    household: str
    grid: str


@dataclass(frozen=True, slots=True)
class MoveSummary:
    """The move before it is saved."""

    household: str
    code: str
    address: str
    grid: str
    target: str


@dataclass(frozen=True, slots=True)
class Moved:
    """It has moved; those who look after it now have been told."""

    household: str
    code: str
    target: str
    still_mine: bool


async def _load(_scene: Scene, _household: Household, grid: Area) -> dict[str, Any]:
    return {"grid": grid.name}


async def _search(scene: Scene, answers: Answers, _facts: Facts, query: str, offset: int, limit: int) -> Found:
    _, grid = await registered_household(scene.session, scene.actor, answers["household"], EDITS_REGISTER)
    grids, total = await grids_beside(scene.session, grid, query, offset=offset, limit=limit)
    return Found([(other.id, f"{short_door(other.name)} · {other.code}") for other in grids], total)


async def _resolve(scene: Scene, value: int, answers: Answers, _facts: Facts) -> dict[str, Any]:
    _, grid = await registered_household(scene.session, scene.actor, answers["household"], EDITS_REGISTER)
    return {"target": (await neighbouring_grid(scene.session, grid, value)).name}


def _summary(_answers: Answers, facts: Facts) -> MoveSummary:
    return MoveSummary(facts["household"], facts["code"], facts["address"], facts["grid"], facts["target"])


async def _finish(scene: Scene, answers: Answers, _facts: Facts, _ending: str) -> Finished:
    household, target = await move_household(
        scene.session,
        actor=scene.actor,
        household_id=answers["household"],
        grid_id=answers["target"],
        now=scene.now,
        policy=scene.policy,
    )
    still_mine = scene.actor.covers(target.path, EDITS_REGISTER)
    buttons = [[("open_household", f"hh:show:{household.id}")]] if still_mine else []
    return Finished(Moved(household.name, household.code, target.name, still_mine), buttons)


HHMOVE = Flow(
    name="hhmove",
    version=1,
    roles=EDITS_REGISTER,
    steps=(
        HouseholdPick(_load).step,
        Step("target", lambda _a, f: AskTarget(f["household"], f["grid"]), Pick(_search, _resolve)),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    in_reach=in_reach,
)
