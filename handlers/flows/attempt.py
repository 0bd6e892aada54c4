"""Recording an attempt (调解记录): the matter and the feelings, the promises, and when it goes on (M, W, spec 4)."""

from datetime import date, datetime
from typing import Any

from domain.rules.ladder import Course
from domain.rules.ladder_file import MAY_MEDIATE
from domain.usecases.attempt_occasion import Seen
from domain.usecases.attempts import AttemptFacts, record_attempt, recorded_attempt
from domain.usecases.mediation_forms import attempt_form
from handlers.day_questions import ComingDay, Day
from handlers.dispute_pick import VIOLENCE_BUTTON, DisputePick
from handlers.flow import Finished, Flow, Step
from handlers.flows.attempt_answers import (
    absent_of,
    ask_outcome,
    came_all,
    form_facts,
    goes_on,
    has_agreed,
    has_partly,
    known_way,
    late_enough,
    many_parties,
    numbers_fit,
    outcomes,
    some_absent,
    summary,
    to_choose_from,
    way_of,
    wrote_agreement,
)
from handlers.flows.attempt_views import (
    AskAbsent,
    AskAbsentNumbers,
    AskAttemptDay,
    AskAttemptLeader,
    AskFeelings,
    AskMatter,
    AskMethod,
    AskNextDay,
    AskPaper,
    AskPartly,
    AskPromises,
    AttemptSaved,
)
from handlers.question_kinds import OneOf, Photos
from handlers.questions import Answers, Choice, Confirm, Facts, Many, Text
from handlers.scene import Scene
from models.dispute import Dispute, DisputeState
from models.mediation import AttemptResult, MediationMethod

# The summary of all of them must fit into one message.
MATTER_LIMIT, FEELINGS_LIMIT, PROMISES_LIMIT = 1000, 500, 1000
NUMBERS_LIMIT = 400
BACK_DAYS = 366  # what the question takes; the case says since when it stands on her rung
AHEAD_DAYS = 366


async def _load(scene: Scene, dispute_id: int) -> tuple[Dispute, dict[str, Any]]:
    form = await attempt_form(
        scene.session, actor=scene.actor, dispute_id=dispute_id, now=scene.now, policy=scene.policy
    )
    return form.dispute, form_facts(form, scene)


_PICK = DisputePick(_load)


async def _finish(scene: Scene, answers: Answers, facts: Facts, ending: str) -> Finished:
    leader = answers.get("leader")
    promises = answers.get("promises") or answers.get("partly")
    next_on = answers.get("next")
    done = await record_attempt(
        scene.session,
        actor=scene.actor,
        dispute_id=answers["dispute"],
        facts=AttemptFacts(
            result=AttemptResult(answers["result"]),
            held_on=date.fromisoformat(answers["day"]),
            method=MediationMethod(answers["method"]),
            matter=answers["matter"],
            feelings=answers.get("feelings"),
            promises=promises,
            absent=absent_of(answers),
            photos=[(file_id, caption) for file_id, caption in answers.get("paper") or []],
            next_on=date.fromisoformat(next_on) if next_on else None,
            leader_id=int(leader) if leader else None,
        ),
        conversation_id=ending,
        now=scene.now,
        policy=scene.policy,
        seen=Seen(facts["rev"], datetime.fromisoformat(facts["rung_since"]), facts["plan"]),
    )
    return _saved(scene, done.dispute, done.course, late=done.late)


async def _receipt(scene: Scene, ending: str) -> Finished | None:
    found = await recorded_attempt(scene.session, actor=scene.actor, conversation_id=ending)
    if found is None:
        return None
    dispute, late = found
    return _saved(scene, dispute, _course_of(dispute), late=late)


def _course_of(dispute: Dispute) -> Course:
    """What has become of the case, for whoever lost the first receipt."""
    match dispute.state:
        case DisputeState.AGREED:
            return Course.AGREED
        case DisputeState.REGISTERED:
            return Course.CLIMBS
        case DisputeState.ENDED:
            return Course.EXHAUSTED if dispute.outcome == "exhausted" else Course.REFUSED
    return Course.STAYS


def _saved(scene: Scene, dispute: Dispute, course: Course, *, late: bool) -> Finished:
    view = AttemptSaved(
        code=dispute.code,
        late=late,
        frozen=dispute.state is DisputeState.FROZEN,
        course=course,
        rung=scene.policy.ladder.name(dispute.rung, scene.actor.locale),
        next_on=dispute.next_on,
    )
    after: list[tuple[str, str]] = []
    if not late and course is Course.STAYS:
        after = [("plan_mediation", f"disp:plan:{dispute.id}")]
    elif not late and course in (Course.REFUSED, Course.EXHAUSTED):
        after = [("lawful_ways", f"disp:ways:{dispute.id}")]
    return Finished(view, [row for row in (after, [("open_dispute", f"disp:show:{dispute.id}")]) if row])


ATTEMPT = Flow(
    name="attempt",
    version=1,
    roles=MAY_MEDIATE,
    hush=True,
    steps=(
        _PICK.step,
        Step("result", ask_outcome, Choice(AttemptResult, only=outcomes, columns=1)),
        Step(
            "absent",
            lambda _a, _f: AskAbsent(),
            Many("parties", at_least=1, columns=1),
            when=some_absent,
            possible=to_choose_from,
        ),
        Step(
            "absentees",
            lambda _a, f: AskAbsentNumbers(len(f["parties"])),
            Text(NUMBERS_LIMIT, one_line=True),
            when=some_absent,
            possible=many_parties,
            check=numbers_fit,
        ),
        Step("method", lambda _a, _f: AskMethod(), Choice(MediationMethod), default=way_of, default_when=known_way),
        Step(
            "day",
            lambda _a, f: AskAttemptDay(date.fromisoformat(f["since"])),
            Day(BACK_DAYS),
            check=late_enough,
            default=lambda _a, f: f["day"],
        ),
        Step("matter", lambda a, _f: AskMatter(AttemptResult(a["result"])), Text(MATTER_LIMIT), aside=VIOLENCE_BUTTON),
        Step(
            "feelings",
            lambda _a, _f: AskFeelings(),
            Text(FEELINGS_LIMIT),
            when=came_all,
            optional=True,
            aside=VIOLENCE_BUTTON,
        ),
        Step("promises", lambda _a, _f: AskPromises(), Text(PROMISES_LIMIT), when=has_agreed, aside=VIOLENCE_BUTTON),
        Step(
            "partly",
            lambda _a, _f: AskPartly(),
            Text(PROMISES_LIMIT),
            when=has_partly,
            optional=True,
            aside=VIOLENCE_BUTTON,
        ),
        Step("paper", lambda _a, _f: AskPaper(), Photos(), when=wrote_agreement, optional=True),
        Step(
            "next",
            lambda _a, f: AskNextDay(f["days"]),
            ComingDay(AHEAD_DAYS, until="until"),
            possible=goes_on,
            optional=True,
        ),
        Step("leader", lambda _a, _f: AskAttemptLeader(), OneOf("leaders"), default=lambda _a, f: f["leader"]),
        Step("confirm", summary, Confirm(), aside=VIOLENCE_BUTTON),
    ),
    finish=_finish,
    receipt=_receipt,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
