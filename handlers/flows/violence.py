"""Violence comes to light in a dispute: first what to do at once, then one button ends all mediation (spec 3, 4)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from domain.access import ASKED_FOR_HELP, REPORTS_LEADS
from domain.rules.ladder_file import MAY_MEDIATE
from domain.usecases.dispute_freezing import disclose_in_dispute, freezable
from domain.usecases.leads import first_call, reported_lead
from handlers.dispute_pick import DisputePick
from handlers.flow import Finished, Flow, Step
from handlers.questions import Answers, Choice, Confirm, Facts, Text
from handlers.scene import Scene
from models.dispute import Dispute
from models.lead import Lead
from models.member import Role

WORDS_LIMIT = 500


class ChildConcerned(StrEnum):
    """Whether a child is concerned; nobody has to say it before help is called."""

    YES = "yes"
    NOT_SAID = "not_said"


@dataclass(frozen=True, slots=True)
class AskViolence:
    """What was seen and heard?"""

    code: str


@dataclass(frozen=True, slots=True)
class AskChildConcerned:
    """Is a child concerned?"""

    code: str


@dataclass(frozen=True, slots=True)
class ViolenceSummary:
    """What to do at once, and what one press does."""

    code: str
    words: str
    child: bool


@dataclass(frozen=True, slots=True)
class ViolenceFrozen:
    """All mediation has ended, and who is being alerted; nobody: she has to telephone."""

    code: str
    lead_code: str
    alerted: tuple[Role, ...]
    next_minutes: int
    next_roles: tuple[Role, ...]


async def _load(scene: Scene, dispute_id: int) -> tuple[Dispute, dict[str, Any]]:
    sight = await freezable(scene.session, actor=scene.actor, dispute_id=dispute_id, now=scene.now, policy=scene.policy)
    return sight.dispute, {}


_PICK = DisputePick(_load)


def _no_words(_answers: Answers, _facts: Facts) -> str:
    """Whoever has no time for words presses one button."""
    return ""


def _not_said(_answers: Answers, _facts: Facts) -> str:
    return ChildConcerned.NOT_SAID.value


def _summary(answers: Answers, facts: Facts) -> ViolenceSummary:
    return ViolenceSummary(facts["code"], answers["words"] or "", child=answers["child"] == ChildConcerned.YES)


async def _finish(scene: Scene, answers: Answers, facts: Facts, ending: str) -> Finished:
    dispute, lead = await disclose_in_dispute(
        scene.session,
        actor=scene.actor,
        dispute_id=answers["dispute"],
        body=answers["words"] or None,
        child=_summary(answers, facts).child,
        conversation_id=ending,
        now=scene.now,
        policy=scene.policy,
    )
    return await _frozen(scene, dispute, lead)


async def _receipt(scene: Scene, ending: str) -> Finished | None:
    lead = await reported_lead(scene.session, actor=scene.actor, conversation_id=ending)
    if lead is None:
        return None
    query = select(Dispute).where(col(Dispute.red_lead_id) == lead.id)
    return await _frozen(scene, (await scene.session.execute(query)).scalar_one(), lead)


async def _frozen(scene: Scene, dispute: Dispute, lead: Lead) -> Finished:
    call = await first_call(scene.session, lead, policy=scene.policy)
    done = ViolenceFrozen(dispute.code, lead.code, call.roles, call.next_minutes, call.next_roles)
    # An expert or a partner unit reports it too, and sees nothing of leads.
    opens = scene.actor.has_role(REPORTS_LEADS)
    return Finished(done, [[("open_lead", f"lead:show:{lead.id}")]] if opens else [])


VIOLENCE = Flow(
    name="violence",
    version=1,
    roles=MAY_MEDIATE | ASKED_FOR_HELP,
    hush=True,
    steps=(
        _PICK.step,
        Step("words", lambda _a, f: AskViolence(f["code"]), Text(WORDS_LIMIT), optional=True, default=_no_words),
        Step("child", lambda _a, f: AskChildConcerned(f["code"]), Choice(ChildConcerned), default=_not_said),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    receipt=_receipt,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
