"""Putting further items on a meeting's list (加议题): before it, or while it runs (spec 5)."""

from dataclasses import dataclass
from typing import Any

from domain.refusals import Reason, RefusedError
from domain.usecases.council_meetings import items_of_meeting
from domain.usecases.meeting_planning import add_items, led_meeting, meetable_items
from handlers.flow import Finished, Flow, Step
from handlers.flows.meeting import MOST_ITEMS
from handlers.meeting_pick import MeetingPick
from handlers.questions import Answers, Confirm, Facts, Many
from handlers.scene import Scene
from handlers.shortened import short_name
from models.meeting import MeetingState
from models.member import Role


@dataclass(frozen=True, slots=True)
class AskMoreItems:
    """Which items besides?"""

    code: str


@dataclass(frozen=True, slots=True)
class MoreItemsSummary:
    """Those that are to be added."""

    code: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MoreItemsAdded:
    """They are on the list."""

    code: str
    added: int


async def _load(scene: Scene, meeting_id: int) -> dict[str, Any]:
    session = scene.session
    meeting = (await led_meeting(session, scene.actor, meeting_id)).meeting
    if meeting.quick or meeting.state not in (MeetingState.PLANNED, MeetingState.RUNNING):
        raise RefusedError(Reason.MEETING_OVER)
    there = {item.id for item in await items_of_meeting(session, meeting_id)}
    free = [item for item in await meetable_items(session, meeting.council_id) if item.id not in there]
    if not free:
        raise RefusedError(Reason.NO_ITEMS_LEFT)
    return {"code": meeting.code, "items": [[str(one.id), short_name(one.title)] for one in free[:MOST_ITEMS]]}


_PICK = MeetingPick(_load)


def _summary(answers: Answers, facts: Facts) -> MoreItemsSummary:
    titles = dict(facts["items"])
    return MoreItemsSummary(facts["code"], tuple(titles[one] for one in answers["items"]["chosen"] if one in titles))


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    added = await add_items(
        scene.session,
        actor=scene.actor,
        meeting_id=answers["meeting"],
        items=[int(one) for one in answers["items"]["chosen"]],
        now=scene.now,
        policy=scene.policy,
    )
    return Finished(MoreItemsAdded(facts["code"], added), [[("open_meeting", f"meet:show:{answers['meeting']}")]])


MEETITEMS = Flow(
    name="meetitems",
    version=1,
    roles=frozenset({Role.COUNCIL_CHAIR}),
    steps=(
        _PICK.step,
        Step("items", lambda _a, f: AskMoreItems(f["code"]), Many("items", at_least=1, columns=1)),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
