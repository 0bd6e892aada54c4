"""Saying what one thinks of an item: one of N+X, in public words (spec 5)."""

from dataclasses import dataclass
from typing import Any

from domain.council_access import SITS_IN_COUNCIL, ItemSight, item_for
from domain.refusals import Reason, RefusedError
from domain.usecases.item_changes import TALKED_OF, must_stand_in
from domain.usecases.item_deciding import give_opinion
from domain.usecases.item_proposing import BODY_LIMIT
from handlers.flow import Finished, Flow, Step
from handlers.item_pick import ItemPick
from handlers.public_text import PublicText
from handlers.questions import Answers, Confirm, Facts
from handlers.scene import Scene
from models.member import Role


@dataclass(frozen=True, slots=True)
class AskOpinion:
    """What does she think of it?"""

    code: str
    title: str
    body: str
    limit: int


@dataclass(frozen=True, slots=True)
class OpinionSummary:
    """The opinion before it is given."""

    code: str
    title: str
    opinion: str


@dataclass(frozen=True, slots=True)
class OpinionGiven:
    """It is with the item."""

    code: str


async def _load(scene: Scene, item_id: int) -> tuple[ItemSight, dict[str, Any]]:
    sight = await item_for(scene.session, scene.actor, item_id)
    if not sight.takes_part:
        raise RefusedError(Reason.NOT_YOURS)
    must_stand_in(sight.item, TALKED_OF)
    return sight, {"body": sight.item.body}


_PICK = ItemPick(_load)


def _ask(_answers: Answers, facts: Facts) -> AskOpinion:
    return AskOpinion(facts["code"], facts["title"], facts["body"], BODY_LIMIT)


def _summary(answers: Answers, facts: Facts) -> OpinionSummary:
    return OpinionSummary(facts["code"], facts["title"], answers["opinion"])


async def _finish(scene: Scene, answers: Answers, _facts: Facts, _ending: str) -> Finished:
    item = await give_opinion(
        scene.session,
        actor=scene.actor,
        item_id=answers["item"],
        body=answers["opinion"],
        now=scene.now,
        policy=scene.policy,
    )
    return Finished(OpinionGiven(item.code), [[("open_item", f"item:show:{item.id}")]])


OPINION = Flow(
    name="opinion",
    version=1,
    roles=SITS_IN_COUNCIL | {Role.COUNCIL_GUEST},
    steps=(_PICK.step, Step("opinion", _ask, PublicText(BODY_LIMIT)), Step("confirm", _summary, Confirm())),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
