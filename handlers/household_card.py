"""A household's card: what is known of it, and what can be done with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from domain.access import EDITS_REGISTER, SIGNS_TIERS
from domain.rules.register import RegisterItem, completeness, items_on
from domain.usecases.households import HouseholdCard, household_card
from handlers.flow import Finished
from handlers.scene import Scene
from models.confidential import TieKind
from models.household import Household, HouseholdStatus, Relation, Resident, Tier
from models.tier_change import TierReason
from models.visit import VisitMode, VisitOutcome

PEOPLE_SHOWN = 15


@dataclass(frozen=True, slots=True)
class Card:
    """All that the register holds of one household; only for somebody who may see it, in her private chat."""

    code: str
    asked_for: str  # the code of the household that was merged into this one, when that one was asked for
    name: str
    address: str
    grid: str
    tier: Tier
    tier_reason: TierReason | None
    tier_since: date
    review_on: date | None
    review_due: bool
    away: bool
    next_due_on: date
    overdue_days: int
    never_visited: bool
    filled: int
    total: int
    items: tuple[tuple[RegisterItem, str], ...]
    shows_people: bool
    people: tuple[tuple[str, Relation, int | None], ...]
    more_people: int
    visits: tuple[tuple[date, VisitMode, VisitOutcome, str], ...]
    pending: Tier | None
    pending_by: str
    tie: TieKind | None  # her own


async def card_of(scene: Scene, household_id: int) -> Finished:
    """The card and its buttons. Raises RefusedError(NOT_YOURS)."""
    found = await household_card(scene.session, actor=scene.actor, household_id=household_id)
    asked_for = ""
    if found.household.id != household_id:
        asked_for = (await scene.session.get_one(Household, household_id)).code
    return Finished(_card(found, scene, asked_for), _buttons(found, scene))


def item_values(household: Household, people: list[Resident]) -> Mapping[RegisterItem, object]:
    """What the register holds for each of the six items."""
    return {
        RegisterItem.PEOPLE_COUNT: household.people_count,
        RegisterItem.SITUATION: household.situation,
        RegisterItem.CONTACT: household.contact,
        RegisterItem.NEEDS: household.needs,
        RegisterItem.COMPOSITION: people,
        RegisterItem.POLITICAL_STATUS: household.political_status,
    }


def reason_of(household: Household) -> TierReason | None:
    """Why the household is in its tier; None where nobody said, or in words of an older list."""
    known = {reason.value: reason for reason in TierReason}
    return known.get(household.tier_reason or "")


def review_is_due(household: Household, today: date) -> bool:
    """Whether the key tier is to be looked at again."""
    return household.tier is Tier.KEY and household.tier_review_on is not None and household.tier_review_on <= today


def _card(found: HouseholdCard, scene: Scene, asked_for: str) -> Card:
    household, today = found.household, scene.today
    values = item_values(household, found.people)
    complete = completeness(values, scene.policy)
    shown = items_on(scene.policy)
    return Card(
        code=household.code,
        asked_for=asked_for,
        name=household.name,
        address=household.address,
        grid=found.grid.name,
        tier=household.tier,
        tier_reason=reason_of(household),
        tier_since=household.tier_since,
        review_on=household.tier_review_on if household.tier is Tier.KEY else None,
        review_due=review_is_due(household, today),
        away=household.status is HouseholdStatus.AWAY,
        next_due_on=household.next_due_on,
        overdue_days=(today - household.next_due_on).days,
        never_visited=household.last_visit_on is None,
        filled=complete.filled,
        total=complete.total,
        items=tuple((item, str(values[item] or "")) for item in shown if item is not RegisterItem.COMPOSITION),
        shows_people=RegisterItem.COMPOSITION in shown,
        people=tuple(_person(person) for person in found.people[:PEOPLE_SHOWN]),
        more_people=max(0, len(found.people) - PEOPLE_SHOWN),
        visits=tuple((visit.visited_on, visit.mode, visit.outcome, who) for visit, who in found.visits),
        pending=found.pending[0].to_tier if found.pending else None,
        pending_by=found.pending[1] if found.pending else "",
        tie=found.tie,
    )


def _person(person: Resident) -> tuple[str, Relation, int | None]:
    known = {relation.value: relation for relation in Relation}
    return person.name, known.get(person.relation, Relation.OTHER), person.birth_year


def _buttons(found: HouseholdCard, scene: Scene) -> list[list[tuple[str, str]]]:
    household = found.household
    number, path = household.id, found.grid.path
    rows: list[list[tuple[str, str]]] = [[("check_in", f"go:{number}"), ("report_lead", f"go_lead:{number}")]]
    rows.append([("register_dispute", f"case:home:{number}")])
    signs = scene.actor.covers(path, SIGNS_TIERS)
    if found.pending is not None:
        change, _ = found.pending
        if change.proposed_by_id == scene.actor.member_id:
            rows.append([("withdraw", f"tier:drop:{change.id}")])
        elif signs:
            rows.append([("tier_look", f"tier:look:{change.id}")])
    if signs and review_is_due(household, scene.today):
        rows.append([("keep_key", f"hh:keep:{number}"), ("end_key", f"hh:tier:{number}")])
    if scene.actor.covers(path, EDITS_REGISTER):
        away = household.status is HouseholdStatus.AWAY
        rows += [
            [("edit_household", f"hh:edit:{number}"), ("edit_people", f"hh:people:{number}")],
            [
                ("change_tier", f"hh:tier:{number}"),
                ("is_back", f"hh:back:{number}") if away else ("is_away", f"hh:away:{number}"),
            ],
            [("move_household", f"hh:move:{number}"), ("merge_household", f"hh:merge:{number}")],
            [("tie_household", f"hh:tie:{number}")],
        ]
    rows.append([("find_another", "menu:find")])
    return rows
