"""What the registering of a dispute looks for and remembers: its lead, household, grid, item and parties."""

from collections.abc import Collection, Sequence
from typing import Any

from domain.access import ANSWERS_ALERTS, FILES_VISITS, registered_household, still_covers
from domain.dispute_access import REGISTERS_DISPUTES
from domain.lead_access import lead_for
from domain.refusals import Reason, RefusedError
from domain.rules.catalogue import Item
from domain.usecases.dispute_leads import lead_to_mediate, leads_to_mediate
from domain.usecases.dispute_parties import Concerned, earlier_disputes, find_residents, resident_in_register
from domain.usecases.disputes import mediable_matter
from domain.usecases.grids import find_grids, grid_for
from handlers.flows.dispute_answers import about_a_household, from_a_lead
from handlers.party_questions import Party, parties_in
from handlers.questions import Answers, Facts, Found
from handlers.scene import Scene
from handlers.shortened import short_door, short_name
from messages.render import day_text, label
from models.dispute import Dispute
from models.lead import Colour


async def known_at_first(scene: Scene) -> dict[str, Any]:
    """What the form must know before its first question."""
    actor = scene.actor
    grids, total = await find_grids(scene.session, actor=actor, roles=REGISTERS_DISPUTES, query="", limit=1)
    return {
        "register": actor.has_role(FILES_VISITS),
        "leads": actor.has_role(ANSWERS_ALERTS),
        "grids": total,
        "only_grid": grids[0].id if total == 1 else None,
        "earlier": [],
    }


def categories(scene: Scene) -> list[tuple[str, str]]:
    """The categories of which something may be mediated."""
    catalogue = scene.policy.catalogue
    used = {item.category for item in catalogue.items.values() if _may_be_mediated(item)}
    return [(key, one.name(scene.actor.locale)) for key, one in catalogue.categories.items() if key in used]


def items(scene: Scene, category: str) -> list[tuple[str, str]]:
    """The items of a category that may be mediated: no key matter, nothing red."""
    found = scene.policy.catalogue.of_category(category)
    return [(item.key, item.name(scene.actor.locale)) for item in found if _may_be_mediated(item)]


def _may_be_mediated(item: Item) -> bool:
    return not item.key_matter and item.colour is not Colour.RED


def pick_item(scene: Scene, key: str) -> dict[str, Any]:
    """What is remembered of an item. Raises RefusedError: ITEM_UNKNOWN, NEVER_ON_LADDER."""
    mediable_matter(key, None, scene.policy)
    return {"picked": _item_facts(scene.policy.catalogue.items[key], scene)}


def _item_facts(item: Item, scene: Scene) -> dict[str, Any]:
    return {"key": item.key, "name": item.name(scene.actor.locale), "colour": item.colour.value}


async def search_leads(scene: Scene, _answers: Answers, _facts: Facts, query: str, offset: int, limit: int) -> Found:
    """The leads of hers that wait for their mediation, by code."""
    found = await leads_to_mediate(scene.session, actor=scene.actor, query=query, now=scene.now)
    lines = [(lead.id, f"{lead.code} {label(lead.colour, scene.actor.locale)}") for lead in found]
    return Found(lines[offset : offset + limit], len(lines))


async def lead_facts(scene: Scene, lead_id: int) -> dict[str, Any]:
    """What the form knows of the lead: where it stands comes from there. Raises what `lead_to_mediate` does."""
    lead = await lead_to_mediate(scene.session, scene.actor, lead_id, now=scene.now)
    item = scene.policy.catalogue.items.get(lead.item)
    usable = item is not None and _may_be_mediated(item)
    homes = [lead.household_id] if lead.household_id is not None else []
    return {
        "lead_code": lead.code,
        "lead_colour": lead.colour.value,
        "lead_item": _item_facts(item, scene) if item is not None and usable else None,
        "lead_home": lead.household_id,
        "earlier": await _earlier(scene, homes),
    }


async def resolve_lead(scene: Scene, value: int, _answers: Answers, _facts: Facts) -> dict[str, Any]:
    """A pressed lead."""
    return await lead_facts(scene, value)


