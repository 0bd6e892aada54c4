"""Adding a household to the register (spec 2)."""

from dataclasses import dataclass
from typing import Any

from domain.access import EDITS_REGISTER
from domain.usecases.grids import find_grids, grid_for
from domain.usecases.register import add_household
from handlers.flow import Finished, Flow, Step
from handlers.questions import Answers, Confirm, Facts, Found, Number, Pick, Text
from handlers.scene import Scene
from handlers.shortened import short_door
from models.area import Area


@dataclass(frozen=True, slots=True)
class AskGrid:
    """In which grid?"""


@dataclass(frozen=True, slots=True)
class AskDoor:
    """At which door?"""

    grid: str


@dataclass(frozen=True, slots=True)
class AskName:
    """What is the head of the household called?"""


@dataclass(frozen=True, slots=True)
class AskPeople:
    """How many people live there?"""


@dataclass(frozen=True, slots=True)
class AskContact:
    """How can they be reached?"""


@dataclass(frozen=True, slots=True)
class AskSituation:
    """What is there to know of the family?"""


@dataclass(frozen=True, slots=True)
class AddSummary:
    """The new household before it is saved."""

    grid: str
    address: str
    name: str
    people_count: int | None
    contact: str
    situation: str


@dataclass(frozen=True, slots=True)
class Added:
    """The household is on the register, with its code."""

    code: str
    name: str


# The items of the register that a new household is asked for, as the steps are called.
ASKED = ("people_count", "contact", "situation")


def grid_facts(grid: Area) -> dict[str, Any]:
    """What the conversation remembers of the grid."""
    return {"grid": grid.name}


async def _search(scene: Scene, _answers: Answers, _facts: Facts, query: str, offset: int, limit: int) -> Found:
    grids, total = await find_grids(
        scene.session, actor=scene.actor, roles=EDITS_REGISTER, query=query, offset=offset, limit=limit
    )
    return Found([(grid.id, f"{short_door(grid.name)} · {grid.code}") for grid in grids], total)


async def _resolve(scene: Scene, value: int, _answers: Answers, _facts: Facts) -> dict[str, Any]:
    return grid_facts(await grid_for(scene.session, scene.actor, value, EDITS_REGISTER))


def _summary(answers: Answers, facts: Facts) -> AddSummary:
    return AddSummary(
        grid=facts["grid"],
        address=answers["address"],
        name=answers["name"],
        people_count=answers["people_count"],
        contact=answers["contact"] or "",
        situation=answers["situation"] or "",
    )


async def _finish(scene: Scene, answers: Answers, _facts: Facts, _conversation_id: str) -> Finished:
    household = await add_household(
        scene.session,
        actor=scene.actor,
        grid_id=answers["grid"],
        address=answers["address"],
        name=answers["name"],
        people_count=answers["people_count"],
        contact=answers["contact"],
        situation=answers["situation"],
        now=scene.now,
        policy=scene.policy,
    )
    buttons = [
        [("check_in", f"go:{household.id}"), ("open_household", f"hh:show:{household.id}")],
        [("add_another", "menu:add")],
    ]
    return Finished(Added(household.code, household.name), buttons)


HHADD = Flow(
    name="hhadd",
    version=1,
    roles=EDITS_REGISTER,
    steps=(
        Step("grid", lambda _a, _f: AskGrid(), Pick(_search, _resolve)),
        Step("address", lambda _a, f: AskDoor(f["grid"]), Text(120, one_line=True)),
        Step("name", lambda _a, _f: AskName(), Text(40, one_line=True)),
        Step("people_count", lambda _a, _f: AskPeople(), Number(1, 99)),
        Step("contact", lambda _a, _f: AskContact(), Text(100, one_line=True), optional=True),
        Step("situation", lambda _a, _f: AskSituation(), Text(500), optional=True),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
)
