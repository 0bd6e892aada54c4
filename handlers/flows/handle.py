"""Looking after a lead: what was done, the question that fits, a note, and it is in the timeline (spec 3)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from domain.access import ANSWERS_ALERTS
from domain.dispute_access import REGISTERS_DISPUTES
from domain.rules.handling import AT_WORK, UNVERIFIED, RevisitResult, SupportKind, Verdict
from domain.usecases.closing import ask_closing, send_back
from domain.usecases.handling import contact, follow, revisit, support, verify
from domain.usecases.lead_changes import lead_at_work
from domain.usecases.recolouring import disclose_violence
from handlers.flow import Finished, Flow, Step
from handlers.lead_pick import LeadPick
from handlers.questions import Answers, Choice, Confirm, Facts, Many, Text
from handlers.scene import Scene
from models.lead import Colour, Lead, LeadStage

NOTE_LIMIT = 800


class Work(StrEnum):
    """What she has done, or wants done."""

    CONTACT = "contact"
    VERIFY = "verify"
    SUPPORT = "support"
    FOLLOW = "follow"
    REVISIT = "revisit"
    DISCLOSE = "disclose"  # violence has come to light
    CLOSING = "closing"
    WITHDRAW = "withdraw"  # the closing is not to be, after all


@dataclass(frozen=True, slots=True)
class AskWork:
    """What was done?"""

    code: str
    colour: Colour
    stage: LeadStage


@dataclass(frozen=True, slots=True)
class AskVerdict:
    """What has the verification shown?"""

    code: str
    mediable: bool


@dataclass(frozen=True, slots=True)
class AskKinds:
    """Which support was given?"""

    code: str


@dataclass(frozen=True, slots=True)
class AskResult:
    """How does it stand?"""

    code: str


@dataclass(frozen=True, slots=True)
class AskWorkNote:
    """What is to be written down?"""

    code: str
    work: Work


@dataclass(frozen=True, slots=True)
class WorkSummary:
    """What will be written down."""

    code: str
    colour: Colour
    work: Work
    verdict: Verdict | None
    kinds: tuple[SupportKind, ...]
    result: RevisitResult | None
    note: str


@dataclass(frozen=True, slots=True)
class WorkSaved:
    """It is written down; how far the lead has come, and when the next revisit is due; `waits`: its day has come."""

    code: str
    work: Work
    stage: LeadStage
    revisit_on: date | None
    waits: bool
    to_register: bool  # a dispute, which she may register now


async def _load(scene: Scene, lead_id: int) -> tuple[Lead, dict[str, Any]]:
    sight = await lead_at_work(scene.session, scene.actor, lead_id, now=scene.now, also=(LeadStage.CLOSING,))
    lead = sight.lead
    mine = lead.closing_by_id == scene.actor.member_id
    return lead, {"mediable": lead.mediable, "key_matter": lead.key_matter, "asked_by_me": mine}


_PICK = LeadPick(_load)


def works(_answers: Answers, facts: Facts) -> list[Work]:
    """What the stage allows."""
    stage = LeadStage(facts["stage"])
    if stage not in AT_WORK:
        return [Work.FOLLOW, Work.WITHDRAW] if facts["asked_by_me"] else [Work.FOLLOW]
    offered = [Work.CONTACT, Work.VERIFY, Work.SUPPORT, Work.FOLLOW, Work.REVISIT, Work.DISCLOSE, Work.CLOSING]
    gone = {Work.REVISIT} if stage in UNVERIFIED else {Work.VERIFY}
    if facts["key_matter"]:
        gone.add(Work.DISCLOSE)
    return [work for work in offered if work not in gone]


def _verdicts(_answers: Answers, facts: Facts) -> list[Verdict]:
    return [verdict for verdict in Verdict if verdict is not Verdict.DISPUTE or facts["mediable"]]


def _verifying(answers: Answers) -> bool:
    return answers.get("work") == Work.VERIFY


def _supporting(answers: Answers) -> bool:
    return answers.get("work") == Work.SUPPORT


def _revisiting(answers: Answers) -> bool:
    return answers.get("work") == Work.REVISIT


def _note_wanted(answers: Answers) -> bool:
    return answers.get("work") in (Work.CONTACT, Work.SUPPORT)


def _note_needed(answers: Answers) -> bool:
    return "work" in answers and not _note_wanted(answers)


def _summary(answers: Answers, facts: Facts) -> WorkSummary:
    verdict, result, kinds = answers.get("verdict"), answers.get("result"), answers.get("kinds")
    return WorkSummary(
        code=facts["code"],
        colour=Colour(facts["colour"]),
        work=Work(answers["work"]),
        verdict=Verdict(verdict) if verdict else None,
        kinds=tuple(SupportKind(kind) for kind in kinds["chosen"]) if kinds else (),
        result=RevisitResult(result) if result else None,
        note=answers.get("note") or answers.get("remark") or "",
    )


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    said = _summary(answers, facts)
    who: dict[str, Any] = {"actor": scene.actor, "lead_id": answers["lead"], "now": scene.now, "policy": scene.policy}
    session, seen, body = scene.session, facts["rev"], said.note
    match said.work:
        case Work.CONTACT:
            await contact(session, body=body or None, **who)
        case Work.VERIFY:
            await verify(session, seen=seen, verdict=said.verdict or Verdict.CONFIRMED, body=body, **who)
        case Work.SUPPORT:
            await support(session, seen=seen, kinds=said.kinds, body=body or None, **who)
        case Work.FOLLOW:
            await follow(session, body=body, **who)
        case Work.REVISIT:
            await revisit(session, seen=seen, result=said.result or RevisitResult.NOT_REACHED, body=body, **who)
        case Work.DISCLOSE:
            await disclose_violence(session, seen=seen, body=body, **who)
        case Work.CLOSING:
            await ask_closing(session, seen=seen, body=body, **who)
        case Work.WITHDRAW:
            await send_back(session, seen=seen, body=body, **who)
    lead = await session.get_one(Lead, answers["lead"])
    # Which kinds they were would tell from the receipt, which stays in the chat, what happened to her.
    how = [[("support_help", f"lead:help:{lead.id}")]] if said.kinds else []
    dispute = said.verdict is Verdict.DISPUTE and scene.actor.has_role(REGISTERS_DISPUTES)
    if dispute:
        how.append([("register_dispute", f"case:lead:{lead.id}")])
    on = lead.revisit_on
    saved = WorkSaved(lead.code, said.work, lead.stage, on, on is not None and on <= scene.today, dispute)
    return Finished(saved, [*how, [("open_lead", f"lead:show:{lead.id}")]])


HANDLE = Flow(
    name="handle",
    version=1,
    roles=ANSWERS_ALERTS,
    hush=True,
    steps=(
        _PICK.step,
        Step(
            "work",
            lambda _a, f: AskWork(f["code"], Colour(f["colour"]), LeadStage(f["stage"])),
            Choice(Work, only=works),
            editable=False,
        ),
        Step(
            "verdict",
            lambda _a, f: AskVerdict(f["code"], f["mediable"]),
            Choice(Verdict, only=_verdicts, columns=1),
            when=_verifying,
        ),
        Step("kinds", lambda _a, f: AskKinds(f["code"]), Many(SupportKind, at_least=1), when=_supporting),
        Step("result", lambda _a, f: AskResult(f["code"]), Choice(RevisitResult, columns=1), when=_revisiting),
        Step(
            "remark",
            lambda a, f: AskWorkNote(f["code"], Work(a["work"])),
            Text(NOTE_LIMIT),
            when=_note_wanted,
            optional=True,
        ),
        Step("note", lambda a, f: AskWorkNote(f["code"], Work(a["work"])), Text(NOTE_LIMIT), when=_note_needed),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
