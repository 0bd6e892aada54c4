"""What a council has decided gets an owner (领办), a day and steps (spec 5)."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from domain.council_access import SITS_IN_COUNCIL, item_for
from domain.refusals import RefusedError
from domain.rules.search_text import normalise_query
from domain.usecases.project_lists import items_without_project
from domain.usecases.project_starting import (
    FURTHEST_DAYS,
    MOST_STEPS,
    STEP_LIMIT,
    ProjectPlan,
    item_to_carry_out,
    start_project,
)
from handlers.far_day import FarDay
from handlers.flow import Finished, Flow, Step
from handlers.project_pick import owner_named, owners_found
from handlers.public_text import PublicText
from handlers.questions import Answers, Confirm, Facts, Found, Pick, Refusal, length_of
from handlers.scene import Scene
from handlers.shortened import short_name
from models.area import Area

WHAT_LIMIT = 500
_NUMBERED = re.compile(r"^\s*(?:[-*•·]|[(（]?(?:\d{1,2}|[一二三四五六七八九十]{1,3})[.．、)）:：])\s*")


@dataclass(frozen=True, slots=True)
class AskPassedItem:
    """Which passed item is to be carried out?"""


@dataclass(frozen=True, slots=True)
class AskOwner:
    """Who carries it out?"""

    code: str
    title: str


@dataclass(frozen=True, slots=True)
class AskDueDay:
    """By when?"""


@dataclass(frozen=True, slots=True)
class AskWhat:
    """What is to be done?"""


@dataclass(frozen=True, slots=True)
class AskSteps:
    """In which steps? One a line."""

    most: int


@dataclass(frozen=True, slots=True)
class ProjectSummary:
    """The project before it begins."""

    code: str
    title: str
    owner: str
    due_on: date
    what: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProjectBegun:
    """It has begun; its owner and the proposers hear of it."""

    code: str
    owner: str
    due_on: date


def steps_in(text: str | None) -> tuple[str, ...]:
    """The steps of a typed text: one a line, without the numbers or dashes in front."""
    lines = (" ".join(_NUMBERED.sub("", line).split()) for line in (text or "").splitlines())
    return tuple(line for line in lines if line)


def _few_enough(value: Any, _answers: Answers, _facts: Facts) -> StrEnum | None:
    steps = steps_in(value)
    too_long = any(length_of(step) > STEP_LIMIT for step in steps)
    return Refusal.TOO_MANY_STEPS if len(steps) > MOST_STEPS or too_long else None


async def _search(scene: Scene, _answers: Answers, _facts: Facts, query: str, offset: int, limit: int) -> Found:
    wanted = normalise_query(query)
    rows = [
        (item.id, f"{item.code} {short_name(item.title)}")
        for item in await items_without_project(scene.session, scene.actor)
        if wanted in normalise_query(item.code) or wanted in normalise_query(item.title)
    ]
    return Found(rows[offset : offset + limit], len(rows))


async def _resolve(scene: Scene, value: int, _answers: Answers, _facts: Facts) -> dict[str, Any]:
    sight = await item_to_carry_out(scene.session, scene.actor, value)
    area = await scene.session.get_one(Area, sight.council.area_id)
    return {"code": sight.item.code, "title": sight.item.title, "area_path": area.path}


async def _in_reach(scene: Scene, answers: Answers) -> bool:
    if "item" not in answers:
        return True
    try:
        await item_for(scene.session, scene.actor, answers["item"])
    except RefusedError:
        return False
    return True


async def _search_owner(scene: Scene, answers: Answers, _facts: Facts, query: str, offset: int, limit: int) -> Found:
    rows = await owners_found(scene, answers["item"], query)
    return Found(rows[offset : offset + limit], len(rows))


async def _resolve_owner(scene: Scene, value: int, answers: Answers, _facts: Facts) -> dict[str, Any]:
    return {"owner": await owner_named(scene, answers["item"], value)}


def _summary(answers: Answers, facts: Facts) -> ProjectSummary:
    return ProjectSummary(
        facts["code"],
        facts["title"],
        facts["owner"],
        date.fromisoformat(answers["due"]),
        answers["what"],
        steps_in(answers.get("steps")),
    )


async def _finish(scene: Scene, answers: Answers, facts: Facts, ending: str) -> Finished:
    due_on = date.fromisoformat(answers["due"])
    project = await start_project(
        scene.session,
        actor=scene.actor,
        item_id=answers["item"],
        plan=ProjectPlan(answers["owner"], due_on, answers["what"], steps_in(answers.get("steps"))),
        conversation_id=ending,
        now=scene.now,
        policy=scene.policy,
    )
    begun = ProjectBegun(facts["code"], facts["owner"], due_on)
    return Finished(begun, [[("open_project", f"proj:show:{project.id}")]])


PROJECT = Flow(
    name="project",
    version=1,
    roles=SITS_IN_COUNCIL,
    steps=(
        Step("item", lambda _a, _f: AskPassedItem(), Pick(_search, _resolve), editable=False),
        Step("owner", lambda _a, f: AskOwner(f["code"], f["title"]), Pick(_search_owner, _resolve_owner)),
        Step("due", lambda _a, _f: AskDueDay(), FarDay(FURTHEST_DAYS)),
        Step("what", lambda _a, _f: AskWhat(), PublicText(WHAT_LIMIT)),
        Step("steps", lambda _a, _f: AskSteps(MOST_STEPS), PublicText(1000), check=_few_enough, optional=True),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    in_reach=_in_reach,
)
