"""Following up an agreement (回访): does it hold? (G, spec 4)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.rules.agreements import FollowUpResult
from domain.rules.ladder_file import MAY_MEDIATE
from domain.usecases.dispute_follow_ups import follow_up, followed_dispute
from handlers.dispute_pick import VIOLENCE_BUTTON, DisputePick
from handlers.flow import Finished, Flow, Step
from handlers.flows.handle import NOTE_LIMIT
from handlers.questions import Answers, Choice, Confirm, Facts, Text
from handlers.scene import Scene
from models.dispute import Dispute, DisputeState
from models.lead import Colour


@dataclass(frozen=True, slots=True)
class AskFollowUp:
    """How does the agreement stand? A follow-up before its day is written down and does not count."""

    code: str
    colour: Colour
    number: int
    due_on: date
    early: bool


@dataclass(frozen=True, slots=True)
class AskFollowUpNote:
    """What was seen, what do the parties say?"""

    result: FollowUpResult


@dataclass(frozen=True, slots=True)
class FollowUpSummary:
    """What will be written down, and what it does."""

    code: str
    colour: Colour
    result: FollowUpResult
    note: str


@dataclass(frozen=True, slots=True)
class FollowUpSaved:
    """It is written down; what is next. `ready`: its closing may be asked for."""

    code: str
    state: DisputeState
    rung: str
    next_on: date | None
    ready: bool
    climbed: bool


async def _load(scene: Scene, dispute_id: int) -> tuple[Dispute, dict[str, Any]]:
    dispute = await followed_dispute(
        scene.session, actor=scene.actor, dispute_id=dispute_id, now=scene.now, policy=scene.policy
    )
    due_on = dispute.next_on or scene.today
    known = {"number": dispute.follow_ups_done + 1, "due_on": due_on.isoformat(), "early": scene.today < due_on}
    return dispute, known


_PICK = DisputePick(_load)


def _ask(_answers: Answers, facts: Facts) -> AskFollowUp:
    due_on = date.fromisoformat(facts["due_on"])
    return AskFollowUp(facts["code"], Colour(facts["colour"]), facts["number"], due_on, facts["early"])


def _summary(answers: Answers, facts: Facts) -> FollowUpSummary:
    return FollowUpSummary(facts["code"], Colour(facts["colour"]), FollowUpResult(answers["result"]), answers["note"])


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    said = _summary(answers, facts)
    dispute = await follow_up(
        scene.session,
        actor=scene.actor,
        dispute_id=answers["dispute"],
        seen=facts["rev"],
        result=said.result,
        body=said.note,
        now=scene.now,
        policy=scene.policy,
    )
    ready = dispute.state is DisputeState.AGREED and dispute.follow_ups_done >= len(scene.policy.revisit_days)
    rung = scene.policy.ladder.name(dispute.rung, scene.actor.locale)
    climbed = dispute.state is DisputeState.REGISTERED
    done = FollowUpSaved(dispute.code, dispute.state, rung, dispute.next_on, ready, climbed)
    closing = [[("close_dispute", f"disp:closing:{dispute.id}")]] if ready else []
    ways = [[("lawful_ways", f"disp:ways:{dispute.id}")]] if dispute.state is DisputeState.ENDED else []
    return Finished(done, [*closing, *ways, [("open_dispute", f"disp:show:{dispute.id}")]])


FOLLOWUP = Flow(
    name="followup",
    version=1,
    roles=MAY_MEDIATE,
    hush=True,
    steps=(
        _PICK.step,
        Step("result", _ask, Choice(FollowUpResult, columns=1)),
        Step(
            "note", lambda a, _f: AskFollowUpNote(FollowUpResult(a["result"])), Text(NOTE_LIMIT), aside=VIOLENCE_BUTTON
        ),
        Step("confirm", _summary, Confirm(), aside=VIOLENCE_BUTTON),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
