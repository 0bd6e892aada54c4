"""Saying an item in other words, before it is voted on: by its chair or its proposer; the old words are kept."""

from dataclasses import dataclass
from typing import Any

from domain.council_access import PROPOSES, ItemSight
from domain.usecases.item_proposing import BODY_LIMIT, TITLE_LIMIT, ItemWords
from domain.usecases.item_rewording import item_to_reword, reword_item
from handlers.flow import Finished, Flow, Step
from handlers.item_pick import ItemPick
from handlers.public_text import PublicText
from handlers.questions import Answers, Choice, Confirm, Facts
from handlers.scene import Scene
from models.agenda import Urgency


@dataclass(frozen=True, slots=True)
class AskTitleAnew:
    """Its title now; another one?"""

    code: str
    title: str
    limit: int


@dataclass(frozen=True, slots=True)
class AskBodyAnew:
    """What it says now; anything else?"""

    code: str
    body: str
    limit: int


@dataclass(frozen=True, slots=True)
class AskUrgencyAnew:
    """How urgent it is said to be now; is it otherwise?"""

    code: str
    urgency: Urgency


@dataclass(frozen=True, slots=True)
class RewordSummary:
    """The new words before they are kept; `changed` says whether anything is other than before."""

    code: str
    title: str
    body: str
    urgency: Urgency
    changed: bool


@dataclass(frozen=True, slots=True)
class ItemReworded:
    """The new words hold; those before are in its history."""

    code: str
    title: str


async def _load(scene: Scene, item_id: int) -> tuple[ItemSight, dict[str, Any]]:
    sight = await item_to_reword(scene.session, scene.actor, item_id)
    return sight, {"body": sight.item.body}


_PICK = ItemPick(_load)


def _words(answers: Answers, facts: Facts) -> ItemWords:
    return ItemWords(
        answers.get("title") or facts["title"],
        answers.get("body") or facts["body"],
        Urgency(answers.get("urgency") or facts["urgency"]),
    )


def _summary(answers: Answers, facts: Facts) -> RewordSummary:
    words = _words(answers, facts)
    before = ItemWords(facts["title"], facts["body"], Urgency(facts["urgency"]))
    return RewordSummary(facts["code"], words.title, words.body, words.urgency, changed=words != before)


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    item = await reword_item(
        scene.session,
        actor=scene.actor,
        item_id=answers["item"],
        seen=facts["rev"],
        words=_words(answers, facts),
        now=scene.now,
        policy=scene.policy,
    )
    return Finished(ItemReworded(item.code, item.title), [[("open_item", f"item:show:{item.id}")]])


ITEMREWORD = Flow(
    name="itemreword",
    version=1,
    roles=PROPOSES,
    steps=(
        _PICK.step,
        Step(
            "title",
            lambda _a, f: AskTitleAnew(f["code"], f["title"], TITLE_LIMIT),
            PublicText(TITLE_LIMIT, one_line=True),
            optional=True,
        ),
        Step(
            "body",
            lambda _a, f: AskBodyAnew(f["code"], f["body"], BODY_LIMIT),
            PublicText(BODY_LIMIT),
            optional=True,
        ),
        Step(
            "urgency",
            lambda _a, f: AskUrgencyAnew(f["code"], Urgency(f["urgency"])),
            Choice(Urgency, columns=1),
            optional=True,
        ),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
