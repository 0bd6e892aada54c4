"""The proposer answers what the chair wants to know of her item (spec 5)."""

from dataclasses import dataclass
from typing import Any

from domain.council_access import PROPOSES, ItemSight
from domain.usecases.item_cards import asked_of
from domain.usecases.item_deciding import answer_item, own_item
from domain.usecases.item_proposing import BODY_LIMIT
from handlers.flow import Finished, Flow, Step
from handlers.item_pick import ItemPick
from handlers.public_text import PublicText
from handlers.questions import Answers, Confirm, Facts
from handlers.scene import Scene
from models.agenda import ItemState


@dataclass(frozen=True, slots=True)
class AskItemAnswer:
    """The chair's question."""

    code: str
    title: str
    question: str
    limit: int


@dataclass(frozen=True, slots=True)
class ItemAnswerSummary:
    """The answer before it goes to the chair."""

    code: str
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class ItemAnswered:
    """The chair hears of it."""

    code: str


async def _load(scene: Scene, item_id: int) -> tuple[ItemSight, dict[str, Any]]:
    sight = await own_item(scene.session, scene.actor, item_id, {ItemState.ASKED})
    return sight, {"question": await asked_of(scene.session, sight.item)}


_PICK = ItemPick(_load)


def _ask(_answers: Answers, facts: Facts) -> AskItemAnswer:
    return AskItemAnswer(facts["code"], facts["title"], facts["question"], BODY_LIMIT)


def _summary(answers: Answers, facts: Facts) -> ItemAnswerSummary:
    return ItemAnswerSummary(facts["code"], facts["question"], answers["answer"])


async def _finish(scene: Scene, answers: Answers, _facts: Facts, _ending: str) -> Finished:
    item = await answer_item(
        scene.session,
        actor=scene.actor,
        item_id=answers["item"],
        body=answers["answer"],
        now=scene.now,
        policy=scene.policy,
    )
    return Finished(ItemAnswered(item.code), [[("open_item", f"item:show:{item.id}")]])


ITEMANSWER = Flow(
    name="itemanswer",
    version=1,
    roles=PROPOSES,
    steps=(_PICK.step, Step("answer", _ask, PublicText(BODY_LIMIT)), Step("confirm", _summary, Confirm())),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