async def household_facts(scene: Scene, household_id: int, parties: Sequence[Party] = ()) -> dict[str, Any]:
    """What the form knows of a household of hers. Raises RefusedError: NOT_YOURS, HOUSEHOLD_GONE."""
    household, _ = await registered_household(scene.session, scene.actor, household_id, FILES_VISITS)
    return {
        "household": household.name,
        "address": household.address,
        "earlier": await _earlier(scene, [household.id], parties),
    }


async def resolve_household(scene: Scene, value: int, answers: Answers, _facts: Facts) -> dict[str, Any]:
    """A pressed household."""
    return await household_facts(scene, value, parties_in(answers))


async def search_grids(scene: Scene, _answers: Answers, _facts: Facts, query: str, offset: int, limit: int) -> Found:
    """The grids below her posts."""
    grids, total = await find_grids(
        scene.session, actor=scene.actor, roles=REGISTERS_DISPUTES, query=query, offset=offset, limit=limit
    )
    return Found([(grid.id, short_name(grid.name)) for grid in grids], total)


async def resolve_grid(scene: Scene, value: int, _answers: Answers, _facts: Facts) -> dict[str, Any]:
    """A pressed grid. Raises RefusedError(NOT_YOURS)."""
    return {"area": (await grid_for(scene.session, scene.actor, value, REGISTERS_DISPUTES)).name}


async def search_people(scene: Scene, answers: Answers, _facts: Facts, query: str, offset: int, limit: int) -> Found:
    """The residents of her register; without words those of the household it is about."""
    about = answers.get("household") if about_a_household(answers) else None
    found, total = await find_residents(
        scene.session, actor=scene.actor, query=query, household_id=about, offset=offset, limit=limit
    )
    lines = [(one.id, f"{short_name(one.name)} · {short_door(home.address)}") for one, home in found]
    return Found(lines, total)


async def resolve_person(scene: Scene, resident_id: int) -> Party:
    """A pressed resident as a party. Raises RefusedError: NOT_YOURS, HOUSEHOLD_GONE."""
    person, home = await resident_in_register(scene.session, scene.actor, resident_id)
    return {"key": f"r{person.id}", "id": person.id, "home": home.id, "name": person.name, "phone": person.phone}


async def parties_known(scene: Scene, parties: Sequence[Party], answers: Answers, facts: Facts) -> dict[str, Any]:
    """The earlier cases of these parties and of the household."""
    about = answers.get("household") if about_a_household(answers) else None
    of_lead = facts.get("lead_home") if from_a_lead(answers) else None
    homes = {home for home in (about, of_lead, *(party["home"] for party in parties)) if home is not None}
    return {"earlier": await _earlier(scene, homes, parties)}


async def _earlier(scene: Scene, homes: Collection[int], parties: Sequence[Party] = ()) -> list[list[str]]:
    concerned = Concerned(
        {*homes, *(party["home"] for party in parties if party["home"] is not None)},
        [party["name"] for party in parties if party["id"] is None],
    )
    found = await earlier_disputes(
        scene.session, actor=scene.actor, concerned=concerned, now=scene.now, policy=scene.policy
    )
    return [[str(dispute.id), _line(dispute, scene)] for dispute in found]


def _line(dispute: Dispute, scene: Scene) -> str:
    locale = scene.actor.locale
    day = day_text(scene.policy.today(dispute.registered_at), locale)
    return f"{dispute.code} · {day} · {label(dispute.state, locale)}"


async def still_hers(scene: Scene, parties: Sequence[Party]) -> None:
    """Nobody of a household that she has lost is shown. Raises RefusedError(NOT_YOURS)."""
    homes = {party["home"] for party in parties if party["home"] is not None}
    if homes and not await still_covers(scene.session, scene.actor, homes, FILES_VISITS):
        raise RefusedError(Reason.NOT_YOURS)


async def in_reach(scene: Scene, answers: Answers) -> bool:
    """Whether the household, its parties' households and the lead are still hers to see."""
    homes = {party["home"] for party in parties_in(answers) if party["home"] is not None}
    if about_a_household(answers) and "household" in answers:
        homes.add(answers["household"])
    if homes and not await still_covers(scene.session, scene.actor, homes, FILES_VISITS):
        return False
    if from_a_lead(answers) and "lead" in answers:
        return await _sees_lead(scene, answers["lead"])
    return True


async def _sees_lead(scene: Scene, lead_id: int) -> bool:
    try:
        await lead_for(scene.session, scene.actor, lead_id, now=scene.now)
    except RefusedError:
        return False
    return True
