"""Planning a mediation (安排调解): when, where, who leads, who is invited, open or closed (spec 4)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from domain.refusals import Reason
from domain.rules.ladder_file import MAY_MEDIATE
from domain.usecases.dispute_reminders import reminders_ahead
from domain.usecases.mediation_forms import plan_form
from domain.usecases.mediations import PlanFacts, plan_mediation
from handlers.clock_question import ClockTime, minute_now, over_already
from handlers.day_questions import ComingDay
from handlers.dispute_pick import DisputePick
from handlers.flow import Finished, Flow, Step
from handlers.question_kinds import OneOf
from handlers.questions import Answers, Choice, Confirm, Facts, Many, Text
from handlers.scene import Scene
from messages.render import label
from models.dispute import Dispute, DisputeKind
from models.mediation import Mediation

PLACE_LIMIT = 100
AHEAD_DAYS = 366  # what the question takes; how far ahead a case may wait says its clock
MOST_GUESTS = 40  # so many buttons fit under one question, the nearest people first


class Openness(StrEnum):
    """Whether others may listen, as the parties choose."""

    CLOSED = "closed"
    OPEN = "open"


class PartiesSay(StrEnum):
    """Whether all parties agree to who comes."""

    AGREE = "agree"
    NOT_ALL = "not_all"


@dataclass(frozen=True, slots=True)
class AskMediationDay:
    """On which day?"""

    code: str
    days: int


@dataclass(frozen=True, slots=True)
class AskMediationTime:
    """At what time?"""

    on: date


@dataclass(frozen=True, slots=True)
class AskMediationPlace:
    """Where?"""


@dataclass(frozen=True, slots=True)
class AskLeader:
    """Who leads?"""


@dataclass(frozen=True, slots=True)
class AskOpenness:
    """Open or closed?"""


@dataclass(frozen=True, slots=True)
class AskGuests:
    """Who is invited besides?"""


@dataclass(frozen=True, slots=True)
class AskPartiesSay:
    """Do all parties agree to them?"""

    guests: tuple[str, ...]
    open: bool


@dataclass(frozen=True, slots=True)
class MediationSummary:
    """The plan before it is made; others of the rung are told, and may come."""

    code: str
    on: date
    time: str
    place: str
    leader: str
    open: bool
    guests: tuple[str, ...]
    counselling: bool


@dataclass(frozen=True, slots=True)
class MediationPlanned:
    """It is planned; those who are to be there are told, and reminded at these times, if any is still to come."""

    code: str
    on: date
    time: str
    reminders: tuple[datetime, ...]


async def _load(scene: Scene, dispute_id: int) -> tuple[Dispute, dict[str, Any]]:
    form = await plan_form(scene.session, actor=scene.actor, dispute_id=dispute_id, now=scene.now, policy=scene.policy)
    dispute, me = form.dispute, scene.actor.member_id
    guests = [
        [str(one.member_id), f"{one.name} · {label(one.role, scene.actor.locale)}"]
        for one in form.invitable[:MOST_GUESTS]
    ]
    return dispute, {
        "days": scene.policy.ladder.clocks[dispute.colour].climb_days,
        "until": (scene.today + timedelta(days=scene.policy.ladder.clocks[dispute.colour].climb_days)).isoformat(),
        "leaders": [[str(member), name] for member, name in form.leaders.items()],
        "leader": str(me if me in form.leaders else next(iter(form.leaders))),
        "guests": guests,
        "counselling": dispute.kind is DisputeKind.COUNSELLING,
        "now": minute_now(scene),
    }


_PICK = DisputePick(_load)


def _agreed(value: Any, _answers: Answers, _facts: Facts) -> StrEnum | None:
    return Reason.PARTIES_DISAGREE if value == PartiesSay.NOT_ALL else None


def _guest_numbers(answers: Answers) -> list[str]:
    return list((answers.get("guests") or {"chosen": []})["chosen"])


def _guest_names(answers: Answers, facts: Facts) -> tuple[str, ...]:
    chosen = set(_guest_numbers(answers))
    return tuple(name for value, name in facts["guests"] if value in chosen)


def _is_open(answers: Answers) -> bool:
    return answers.get("openness") == Openness.OPEN


def _needs_consent(answers: Answers) -> bool:
    return _is_open(answers) or bool(_guest_numbers(answers))


def _no_counselling(_answers: Answers, facts: Facts) -> bool:
    return not facts["counselling"]


def _somebody_to_invite(_answers: Answers, facts: Facts) -> bool:
    return bool(facts["guests"])


def _summary(answers: Answers, facts: Facts) -> MediationSummary:
    return MediationSummary(
        code=facts["code"],
        on=date.fromisoformat(answers["day"]),
        time=answers["time"],
        place=answers["place"],
        leader=dict(facts["leaders"]).get(answers["leader"], ""),
        open=_is_open(answers),
        guests=_guest_names(answers, facts),
        counselling=facts["counselling"],
    )


async def _finish(scene: Scene, answers: Answers, facts: Facts, ending: str) -> Finished:
    mediation = await plan_mediation(
        scene.session,
        actor=scene.actor,
        dispute_id=answers["dispute"],
        facts=PlanFacts(
            planned_at=scene.policy.at(date.fromisoformat(answers["day"]), time.fromisoformat(answers["time"])),
            leader_id=int(answers["leader"]),
            place=answers["place"],
            guests=[int(value) for value in _guest_numbers(answers)],
            public=_is_open(answers),
            agreed=answers.get("agree") == PartiesSay.AGREE,
        ),
        conversation_id=ending,
        now=scene.now,
        policy=scene.policy,
        seen=facts["rev"],
    )
    return _planned(scene, facts["code"], mediation)


def _planned(scene: Scene, code: str, mediation: Mediation) -> Finished:
    at = (mediation.planned_at or scene.now).astimezone(scene.policy.zone)
    return Finished(
        MediationPlanned(code, at.date(), f"{at:%H:%M}", reminders_ahead(at, scene.now, scene.policy)),
        [
            [("calendar_file", f"disp:ics:{mediation.id}")],
            [("open_dispute", f"disp:show:{mediation.dispute_id}")],
        ],
    )


MEDIATION = Flow(
    name="mediation",
    version=1,
    roles=MAY_MEDIATE,
    hush=True,
    steps=(
        _PICK.step,
        Step("day", lambda _a, f: AskMediationDay(f["code"], f["days"]), ComingDay(AHEAD_DAYS, until="until")),
        Step(
            "time",
            lambda a, _f: AskMediationTime(date.fromisoformat(a["day"])),
            ClockTime(),
            check=lambda value, a, f: over_already(a["day"], value, f),
        ),
        Step("place", lambda _a, _f: AskMediationPlace(), Text(PLACE_LIMIT, one_line=True)),
        Step("leader", lambda _a, _f: AskLeader(), OneOf("leaders"), default=lambda _a, f: f["leader"]),
        Step(
            "openness",
            lambda _a, _f: AskOpenness(),
            Choice(Openness),
            possible=_no_counselling,
            default=lambda _a, _f: Openness.CLOSED.value,
        ),
        Step("guests", lambda _a, _f: AskGuests(), Many("guests", columns=1), possible=_somebody_to_invite),
        Step(
            "agree",
            lambda a, f: AskPartiesSay(_guest_names(a, f), _is_open(a)),
            Choice(PartiesSay, columns=1),
            when=_needs_consent,
            check=_agreed,
        ),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
