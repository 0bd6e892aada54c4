"""Erasing the data of one person of the register, and what may be known of her afterwards: nothing (spec 8).

Her row goes. Where her name, her telephone or further words of hers stand in what was written, a sign takes their
place: the visit, the lead or the dispute is about others as well, and stays.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Table, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col

from domain.refusals import Reason, RefusedError
from domain.usecases.forgetting import Gone, delete_whole, open_door, pointing_at
from domain.usecases.held_records import is_any_held
from domain.usecases.holds import one_at_a_time
from domain.usecases.mentions import IN_ITS_PLACE, Key, Mention, forms_of, take_out
from domain.usecases.register import renew_search_text
from models.dispute import DisputeParty
from models.erasing import ErasureKind
from models.household import Household, Resident

PICTURES = ("visit_photo", "lead_file", "dispute_file")
Records = Mapping[str, frozenset[Key]]  # the keys of rows by table
_OF_A_HEAD = frozenset({"name", "contact"})
_SHORT = 2  # a name of one character stands in half of all texts


class HeldError(Exception):
    """Something of hers is under a legal hold."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whom it is about, how she is mentioned, and the records of her household."""

    resident_id: int
    household_id: int
    household: str
    forms: tuple[str, ...]
    records: Records
    namesakes: int

    def is_hers(self, mention: Mention) -> bool:
        """Whether it speaks of her: in a record of her household; anywhere, when nobody else is called so.

        Another one's row never does, though she has the same telephone, as in many families.
        """
        if mention.table == "resident":
            return mention.key == (self.resident_id,)
        return not self.namesakes or mention.key in self.records.get(mention.table, ())

    @property
    def pictures(self) -> int:
        """How many pictures and voice messages there are of her household: nobody can tell whom they show."""
        return sum(len(self.records.get(table, ())) for table in PICTURES)


async def person_of(session: AsyncSession, resident_id: int, also: Sequence[str] = ()) -> Person:
    """A person of the register; `also` are further words that mean her alone. Raises RefusedError(NOT_FOUND)."""
    resident = await session.get(Resident, resident_id)
    if resident is None:
        raise RefusedError(Reason.NOT_FOUND)
    household = await session.get_one(Household, resident.household_id)
    return Person(
        resident.id,
        household.id,
        household.code,
        forms_of([resident.name, resident.phone or "", *also]),
        await records_of(session, household.id),
        int(len(resident.name) < _SHORT),
    )


async def records_of(session: AsyncSession, household_id: int) -> Records:
    """Every record that is a part of the household, or of a lead or dispute that is about it."""
    found: dict[str, set[Key]] = defaultdict(set)
    waiting: list[tuple[Table, list[Any]]] = [(SQLModel.metadata.tables["household"], [household_id])]
    while waiting:
        table, numbers = waiting.pop()
        new = [number for number in numbers if (number,) not in found[table.name]]
        found[table.name].update((number,) for number in new)
        for column in pointing_at(table) if new else ():
            keys = list(column.table.primary_key)
            about = {"lead_household": "lead", "dispute_party": "dispute"}.get(column.table.name)
            above = [column.table.columns[f"{about}_id"]] if about else []
            rows = (await session.execute(select(*keys, *above).where(column.in_(new)))).all()
            if about and rows:
                waiting.append((SQLModel.metadata.tables[about], [row[-1] for row in rows]))
            if len(keys) == 1:
                waiting.append((column.table, [row[0] for row in rows]))
            else:
                found[column.table.name].update(tuple(row[: len(keys)]) for row in rows)
    return {name: frozenset(keys) for name, keys in found.items() if keys}


async def is_held(session: AsyncSession, person: Person, mentions: Iterable[Mention] = ()) -> bool:
    """Whether a legal hold keeps her household, a lead or dispute about it, or what else speaks of her."""
    hers = [(table, key) for table, keys in person.records.items() for key in keys]
    return await is_any_held(session, [*hers, *((one.table, one.key) for one in mentions if person.is_hers(one))])


async def erase_person(
    session: AsyncSession, person: Person, mentions: Iterable[Mention], *, pictures: bool, by: str, now: datetime
) -> Gone:
    """Erase her, and the words wherever `mentions` says; how many rows of which tables that was.

    Raises RefusedError(NOT_FOUND) when she is gone already, HeldError.
    """
    await one_at_a_time(session)
    mentions = list(mentions)
    if await is_held(session, person, mentions):
        raise HeldError
    household = await session.get_one(Household, person.household_id, with_for_update=True)
    hers = await session.get(Resident, person.resident_id)
    if hers is None:
        raise RefusedError(Reason.NOT_FOUND)
    async with open_door(session, ErasureKind.PERSON, rule=None, by=by, now=now) as gone:
        await _as_a_party(session, person, gone)
        resident = SQLModel.metadata.tables["resident"]
        await delete_whole(session, resident, [person.resident_id], gone)
        for table in PICTURES if pictures else ():
            keys = [key[0] for key in person.records.get(table, ())]
            if keys:
                await delete_whole(session, SQLModel.metadata.tables[table], keys, gone)
        await take_out_all(session, person, mentions, gone)
        await session.refresh(household)
        await renew_search_text(session, household)
        if household.people_count and hers.left_on is None:
            household.people_count -= 1
        household.rev += 1
        await session.flush()
    return gone


async def take_out_all(session: AsyncSession, person: Person, mentions: Iterable[Mention], gone: Gone) -> None:
    """Take her words out of the texts that speak of her."""
    for mention in mentions:
        if mention.table != "resident" and person.is_hers(mention) and await take_out(session, mention, person.forms):
            gone[mention.table] += 1


async def _as_a_party(session: AsyncSession, person: Person, gone: Gone) -> None:
    """A dispute goes on knowing that there was a party, and that she agreed or not."""
    hers = col(DisputeParty.resident_id) == person.resident_id
    values = {"name": IN_ITS_PLACE, "phone": None, "wishes": None}
    change = update(DisputeParty).where(hers).values(**values).execution_options(synchronize_session=False)
    count = (await session.execute(change)).rowcount  # type: ignore[attr-defined]
    if count:
        gone["dispute_party"] += count


def among_others(person: Person, mentions: Iterable[Mention]) -> Person:
    """The same, with how many others the register or the members know under one of her words."""
    others = sum(_is_somebody_else(person, one) for one in mentions)
    return replace(person, namesakes=person.namesakes + others)


def _is_somebody_else(person: Person, mention: Mention) -> bool:
    if mention.table == "household":
        return mention.key != (person.household_id,) and not _OF_A_HEAD.isdisjoint(mention.columns)
    return mention.table == "member" or (mention.table == "resident" and mention.key != (person.resident_id,))
