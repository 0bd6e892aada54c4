"""Proposing something to the women's council: what, for whom, how urgent, with pictures (spec 5, W R)."""

from dataclasses import dataclass
from typing import Any

from domain.council_access import PROPOSES
from domain.refusals import RefusedError
from domain.usecases.item_proposing import (
    BODY_LIMIT,
    TITLE_LIMIT,
    ItemWords,
    council_to_propose_to,
    councils_to_propose_to,
    propose_item,
)
from handlers.flow import Finished, Flow, Step
from handlers.public_text import PublicText
from handlers.question_kinds import Photos
from handlers.questions import Answers, Choice, Confirm, Facts, Found, Pick
from handlers.scene import Scene
from models.agenda import Urgency
from models.lead import FileKind


@dataclass(frozen=True, slots=True)
class AskCouncilToPropose:
    """Which council is it for?"""


@dataclass(frozen=True, slots=True)
class AskItemTitle:
    """What is it about, in a few words?"""

    council: str
    limit: int


@dataclass(frozen=True, slots=True)
class AskItemBody:
    """What exactly is wanted, and for whom?"""

    title: str
    limit: int


@dataclass(frozen=True, slots=True)
class AskUrgency:
    """How urgent is it, and what does that mean?"""

    title: str


@dataclass(frozen=True, slots=True)
class AskItemPhotos:
    """Are there pictures?"""

    title: str


@dataclass(frozen=True, slots=True)
class ItemSummary:
    """The item before it goes to the chair."""

    council: str
    title: str
    body: str
    urgency: Urgency
    photos: int


@dataclass(frozen=True, slots=True)
class ItemProposed:
    """The chair hears of it; its number."""

    code: str
    title: str
    council: str


async def _search(scene: Scene, _answers: Answers, _facts: Facts, query: str, offset: int, limit: int) -> Found:
    rows = await councils_to_propose_to(scene.session, scene.actor)
    named = [(council.id, council.name) for council, *_ in rows if query in council.name]
    return Found(named[offset : offset + limit], len(named))


async def council_known(scene: Scene, council_id: int) -> dict[str, Any]:
    """What the conversation knows of the council. Raises RefusedError(NOT_YOURS)."""
    council, area, _ = await council_to_propose_to(scene.session, scene.actor, council_id)
    return {"council": council.name, "area_path": area.path}


async def _resolve(scene: Scene, value: int, _answers: Answers, _facts: Facts) -> dict[str, Any]:
    return await council_known(scene, value)


async def _in_reach(scene: Scene, answers: Answers) -> bool:
    if "council" not in answers:
        return True
    try:
        await council_to_propose_to(scene.session, scene.actor, answers["council"])
    except RefusedError:
        return False
    return True


def _summary(answers: Answers, facts: Facts) -> ItemSummary:
    return ItemSummary(
        facts["council"],
        answers["title"],
        answers["body"],
        Urgency(answers["urgency"]),
        len(answers.get("photos") or []),
    )


async def _finish(scene: Scene, answers: Answers, facts: Facts, ending: str) -> Finished:
    item = await propose_item(
        scene.session,
        actor=scene.actor,
        council_id=answers["council"],
        words=ItemWords(answers["title"], answers["body"], Urgency(answers["urgency"])),
        files=[(FileKind.PHOTO, file_id, caption) for file_id, caption in answers.get("photos") or []],
        conversation_id=ending,
        now=scene.now,
        policy=scene.policy,
    )
    return Finished(ItemProposed(item.code, item.title, facts["council"]), [[("open_item", f"item:show:{item.id}")]])


TITLE = PublicText(TITLE_LIMIT, one_line=True)
PROPOSE = Flow(
    name="propose",
    version=1,
    roles=PROPOSES,
    steps=(
        Step("council", lambda _a, _f: AskCouncilToPropose(), Pick(_search, _resolve), editable=False),
        Step("title", lambda _a, f: AskItemTitle(f["council"], TITLE_LIMIT), TITLE),
        Step("body", lambda a, _f: AskItemBody(a["title"], BODY_LIMIT), PublicText(BODY_LIMIT)),
        Step("urgency", lambda a, _f: AskUrgency(a["title"]), Choice(Urgency, columns=1)),
        Step("photos", lambda a, _f: AskItemPhotos(a["title"]), Photos(), optional=True),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    in_reach=_in_reach,
)
