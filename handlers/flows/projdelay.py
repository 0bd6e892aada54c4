"""A project takes longer: another day, and why (spec 5)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from domain.council_access import SEES_COUNCILS
from domain.refusals import Reason
from domain.usecases.project_progress import delay_project
from domain.usecases.project_starting import FURTHEST_DAYS
from handlers.far_day import FarDay
from handlers.flow import Finished, Flow, Step
from handlers.project_pick import WORKED
from handlers.public_text import PublicText
from handlers.questions import Answers, Confirm, Facts
from handlers.scene import Scene

REASON_LIMIT = 300


@dataclass(frozen=True, slots=True)
class AskLaterDay:
    """By which day will it be done?"""

    code: str
    title: str
    due_on: date


@dataclass(frozen=True, slots=True)
class AskWhyLater:
    """Why does it take longer?"""


@dataclass(frozen=True, slots=True)
class DelaySummary:
    """The day before and the new one, and why."""

    code: str
    from_day: date
    to_day: date
    reason: str


@dataclass(frozen=True, slots=True)
class Delayed:
    """It is due later from now on."""

    code: str
    due_on: date


def _later(value: Any, _answers: Answers, facts: Facts) -> StrEnum | None:
    return Reason.NOT_LATER if value <= facts["due"] else None  # ISO days compare like days


def _summary(answers: Answers, facts: Facts) -> DelaySummary:
    days = date.fromisoformat(facts["due"]), date.fromisoformat(answers["day"])
    return DelaySummary(facts["code"], *days, answers["reason"])


async def _finish(scene: Scene, answers: Answers, facts: Facts, ending: str) -> Finished:
    day = date.fromisoformat(answers["day"])
    await delay_project(
        scene.session,
        actor=scene.actor,
        project_id=answers["project"],
        seen=facts["rev"],
        due_on=day,
        reason=answers["reason"],
        conversation_id=ending,
        now=scene.now,
        policy=scene.policy,
    )
    return Finished(Delayed(facts["code"], day), [[("open_project", f"proj:show:{answers['project']}")]])


PROJDELAY = Flow(
    name="projdelay",
    version=1,
    roles=SEES_COUNCILS,
    steps=(
        WORKED.step,
        Step(
            "day",
            lambda _a, f: AskLaterDay(f["code"], f["title"], date.fromisoformat(f["due"])),
            FarDay(FURTHEST_DAYS, since="due"),
            check=_later,
        ),
        Step("reason", lambda _a, _f: AskWhyLater(), PublicText(REASON_LIMIT)),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=WORKED.refresh,
    in_reach=WORKED.in_reach,
)
