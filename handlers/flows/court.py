"""Whether a court confirms the agreement (司法确认): asked for, and what it has said (G, spec 4)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.refusals import Reason, RefusedError
from domain.rules.agreements import court_steps, court_until
from domain.rules.ladder_file import MAY_MEDIATE
from domain.usecases.agreements import agreed_dispute, record_court
from handlers.day_questions import Day
from handlers.dispute_pick import DisputePick
from handlers.flow import Finished, Flow, Step
from handlers.questions import Answers, Choice, Confirm, Facts
from handlers.scene import Scene
from models.dispute import Dispute
from models.mediation import CourtState

DAYS_BACK = 366  # a court may take its time, and so may the letter


@dataclass(frozen=True, slots=True)
class AskCourt:
    """How does it stand with the court? The parties ask it together, until a day that the law sets."""

    code: str
    court: CourtState
    until: date
    over: bool


@dataclass(frozen=True, slots=True)
class AskCourtDay:
    """On which day?"""

    court: CourtState
    until: date


@dataclass(frozen=True, slots=True)
class CourtSummary:
    """What will be written down."""

    code: str
    court: CourtState
    on: date


@dataclass(frozen=True, slots=True)
class CourtSaved:
    """It is written down."""

    code: str
    asked: bool


async def _load(scene: Scene, dispute_id: int) -> tuple[Dispute, dict[str, Any]]:
    dispute, agreement = await agreed_dispute(
        scene.session, actor=scene.actor, dispute_id=dispute_id, now=scene.now, policy=scene.policy
    )
    if not court_steps(agreement.court):
        raise RefusedError(Reason.STEP_PASSED)
    until = court_until(agreement.agreed_on)
    return dispute, {"court": agreement.court.value, "until": until.isoformat(), "over": scene.today > until}


_PICK = DisputePick(_load)


def _ask(_answers: Answers, facts: Facts) -> AskCourt:
    return AskCourt(facts["code"], CourtState(facts["court"]), date.fromisoformat(facts["until"]), facts["over"])


def _steps(_answers: Answers, facts: Facts) -> list[CourtState]:
    return list(court_steps(CourtState(facts["court"])))


def _ask_day(answers: Answers, facts: Facts) -> AskCourtDay:
    return AskCourtDay(CourtState(answers["step"]), date.fromisoformat(facts["until"]))


def _summary(answers: Answers, facts: Facts) -> CourtSummary:
    return CourtSummary(facts["code"], CourtState(answers["step"]), date.fromisoformat(answers["day"]))


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    said = _summary(answers, facts)
    await record_court(
        scene.session,
        actor=scene.actor,
        dispute_id=answers["dispute"],
        seen=facts["rev"],
        court=said.court,
        on=said.on,
        now=scene.now,
        policy=scene.policy,
    )
    done = CourtSaved(said.code, said.court is CourtState.ASKED)
    return Finished(done, [[("open_dispute", f"disp:show:{answers['dispute']}")]])


COURT = Flow(
    name="court",
    version=1,
    roles=MAY_MEDIATE,
    hush=True,
    steps=(
        _PICK.step,
        Step("step", _ask, Choice(CourtState, only=_steps, columns=1)),
        Step("day", _ask_day, Day(DAYS_BACK)),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
