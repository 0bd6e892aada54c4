"""The chair's word on an item that needs a reason: more is wanted, it is not taken up, it comes back, it is dropped."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.council_access import ItemSight, led_item
from domain.usecases.item_deciding import CHAIR_STEPS, decide_item
from domain.usecases.item_proposing import BODY_LIMIT
from handlers.flow import Finished, Flow, Step
from handlers.item_pick import ItemPick
from handlers.public_text import PublicText
from handlers.questions import Answers, Choice, Confirm, Facts
from handlers.scene import Scene
from models.agenda import ItemEvent, ItemState
from models.member import Role


class ChairWord(StrEnum):
    """What the chair says of an item."""

    ASK = "ask"
    DECLINE = "decline"
    AGAIN = "again"
    DROP = "drop"


_STEPS = {
    ChairWord.ASK: ItemEvent.ASKED,
    ChairWord.DECLINE: ItemEvent.DECLINED,
    ChairWord.AGAIN: ItemEvent.AGAIN,
    ChairWord.DROP: ItemEvent.DROPPED,
}


@dataclass(frozen=True, slots=True)
class AskChairWord:
    """What is to become of it?"""

    code: str
    title: str


@dataclass(frozen=True, slots=True)
class AskChairReason:
    """The question to its proposer, or the reason that she is told."""

    code: str
    title: str
    word: ChairWord
    limit: int


@dataclass(frozen=True, slots=True)
class ChairWordSummary:
    """The word before it holds."""

    code: str
    title: str
    word: ChairWord
    reason: str


@dataclass(frozen=True, slots=True)
class ChairWordSaid:
    """It holds, and the proposer is told."""

    code: str
    word: ChairWord


async def _load(scene: Scene, item_id: int) -> tuple[ItemSight, dict[str, Any]]:
    return await led_item(scene.session, scene.actor, item_id), {}


_PICK = ItemPick(_load)


def _possible(_answers: Answers, facts: Facts) -> Sequence[ChairWord]:
    state = ItemState(facts["state"])
    return [word for word, step in _STEPS.items() if state in CHAIR_STEPS[step][0]]


def _ask_reason(answers: Answers, facts: Facts) -> AskChairReason:
    return AskChairReason(facts["code"], facts["title"], ChairWord(answers["word"]), BODY_LIMIT)


def _summary(answers: Answers, facts: Facts) -> ChairWordSummary:
    return ChairWordSummary(facts["code"], facts["title"], ChairWord(answers["word"]), answers["reason"])


async def _finish(scene: Scene, answers: Answers, _facts: Facts, _ending: str) -> Finished:
    word = ChairWord(answers["word"])
    item = await decide_item(
        scene.session,
        actor=scene.actor,
        item_id=answers["item"],
        step=_STEPS[word],
        body=answers["reason"],
        now=scene.now,
        policy=scene.policy,
    )
    return Finished(ChairWordSaid(item.code, word), [[("open_item", f"item:show:{item.id}")]])


ITEMDECIDE = Flow(
    name="itemdecide",
    version=1,
    roles=frozenset({Role.COUNCIL_CHAIR}),
    steps=(
        _PICK.step,
        Step(
            "word",
            lambda _a, f: AskChairWord(f["code"], f["title"]),
            Choice(ChairWord, only=_possible, columns=1),
            editable=False,
        ),
        Step("reason", _ask_reason, PublicText(BODY_LIMIT)),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
