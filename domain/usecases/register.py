"""Keeping the register: adding a household, correcting what it says, and noting who is away (spec 2)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import EDITS_REGISTER, SIGNS_TIERS, Actor, registered_household
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from domain.rules.register import EditableItem, editable_items
from domain.rules.search_text import LIKE_ESCAPE, household_search_text
from domain.usecases.grids import grid_for
from domain.usecases.households import people_of
from domain.usecases.trail import note_change, take_revision
from models.area import Area
from models.household import Household, HouseholdStatus, Relation, Resident, Tier

_NUMBER_DIGITS = 3


async def edit_household(
    session: AsyncSession,
    *,
    actor: Actor,
    household_id: int,
    item: EditableItem,
    value: str | int | None,
    seen_rev: int,
    now: datetime,
    policy: Policy,
) -> Household:
    """Write `value` (None empties it) as the `item` of a household that was read at revision `seen_rev`.

    Raises RefusedError: NOT_YOURS, HOUSEHOLD_GONE, ITEM_SWITCHED_OFF, CHANGED_MEANWHILE.
    """
    household, _ = await registered_household(session, actor, household_id, EDITS_REGISTER)
    if item not in editable_items(policy):
        raise RefusedError(Reason.ITEM_SWITCHED_OFF)
    await take_revision(session, household, seen_rev)
    old = getattr(household, item.value)
    setattr(household, item.value, value)
    note_change(session, household, item.value, old, value, actor=actor, now=now)
    if item is EditableItem.NAME:
        # The household goes by the name of its head: a slip in one is a slip in the other.
        for person in await people_of(session, household.id):
            if person.relation == Relation.HEAD and person.name == old:
                person.name = household.name
    if item in (EditableItem.NAME, EditableItem.ADDRESS):
        await renew_search_text(session, household)
    return household


async def add_household(
    session: AsyncSession,
    *,
    actor: Actor,
    grid_id: int,
    address: str,
    name: str,
    people_count: int | None,
    contact: str | None,
    situation: str | None,
    now: datetime,
    policy: Policy,
) -> Household:
    """A new household, due at once; its code is the next free one of the grid. Items switched off are not kept.

    Raises RefusedError: NOT_YOURS, DUPLICATE_HOUSEHOLD (the same name at the same door).
    """
    grid = await grid_for(session, actor, grid_id, EDITS_REGISTER)
    same = select(col(Household.id)).where(
        col(Household.grid_id) == grid.id,
        col(Household.status) != HouseholdStatus.MERGED,
        col(Household.address) == address,
        col(Household.name) == name,
    )
    if (await session.execute(same)).first() is not None:
        raise RefusedError(Reason.DUPLICATE_HOUSEHOLD)
    on, today = editable_items(policy), policy.today(now)
    code = await _next_code(session, grid)
    household = Household(
        code=code,
        grid_id=grid.id,
        name=name,
        address=address,
        search_text=household_search_text(code, address, [name]),
        tier=Tier.ORDINARY,
        tier_since=today,
        registered_on=today,
        next_due_on=today,
        people_count=people_count if EditableItem.PEOPLE_COUNT in on else None,
        contact=contact if EditableItem.CONTACT in on else None,
        situation=situation if EditableItem.SITUATION in on else None,
    )
    session.add(household)
    await session.flush()
    session.add(Resident(household_id=household.id, name=name, relation=Relation.HEAD))
    note_change(session, household, "registered", None, code, actor=actor, now=now)
    await session.flush()
    return household


async def _next_code(session: AsyncSession, grid: Area) -> str:
    """The number after the grid's highest. A household keeps its code when it moves, so codes are looked at alone.

    Two who add at once get the same one: the unique key stops the second, who is then tried again.
    """
    prefix = f"{grid.code}-"
    pattern = prefix.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%"
    query = select(col(Household.code)).where(col(Household.code).like(pattern, escape=LIKE_ESCAPE))
    endings = [code.removeprefix(prefix) for code in (await session.execute(query)).scalars()]
    highest = max((int(ending) for ending in endings if ending.isascii() and ending.isdecimal()), default=0)
    return f"{prefix}{highest + 1:0{_NUMBER_DIGITS}d}"


async def renew_search_text(session: AsyncSession, household: Household) -> None:
    """Let the household be found by what it is called now."""
    names = [household.name, *(person.name for person in await people_of(session, household.id))]
    household.search_text = household_search_text(household.code, household.address, names)


async def set_away(
    session: AsyncSession, *, actor: Actor, household_id: int, away: bool, now: datetime, policy: Policy
) -> Household:
    """Note that a household is away (no visits are planned) or back (due today, when its day has passed).

    A worker alone cannot take a key household off the weekly visits.
    Raises RefusedError: NOT_YOURS, HOUSEHOLD_GONE, AWAY_NEEDS_SIGNER.
    """
    household, grid = await registered_household(session, actor, household_id, EDITS_REGISTER)
    status = HouseholdStatus.AWAY if away else HouseholdStatus.ACTIVE
    if household.status is status:
        return household
    if away and household.tier is Tier.KEY and not actor.covers(grid.path, SIGNS_TIERS):
        raise RefusedError(Reason.AWAY_NEEDS_SIGNER)
    await take_revision(session, household, household.rev)
    note_change(session, household, "status", household.status.value, status.value, actor=actor, now=now)
    household.status = status
    if not away:
        household.next_due_on = max(household.next_due_on, policy.today(now))
    return household
