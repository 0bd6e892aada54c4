"""Reading the answers of an attempt's record: what is asked, what fits, what the summary says."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from domain.refusals import Reason
from domain.usecases.attempts import RESULTS
from domain.usecases.mediation_forms import AttemptForm
from handlers.flows.attempt_views import AskOutcome, AttemptSummary
from handlers.questions import Answers, Facts, Refusal
from handlers.scene import Scene
from models.dispute import DisputeKind
from models.mediation import AttemptResult, MediationMethod

MOST_ON_BUTTONS = 40
NAMED = 8  # so many who did not come are named in the summary
_NUMBER = re.compile(r"\d{1,3}")


def form_facts(form: AttemptForm, scene: Scene) -> dict[str, Any]:
    """What the form remembers of the case."""
    dispute, policy, me = form.dispute, scene.policy, scene.actor.member_id
    ahead = policy.ladder.clocks[dispute.colour].climb_days
    plan, last = form.plan, form.last
    planned = plan is not None and plan.planned_at is not None and policy.today(plan.planned_at) <= scene.today
    # Whoever may not lead herself writes down what another one of the rung has led.
    likely = (plan.leader_id if plan is not None and planned else me, dispute.owner_id, *form.leaders)
    leader = next((member for member in likely if member in form.leaders), None)
    counts = dispute.kind is DisputeKind.DISPUTE
    return {
        "kind": dispute.kind.value,
        "parties": [[str(position), f"{position}. {name}"] for position, name in form.parties],
        "leaders": [[str(member), name] for member, name in form.leaders.items()],
        "leader": None if leader is None else str(leader),
        "plan": plan.id if plan is not None else None,
        "goes_on_anyway": plan is not None and not planned,
        "rung_since": dispute.rung_since.isoformat(),
        "since": policy.today(dispute.rung_since).isoformat(),
        "day": (policy.today(plan.planned_at) if planned and plan and plan.planned_at else scene.today).isoformat(),
        "days": ahead,
        "until": (scene.today + timedelta(days=ahead)).isoformat(),
        "tried": dispute.tried.get(dispute.rung, 0),
        "tries": policy.ladder[dispute.rung].tries if counts else 0,
        "last_on": last.held_on.isoformat() if last is not None and last.held_on else None,
        "last_result": last.result.value if last is not None and last.result else None,
    }


def outcomes(_answers: Answers, facts: Facts) -> Sequence[AttemptResult]:
    """What can come of it: a counselling's session counts nothing."""
    return RESULTS[DisputeKind(facts["kind"])]


def ask_outcome(_answers: Answers, facts: Facts) -> AskOutcome:
    """The question what came of it."""
    return AskOutcome(facts["code"], facts["rung"], facts["tried"], facts["tries"], *_last(facts))


def _last(facts: Facts) -> tuple[date | None, AttemptResult | None]:
    on, result = facts["last_on"], facts["last_result"]
    return (date.fromisoformat(on) if on else None, AttemptResult(result) if result else None)


def some_absent(answers: Answers) -> bool:
    """Whether somebody did not come."""
    return answers.get("result") == AttemptResult.ABSENT


def came_all(answers: Answers) -> bool:
    """Whether everybody came, so that feelings could be spoken of."""
    return "result" in answers and not some_absent(answers)


def has_agreed(answers: Answers) -> bool:
    """Whether there is an agreement."""
    return answers.get("result") == AttemptResult.AGREED


def has_partly(answers: Answers) -> bool:
    """Whether a part of it is settled."""
    return answers.get("result") == AttemptResult.PARTLY


def wrote_agreement(answers: Answers) -> bool:
    """Whether there may be a paper that was signed."""
    return has_agreed(answers) or has_partly(answers)


def to_choose_from(_answers: Answers, facts: Facts) -> bool:
    """Whether the parties fit on buttons."""
    return len(facts["parties"]) <= MOST_ON_BUTTONS


def many_parties(answers: Answers, facts: Facts) -> bool:
    """Whether they do not, so that their numbers are typed."""
    return not to_choose_from(answers, facts)


def known_way(answers: Answers, _facts: Facts) -> bool:
    """Whether the way of bringing people together goes without saying: somebody did not come."""
    return some_absent(answers)


def way_of(_answers: Answers, _facts: Facts) -> str:
    """The usual way."""
    return MediationMethod.TOGETHER.value


def numbers_fit(value: Any, _answers: Answers, facts: Facts) -> StrEnum | None:
    """Whether typed numbers are those of parties."""
    numbers = _numbers(value)
    if not numbers:
        return Refusal.TYPE_NUMBER
    fits = all(1 <= number <= len(facts["parties"]) for number in numbers)
    return None if fits else Refusal.NUMBER_OUT_OF_RANGE


def _numbers(text: str) -> list[int]:
    return [int(found) for found in _NUMBER.findall(text)]


def absent_of(answers: Answers) -> list[int]:
    """The positions of those who did not come."""
    chosen = (answers.get("absent") or {"chosen": []})["chosen"]
    return sorted({int(value) for value in chosen} | set(_numbers(answers.get("absentees") or "")))


def late_enough(value: Any, _answers: Answers, facts: Facts) -> StrEnum | None:
    """Not before the case came to this rung."""
    return Reason.DAY_BEFORE_CASE if value < facts["since"] else None


def climbs(answers: Answers, facts: Facts) -> bool:
    """Whether this failure uses up the last try of the rung."""
    return answers.get("result") == AttemptResult.FAILED and facts["tried"] + 1 >= facts["tries"]


def goes_on(answers: Answers, facts: Facts) -> bool:
    """Whether a next date is to be asked for: it goes on here, and nothing is planned yet."""
    over = answers.get("result") in (AttemptResult.AGREED, AttemptResult.REFUSED) or climbs(answers, facts)
    return not over and not facts["goes_on_anyway"]


def summary(answers: Answers, facts: Facts) -> AttemptSummary:
    """The record before it is saved."""
    absent, next_on = set(absent_of(answers)), answers.get("next")
    names = [name for value, name in facts["parties"] if int(value) in absent]
    last_on, last_result = _last(facts)
    return AttemptSummary(
        code=facts["code"],
        rung=facts["rung"],
        result=AttemptResult(answers["result"]),
        held_on=date.fromisoformat(answers["day"]),
        method=MediationMethod(answers["method"]),
        leader=dict(facts["leaders"]).get(answers.get("leader") or "", ""),
        absent=(*names[:NAMED], *(["…"] if len(names) > NAMED else [])),
        matter=answers["matter"],
        feelings=answers.get("feelings") or "",
        promises=answers.get("promises") or answers.get("partly") or "",
        photos=len(answers.get("paper") or []),
        next_on=date.fromisoformat(next_on) if next_on else None,
        tried=facts["tried"],
        tries=facts["tries"],
        climbs=climbs(answers, facts),
        last_on=last_on,
        last_result=last_result,
    )
