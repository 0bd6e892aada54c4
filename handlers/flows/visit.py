"""The check-in of a visit (走访登记), from the door to the receipt (spec 2)."""

from datetime import date
from typing import Any

from domain.access import FILES_VISITS, registered_household
from domain.rules.policy import BACKDATE_DAYS
from domain.usecases.households import people_of
from domain.usecases.item_proposing import councils_to_propose_to
from domain.usecases.tiers import change_proposed_with, propose_tier
from domain.usecases.visits import Filed, VisitFacts, file_visit, filed_that_day, filed_visit, named_needs
from handlers.day_questions import Day
from handlers.flow import Finished, Flow, Step
from handlers.flows.visit_views import (
    AskDay,
    AskFiveOnes,
    AskHousehold,
    AskMode,
    AskNeeds,
    AskNote,
    AskOutcome,
    AskPhotos,
    AskPlace,
    AskSeen,
    AskTier,
    AskTierReason,
    FiveOne,
    Need,
    TierWish,
    VisitSaved,
    VisitSummary,
)
from handlers.household_pick import HouseholdSearch, in_reach
from handlers.question_kinds import Photos, Place
from handlers.questions import Answers, Choice, Confirm, Facts, Many, Pick, Text
from handlers.scene import Scene
from handlers.shortened import short_name
from models.household import Tier
from models.tier_change import TierChange, TierReason
from models.visit import VisitMode, VisitOutcome

NOTE_LIMIT = 2000  # the summary must fit into one message, with every name of the household


def _met(answers: Answers) -> bool:
    return bool(answers.get("outcome") == VisitOutcome.MET)


def _not_met(answers: Answers) -> bool:
    return "outcome" in answers and not _met(answers)


def _at_the_door(answers: Answers) -> bool:
    return _met(answers) and answers.get("mode") == VisitMode.DOOR


def _tier_changes(answers: Answers) -> bool:
    return bool(answers.get("tier", TierWish.STAYS) != TierWish.STAYS)


def _tier_wishes(_answers: Answers, facts: Facts) -> list[TierWish]:
    return [wish for wish in TierWish if wish.value != facts["tier"]]


async def _resolve(scene: Scene, value: int, _answers: Answers, _facts: Facts) -> dict[str, Any]:
    household, _ = await registered_household(scene.session, scene.actor, value, FILES_VISITS)
    people = await people_of(scene.session, household.id)
    return {
        "household": household.name,
        "address": household.address,
        "code": household.code,
        "tier": household.tier.value,
        "residents": [[str(person.id), short_name(person.name)] for person in people[:20]],
        # Midnight may pass before it is saved: unless she says otherwise it was on the day she began.
        "begun_on": scene.today.isoformat(),
        "filed_by": "、".join(await filed_that_day(scene.session, household.id, scene.today)),
    }


def _summary(answers: Answers, facts: Facts) -> VisitSummary:
    names = dict(facts["residents"])
    day = answers.get("day")
    needs = answers.get("needs") or {"chosen": [], "text": ""}
    seen = answers.get("seen") or {"chosen": [], "text": ""}
    reason = answers.get("tier_reason")
    return VisitSummary(
        household=facts["household"],
        address=facts["address"],
        day=date.fromisoformat(day) if day else None,
        filed_later=day != facts.get("begun_on"),
        mode=VisitMode(answers["mode"]),
        outcome=VisitOutcome(answers["outcome"]),
        five_ones=tuple(FiveOne(value) for value in (answers.get("five_ones") or {"chosen": []})["chosen"]),
        seen=(
            *(names[value] for value in seen["chosen"] if value in names),
            *((seen["text"],) if seen["text"] else ()),
        ),
        needs=tuple(Need(value) for value in needs["chosen"]),
        note="\n".join(part for part in (needs["text"], answers.get("note") or "") if part),
        photos=len(answers.get("photos") or []),
        place=bool(answers.get("place")),
        tier_wish=TierWish(answers.get("tier", TierWish.STAYS)),
        tier_reason=TierReason(reason) if reason else None,
    )


