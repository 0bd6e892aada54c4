"""Reporting a lead (上报线索): five taps first, and whoever is in danger is helped before any form (spec 3)."""

from typing import Any

from domain.access import FILES_VISITS, REPORTS_LEADS, registered_household, still_covers
from domain.refusals import Reason, RefusedError
from domain.rules.catalogue import Item
from domain.usecases.leads import first_call, recent_own_leads, report_lead, reported_lead
from handlers.flow import Finished, Flow, Step
from handlers.flows.lead_answers import (
    about_a_household,
    can_be_reached,
    can_rise,
    default_item,
    guidance,
    has_earlier,
    higher,
    is_ordinary,
    is_red,
    lead_facts,
    nothing,
    own_colour,
    said_yes,
    summary,
    wheres,
)
from handlers.flows.lead_views import (
    AskConsent,
    AskContact,
    AskItem,
    AskPersons,
    AskRaised,
    AskSafeAddress,
    AskSame,
    AskSource,
    AskTelling,
    AskTerms,
    AskTriage,
    AskWhere,
    AskWhichHousehold,
    ContactWay,
    LeadHandedOver,
    LeadReceipt,
    Recipient,
)
from handlers.household_pick import HouseholdSearch
from handlers.question_kinds import Grouped, OneOf, Telling, YesNo
from handlers.questions import Answers, Choice, Confirm, Facts, Many, Pick, Text
from handlers.scene import Scene
from messages.render import day_text
from models.lead import Colour, Lead, LeadSource, Triage, Where

# The summary must fit into one message, with the guidance above it.
TEXT_LIMIT = 1500
LINES_LIMIT = 300


def known_at_first(scene: Scene) -> dict[str, Any]:
    """What the form must know before its first question: the items that a yes stands for, and whether she has a
    register to choose a household from."""
    catalogue = scene.policy.catalogue
    by_triage = {answer.value: _item_facts(catalogue.items[key], scene) for answer, key in catalogue.by_triage.items()}
    return {"by_triage": by_triage, "register": scene.actor.has_role(FILES_VISITS)}


def _item_facts(item: Item, scene: Scene) -> dict[str, Any]:
    name = item.name(scene.actor.locale)
    return {"key": item.key, "name": name, "colour": item.colour.value, "key_matter": item.key_matter}


def _categories(scene: Scene) -> list[tuple[str, str]]:
    return [(key, category.name(scene.actor.locale)) for key, category in scene.policy.catalogue.categories.items()]


def _items(scene: Scene, category: str) -> list[tuple[str, str]]:
    return [(item.key, item.name(scene.actor.locale)) for item in scene.policy.catalogue.of_category(category)]


def _pick_item(scene: Scene, key: str) -> dict[str, Any]:
    item = scene.policy.catalogue.items.get(key)
    if item is None:
        raise RefusedError(Reason.ITEM_UNKNOWN)
    return {"picked": _item_facts(item, scene)}


async def household_facts(scene: Scene, household_id: int) -> dict[str, Any]:
    """What the form knows of a household of hers. Raises RefusedError: NOT_YOURS, HOUSEHOLD_GONE."""
    household, _ = await registered_household(scene.session, scene.actor, household_id, FILES_VISITS)
    earlier = await recent_own_leads(
        scene.session, actor=scene.actor, household_id=household.id, now=scene.now, policy=scene.policy
    )
    return {
        "household": household.name,
        "address": household.address,
        "same": [[str(lead.id), _lead_line(lead, scene)] for lead in earlier[:8]],
        "same_days": scene.policy.duplicate_days,
    }


def _lead_line(lead: Lead, scene: Scene) -> str:
    return f"{lead.code} · {day_text(scene.policy.today(lead.reported_at), scene.actor.locale)}"


async def _resolve(scene: Scene, value: int, _answers: Answers, _facts: Facts) -> dict[str, Any]:
    return await household_facts(scene, value)


async def _in_reach(scene: Scene, answers: Answers) -> bool:
    about = answers.get("household") if about_a_household(answers) else None
    return about is None or await still_covers(scene.session, scene.actor, [about], FILES_VISITS)


async def _finish(scene: Scene, answers: Answers, facts: Facts, ending: str) -> Finished:
    lead = await report_lead(
        scene.session,
        actor=scene.actor,
        facts=lead_facts(answers, facts, scene.actor.locale),
        conversation_id=ending,
        now=scene.now,
        policy=scene.policy,
    )
    return await _sent(scene, lead)


async def _receipt(scene: Scene, ending: str) -> Finished | None:
    lead = await reported_lead(scene.session, actor=scene.actor, conversation_id=ending)
    return None if lead is None else await _sent(scene, lead)


async def _sent(scene: Scene, lead: Lead) -> Finished:
    if lead.conflict:
        return Finished(LeadHandedOver(lead.code))
    call = await first_call(scene.session, lead, policy=scene.policy)
    receipt = LeadReceipt(
        code=lead.code,
        colour=call.colour,
        alerted=call.roles,
        in_digest=call.silent,
        after_night=call.colour is not Colour.RED and scene.policy.is_quiet(lead.reported_at),
        next_minutes=call.next_minutes,
        next_roles=call.next_roles,
    )
    return Finished(receipt, [[("open_lead", f"lead:show:{lead.id}")]])


NEWLEAD = Flow(
    name="newlead",
    version=1,
    roles=REPORTS_LEADS,
    steps=(
        Step("triage", lambda _a, _f: AskTriage(), YesNo(Triage, no="triage_no")),
        Step(
            "item",
            lambda _a, _f: AskItem(),
            Grouped(_categories, _items, _pick_item),
            default=default_item,
            default_when=said_yes,
        ),
        Step("where", lambda _a, _f: AskWhere(), Choice(Where, only=wheres, columns=1)),
        Step(
            "household",
            lambda _a, _f: AskWhichHousehold(),
            Pick(HouseholdSearch(FILES_VISITS), _resolve),
            when=about_a_household,
        ),
        Step(
            "same_as",
            lambda _a, f: AskSame(f["household"], f["same_days"]),
            OneOf("same"),
            when=about_a_household,
            possible=has_earlier,
            optional=True,
        ),
        Step(
            "telling",
            lambda a, _f: AskTelling(LeadSource(a.get("source", LeadSource.SEEN))),
            Telling(TEXT_LIMIT),
        ),
        Step(
            "contact",
            lambda _a, _f: AskContact(),
            Choice(ContactWay),
            optional=True,
            default=nothing,
            default_when=is_red,
        ),
        Step(
            "terms",
            lambda a, _f: AskTerms(ContactWay(a["contact"])),
            Text(LINES_LIMIT),
            when=can_be_reached,
            optional=True,
        ),
        Step("persons", lambda _a, _f: AskPersons(), Text(LINES_LIMIT), optional=True, default=nothing),
        Step("safe_address", lambda _a, _f: AskSafeAddress(), Text(LINES_LIMIT), optional=True, default=nothing),
        Step(
            "raised",
            lambda a, f: AskRaised(own_colour(a, f)),
            Choice(Colour, only=higher),
            possible=can_rise,
            optional=True,
            default=nothing,
        ),
        Step("source", lambda _a, _f: AskSource(), Choice(LeadSource, columns=1), default=lambda _a, _f: "seen"),
        Step(
            "consent",
            lambda _a, _f: AskConsent(),
            Many(Recipient),
            possible=is_ordinary,
            optional=True,
            default=nothing,
        ),
        Step("confirm", summary, Confirm()),
    ),
    finish=_finish,
    receipt=_receipt,
    in_reach=_in_reach,
    hush=True,
    above=guidance,
)
