"""The people of a household: somebody has come to live there, or has left (spec 2)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.access import EDITS_REGISTER, registered_household
from domain.usecases.households import people_of
from domain.usecases.residents import add_resident, note_departure, resident_of
from handlers.flow import Finished, Flow, Step
from handlers.household_pick import HouseholdPick, in_reach
from handlers.questions import Answers, Choice, Confirm, Facts, Found, Number, Pick, Refusal, Text
from handlers.scene import Scene
from handlers.shortened import short_name
from models.area import Area
from models.household import Household, Relation


class Coming(StrEnum):
    """What has happened."""

    CAME = "came"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class AskComing:
    """Has somebody come or left? Those who are known are shown."""

    household: str
    code: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AskName:
    """What is she called?"""


@dataclass(frozen=True, slots=True)
class AskRelation:
    """What is she to the head of the household?"""

    name: str


@dataclass(frozen=True, slots=True)
class AskBirthYear:
    """When was she born?"""


@dataclass(frozen=True, slots=True)
class AskWhoLeft:
    """Who no longer lives there?"""

    household: str


@dataclass(frozen=True, slots=True)
class PeopleSummary:
    """The change before it is saved."""

    household: str
    code: str
    coming: Coming
    name: str
    relation: Relation | None
    birth_year: int | None


@dataclass(frozen=True, slots=True)
class PeopleSaved:
    """The change is saved."""

    household: str
    code: str
    coming: Coming
    name: str


async def _load(scene: Scene, household: Household, _grid: Area) -> dict[str, Any]:
    names = [person.name for person in (await people_of(scene.session, household.id))[:20]]
    return {"people": names, "year": scene.today.year}


async def _search(scene: Scene, answers: Answers, _facts: Facts, query: str, offset: int, limit: int) -> Found:
    household, _ = await registered_household(scene.session, scene.actor, answers["household"], EDITS_REGISTER)
    people = [person for person in await people_of(scene.session, household.id) if query in person.name]
    return Found([(person.id, short_name(person.name)) for person in people[offset : offset + limit]], len(people))


async def _resolve(scene: Scene, value: int, answers: Answers, _facts: Facts) -> dict[str, Any]:
    household, _ = await registered_household(scene.session, scene.actor, answers["household"], EDITS_REGISTER)
    return {"who": (await resident_of(scene.session, household, value)).name}


def _came(answers: Answers) -> bool:
    return bool(answers.get("coming") == Coming.CAME)


def _left(answers: Answers) -> bool:
    return bool(answers.get("coming") == Coming.LEFT)


def _not_yet_born(value: int | None, _answers: Answers, facts: Facts) -> Refusal | None:
    return Refusal.NUMBER_OUT_OF_RANGE if value is not None and value > facts["year"] else None


def _summary(answers: Answers, facts: Facts) -> PeopleSummary:
    return PeopleSummary(
        household=facts["household"],
        code=facts["code"],
        coming=Coming(answers["coming"]),
        name=answers["name"] if _came(answers) else facts["who"],
        relation=Relation(answers["relation"]) if _came(answers) else None,
        birth_year=answers.get("birth_year"),
    )


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    shown = _summary(answers, facts)
    if shown.relation is not None:
        household = await add_resident(
            scene.session,
            actor=scene.actor,
            household_id=answers["household"],
            name=shown.name,
            relation=shown.relation,
            birth_year=shown.birth_year,
            now=scene.now,
        )
    else:
        household = await note_departure(
            scene.session,
            actor=scene.actor,
            household_id=answers["household"],
            resident_id=answers["who"],
            now=scene.now,
            policy=scene.policy,
        )
    saved = PeopleSaved(household.name, household.code, shown.coming, shown.name)
    again = ("edit_people", f"hh:people:{household.id}")
    return Finished(saved, [[again, ("open_household", f"hh:show:{household.id}")]])


HHPEOPLE = Flow(
    name="hhpeople",
    version=1,
    roles=EDITS_REGISTER,
    steps=(
        HouseholdPick(_load).step,
        Step(
            "coming",
            lambda _a, f: AskComing(f["household"], f["code"], tuple(f["people"])),
            Choice(Coming),
        ),
        Step("name", lambda _a, _f: AskName(), Text(40, one_line=True), when=_came),
        Step("relation", lambda a, _f: AskRelation(a["name"]), Choice(Relation, columns=3), when=_came),
        Step(
            "birth_year",
            lambda _a, _f: AskBirthYear(),
            Number(1900, 2100),
            when=_came,
            check=_not_yet_born,
            optional=True,
        ),
        Step("who", lambda _a, f: AskWhoLeft(f["household"]), Pick(_search, _resolve), when=_left),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    in_reach=in_reach,
)
