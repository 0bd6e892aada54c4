"""Merging an item into another one like it; the words of both are kept (spec 5)."""

from dataclasses import dataclass
from typing import Any

from domain.council_access import ItemSight, led_item
from domain.refusals import Reason, RefusedError
from domain.usecases.item_changes import MERGED_FROM, must_stand_in
from domain.usecases.item_rewording import merge_item, mergeable_into
from handlers.flow import Finished, Flow, Step
from handlers.item_pick import ItemPick, item_name
from handlers.questions import Answers, Confirm, Facts, Found, Pick
from handlers.scene import Scene
from models.member import Role


@dataclass(frozen=True, slots=True)
class AskMergeInto:
    """Which item says the same?"""

    code: str
    title: str


@dataclass(frozen=True, slots=True)
class MergeSummary:
    """Both items, before one is merged into the other."""

    code: str
    title: str
    into: str
    into_title: str
    into_body: str


@dataclass(frozen=True, slots=True)
class ItemsMerged:
    """It is done; both proposers hear of it."""

    code: str
    into: str


async def _load(scene: Scene, item_id: int) -> tuple[ItemSight, dict[str, Any]]:
    sight = await led_item(scene.session, scene.actor, item_id)
    must_stand_in(sight.item, MERGED_FROM)
    return sight, {}


_PICK = ItemPick(_load)


async def _search(scene: Scene, answers: Answers, _facts: Facts, query: str, offset: int, limit: int) -> Found:
    """Titles are found by any part of them: people call the same thing by the same words."""
    rows = await mergeable_into(scene.session, actor=scene.actor, item_id=answers["item"])
    named = [(row.id, item_name(row)) for row in rows if query.lower() in f"{row.code} {row.title}".lower()]
    return Found(named[offset : offset + limit], len(named))


async def _resolve(scene: Scene, value: int, answers: Answers, _facts: Facts) -> dict[str, Any]:
    rows = await mergeable_into(scene.session, actor=scene.actor, item_id=answers["item"])
    into = next((row for row in rows if row.id == value), None)
    if into is None:
        raise RefusedError(Reason.STEP_PASSED)
    return {"into": into.code, "into_title": into.title, "into_body": into.body}


def _summary(_answers: Answers, facts: Facts) -> MergeSummary:
    return MergeSummary(facts["code"], facts["title"], facts["into"], facts["into_title"], facts["into_body"])


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    into = await merge_item(
        scene.session,
        actor=scene.actor,
        item_id=answers["item"],
        into_id=answers["into"],
        now=scene.now,
        policy=scene.policy,
    )
    return Finished(ItemsMerged(facts["code"], into.code), [[("open_item", f"item:show:{into.id}")]])


ITEMMERGE = Flow(
    name="itemmerge",
    version=1,
    roles=frozenset({Role.COUNCIL_CHAIR}),
    steps=(
        _PICK.step,
        Step("into", lambda _a, f: AskMergeInto(f["code"], f["title"]), Pick(_search, _resolve)),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
