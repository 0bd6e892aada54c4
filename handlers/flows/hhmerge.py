"""Merging a household that stands on the register twice into the one that is kept (spec 2)."""

from dataclasses import dataclass
from typing import Any

from domain.access import EDITS_REGISTER, registered_household
from domain.refusals import Reason, RefusedError
from domain.usecases.households import find_households, people_of
from domain.usecases.moving import merge_households
from handlers.flow import Finished, Flow, Step
from handlers.household_line import household_line
from handlers.household_pick import HouseholdPick, in_reach
from handlers.questions import Answers, Confirm, Facts, Found, Pick
from handlers.scene import Scene
from models.household import Tier


@dataclass(frozen=True, slots=True)
class AskDuplicate:
    """Which one is the duplicate?"""

    household: str
    code: str
    address: str


@dataclass(frozen=True, slots=True)
class MergeSummary:
    """What is kept and what goes into it; it cannot be undone."""

    household: str
    code: str
    address: str
    tier: Tier
    duplicate: str
    duplicate_code: str
    duplicate_address: str
    duplicate_tier: Tier
    duplicate_people: str


@dataclass(frozen=True, slots=True)
class Merged:
    """They are one household now."""

    household: str
    code: str
    duplicate_code: str


async def _search(scene: Scene, answers: Answers, _facts: Facts, query: str, offset: int, limit: int) -> Found:
    rows, total = await find_households(
        scene.session,
        actor=scene.actor,
        query=query,
        today=scene.today,
        roles=EDITS_REGISTER,
        but=answers["household"],
        offset=offset,
        limit=limit,
    )
    return Found(
        [(row.id, f"{household_line(row, scene.today, scene.actor.locale)} · {row.code}") for row in rows], total
    )


async def _resolve(scene: Scene, value: int, answers: Answers, _facts: Facts) -> dict[str, Any]:
    if value == answers["household"]:
        raise RefusedError(Reason.SAME_HOUSEHOLD)
    duplicate, _ = await registered_household(scene.session, scene.actor, value, EDITS_REGISTER)
    return {
        "duplicate": duplicate.name,
        "duplicate_code": duplicate.code,
        "duplicate_address": duplicate.address,
        "duplicate_tier": duplicate.tier.value,
        "duplicate_people": "、".join(person.name for person in (await people_of(scene.session, value))[:20]),
    }


def _summary(_answers: Answers, facts: Facts) -> MergeSummary:
    return MergeSummary(
        household=facts["household"],
        code=facts["code"],
        address=facts["address"],
        tier=Tier(facts["tier"]),
        duplicate=facts["duplicate"],
        duplicate_code=facts["duplicate_code"],
        duplicate_address=facts["duplicate_address"],
        duplicate_tier=Tier(facts["duplicate_tier"]),
        duplicate_people=facts["duplicate_people"],
    )


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    kept = await merge_households(
        scene.session,
        actor=scene.actor,
        kept_id=answers["household"],
        duplicate_id=answers["duplicate"],
        now=scene.now,
        policy=scene.policy,
    )
    merged = Merged(kept.name, kept.code, facts["duplicate_code"])
    return Finished(merged, [[("open_household", f"hh:show:{kept.id}")]])


HHMERGE = Flow(
    name="hhmerge",
    version=1,
    roles=EDITS_REGISTER,
    steps=(
        HouseholdPick().step,
        Step(
            "duplicate",
            lambda _a, f: AskDuplicate(f["household"], f["code"], f["address"]),
            Pick(_search, _resolve),
        ),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    in_reach=in_reach,
)
