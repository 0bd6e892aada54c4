"""The people of a household: who has come and who has left (spec 2)."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import EDITS_REGISTER, Actor, registered_household
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from domain.usecases.households import people_of
from domain.usecases.register import renew_search_text
from domain.usecases.trail import note_change, take_revision
from models.household import Household, Relation, Resident


async def add_resident(
    session: AsyncSession,
    *,
    actor: Actor,
    household_id: int,
    name: str,
    relation: Relation,
    birth_year: int | None,
    now: datetime,
) -> Household:
    """Somebody lives there now.

    Raises RefusedError: NOT_YOURS, HOUSEHOLD_GONE, ALREADY_THERE (the same name), CHANGED_MEANWHILE.
    """
    household, _ = await registered_household(session, actor, household_id, EDITS_REGISTER)
    people = await people_of(session, household.id)
    if any(person.name == name for person in people):
        raise RefusedError(Reason.ALREADY_THERE)
    await take_revision(session, household, household.rev)
    session.add(Resident(household_id=household.id, name=name, relation=relation, birth_year=birth_year))
    count_people(household, before=len(people), after=len(people) + 1)
    note_change(session, household, "resident", None, name, actor=actor, now=now)
    await session.flush()
    await renew_search_text(session, household)
    return household


async def resident_of(session: AsyncSession, household: Household, resident_id: int) -> Resident:
    """Somebody who lives there now. Raises RefusedError(NOT_FOUND)."""
    person = await session.get(Resident, resident_id)
    if person is None or person.household_id != household.id or person.left_on is not None:
        raise RefusedError(Reason.NOT_FOUND)
    return person


async def note_departure(
    session: AsyncSession, *, actor: Actor, household_id: int, resident_id: int, now: datetime, policy: Policy
) -> Household:
    """Somebody no longer lives there; she stays in what was recorded before.

    Raises RefusedError: NOT_YOURS, HOUSEHOLD_GONE, NOT_FOUND, CHANGED_MEANWHILE.
    """
    household, _ = await registered_household(session, actor, household_id, EDITS_REGISTER)
    person = await resident_of(session, household, resident_id)
    await take_revision(session, household, household.rev)
    people = await people_of(session, household.id)
    person.left_on = policy.today(now)
    count_people(household, before=len(people), after=len(people) - 1)
    note_change(session, household, "resident", person.name, None, actor=actor, now=now)
    await session.flush()
    await renew_search_text(session, household)
    return household


def count_people(household: Household, *, before: int, after: int) -> None:
    """Let the number of people follow the names, where it stood for them; one counted by hand stays."""
    if household.people_count in (None, before):
        household.people_count = after or None