async def _finish(scene: Scene, answers: Answers, facts: Facts, ending: str) -> Finished:
    shown = _summary(answers, facts)
    seen = answers.get("seen") or {"chosen": [], "text": ""}
    day = shown.day or scene.today
    place = answers.get("place")
    filed = await file_visit(
        scene.session,
        actor=scene.actor,
        facts=VisitFacts(
            household_id=answers["household"],
            visited_on=day,
            mode=shown.mode,
            outcome=shown.outcome,
            five_ones=[member.value for member in shown.five_ones],
            seen=list(seen["chosen"]),
            seen_besides=seen["text"] or None,
            needs=[need.value for need in shown.needs],
            note=shown.note or None,
            trouble=Need.TROUBLE in shown.needs,
            photos=[(file_id, caption) for file_id, caption in answers.get("photos") or []],
            place=(place[0], place[1]) if place else None,
        ),
        conversation_id=ending,
        now=scene.now,
        policy=scene.policy,
    )
    change = None
    if shown.tier_wish is not TierWish.STAYS and shown.tier_reason is not None:
        change = await propose_tier(
            scene.session,
            actor=scene.actor,
            household_id=filed.household.id,
            to_tier=Tier(shown.tier_wish.value),
            reason=shown.tier_reason,
            note=None,
            now=scene.now,
            policy=scene.policy,
        )
    return _saved(filed, change, proposes=await _proposes(scene, filed))


async def _receipt(scene: Scene, ending: str) -> Finished | None:
    filed = await filed_visit(scene.session, actor=scene.actor, conversation_id=ending)
    if filed is None:
        return None
    change = await change_proposed_with(scene.session, filed.visit)
    return _saved(filed, change, proposes=await _proposes(scene, filed))


async def _proposes(scene: Scene, filed: Filed) -> bool:
    """Whether a need was noticed, and there is a women's council that it may be put before (spec 5)."""
    return await named_needs(scene.session, filed.visit) and bool(
        await councils_to_propose_to(scene.session, scene.actor)
    )


def _saved(filed: Filed, change: TierChange | None, *, proposes: bool) -> Finished:
    visit = filed.visit
    saved = VisitSaved(
        receipt=visit.receipt,
        household=filed.household.name,
        next_due_on=filed.household.next_due_on,
        counts=visit.counts,
        outcome=visit.outcome,
        backdated_to=visit.visited_on if visit.backdated else None,
        others="、".join(filed.others),
        trouble=visit.trouble,
        key_needs_door=visit.outcome is VisitOutcome.MET and not visit.counts,
        proposal="none" if change is None else change.state.value,
    )
    number = filed.household.id
    trouble = [("report_lead", f"go_lead:{number}"), ("register_dispute", f"case:visit:{number}")]
    follow = [trouble] if visit.trouble else []
    if proposes:
        follow.append([("propose_need", "menu:propose")])
    return Finished(saved, [*follow, [("next_household", "today:new")]])


VISIT = Flow(
    name="visit",
    version=1,
    roles=FILES_VISITS,
    steps=(
        Step("household", lambda _a, _f: AskHousehold(), Pick(HouseholdSearch(FILES_VISITS), _resolve), editable=False),
        Step(
            "mode",
            lambda _a, f: AskMode(f["household"], f["address"], Tier(f["tier"]), f["filed_by"]),
            Choice(VisitMode, columns=3),
        ),
        Step("outcome", lambda _a, f: AskOutcome(f["household"]), Choice(VisitOutcome)),
        Step("five_ones", lambda _a, f: AskFiveOnes(f["household"]), Many(FiveOne), when=_at_the_door),
        Step("seen", lambda _a, f: AskSeen(f["household"]), Many("residents", free_text=200), when=_met, optional=True),
        Step("needs", lambda _a, f: AskNeeds(f["household"]), Many(Need, free_text=NOTE_LIMIT), when=_met),
        Step("note", lambda _a, _f: AskNote(), Text(NOTE_LIMIT), when=_not_met, optional=True),
        Step("photos", lambda _a, _f: AskPhotos(), Photos(), when=_met, optional=True),
        Step("place", lambda _a, _f: AskPlace(), Place(), when=_met, optional=True),
        Step(
            "tier",
            lambda _a, f: AskTier(f["household"], Tier(f["tier"])),
            Choice(TierWish, only=_tier_wishes),
            when=_met,
        ),
        Step("tier_reason", lambda _a, f: AskTierReason(Tier(f["tier"])), Choice(TierReason), when=_tier_changes),
        Step("day", lambda _a, _f: AskDay(), Day(back=BACKDATE_DAYS), default=lambda _a, f: f.get("begun_on")),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    receipt=_receipt,
    in_reach=in_reach,
)
