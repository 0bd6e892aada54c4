"""Forgetting by the rules of retention: in batches, whole or not at all, through the one door (docs/adr/0012)."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Column, Table, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col

from domain.rules.policy import Policy
from domain.rules.retention import Entity, RetentionRule
from domain.usecases.council_now import DEALT_WITH
from domain.usecases.expired import expired
from domain.usecases.former_members import FormerName, rename_members
from domain.usecases.holds import one_at_a_time
from domain.usecases.mentions import IN_ITS_PLACE
from domain.usecases.record_facts import RecordFacts, RecordItem, RecordOpinion, from_json, to_json
from models.agenda import AgendaItem, CouncilFile, ItemEntry, ItemGuest
from models.ballot import Ballot, BallotBox, BallotEntry, BallotWords, Elector, Vote
from models.erasing import Erasure, ErasureKind
from models.meeting import Attendance, Minutes, MinutesCorrection, MinutesVersion, SignedBy
from models.project import CouncilProject, ProjectEntry, ProjectState, ProjectStep, RatingAsked
from models.visit import Visit

# Records in one transaction: some have megabytes, or hundreds of rows that are a part of them.
_HEAVY = frozenset(
    {
        *(Entity.LEAD, Entity.LEAD_FILE, Entity.DISPUTE, Entity.DISPUTE_FILE),
        *(Entity.MINUTES_NAMES, Entity.PROJECT, Entity.AGENDA_ITEM),
    }
)
_FEW, _MANY = 20, 500
NOWHERE = -1  # where an open door leads
# What points to another record without being a part of it: the pointer goes, the record stays.
LINKS = frozenset({"lead.linked_to_id", "dispute.linked_to_id", "dispute_party.resident_id"})
Gone = Counter[str]  # rows by table
Row = TypeVar("Row", bound=SQLModel)


async def count_expired(session: AsyncSession, rule: RetentionRule, *, now: datetime, policy: Policy) -> int:
    """How many records the rule forgets now; what hangs on them is not counted."""
    found = expired(rule, now=now, policy=policy).subquery()
    return int((await session.execute(select(func.count()).select_from(found))).scalar_one())


async def forget_batch(
    session: AsyncSession,
    rule: RetentionRule,
    *,
    now: datetime,
    policy: Policy,
    former: FormerName,
    limit: int | None = None,
    after: Any = None,
    by: str | None = None,
) -> list[Any]:
    """Forget a batch of records (at most `limit`) under the rule, and write down what went; the records' keys.
    `former` says what stands in the place of a member's name.

    They go by their keys: those up to `after` are passed over, so that a long backlog is not read again and again.
    """
    await one_at_a_time(session)
    limit = limit or (_FEW if rule.entity in _HEAVY else _MANY)
    query = expired(rule, now=now, policy=policy)
    (key,) = query.selected_columns
    if after is not None:
        query = query.where(key > after)
    query = query.order_by(key).limit(limit).with_for_update(skip_locked=True)
    keys = list((await session.execute(query)).scalars())
    if keys:
        async with open_door(session, ErasureKind.RULE, rule=rule.entity.value, by=by, now=now) as gone:
            if rule.entity in (Entity.GUEST, Entity.MEMBER):
                await rename_members(session, keys, gone, former)
            else:
                await _FORGET[rule.entity](session, keys, gone)
    return keys


@asynccontextmanager
async def open_door(
    session: AsyncSession, kind: ErasureKind, *, rule: str | None, by: str | None, now: datetime
) -> AsyncIterator[Gone]:
    """Let final entries go for the length of a block; what it counts is what stays on record.

    When the block raises, the door stays open, and the database refuses to store anything of the transaction.
    """
    record = Erasure(kind=kind, rule=rule, ordered_by=by, at=now, door=NOWHERE)
    session.add(record)
    await session.flush()
    gone: Gone = Counter()
    yield gone
    record.counts, record.door = dict(sorted(gone.items())), None
    await session.flush()


async def delete_whole(session: AsyncSession, table: Table, keys: Sequence[Any], gone: Gone) -> None:
    """Delete records by their keys, and first whatever is a part of them, however deep."""
    (own,) = table.primary_key.columns
    for column in pointing_at(table):
        condition = column.in_(keys)
        if f"{column.table.name}.{column.name}" in LINKS:
            await session.execute(update(column.table).where(condition).values({column.name: None}))
        elif not pointing_at(column.table):
            await _delete(session, column.table, condition, gone)
        else:
            (part_key,) = column.table.primary_key.columns
            parts = list((await session.execute(select(part_key).where(condition))).scalars())
            if parts:
                await delete_whole(session, column.table, parts, gone)
    await _delete(session, table, own.in_(keys), gone)


def pointing_at(table: Table) -> list[Column[Any]]:
    """The columns of other tables, and the links of the same, that point to a record of this one."""
    found = [
        key.parent
        for other in SQLModel.metadata.sorted_tables
        for key in sorted(other.foreign_keys, key=lambda one: one.parent.name)
        if key.column.table is table and key.column.primary_key and len(table.primary_key.columns) == 1
    ]
    # An entry that corrects another one goes with it, in one statement.
    return [one for one in found if one.table is not table or f"{one.table.name}.{one.name}" in LINKS]


async def _delete(session: AsyncSession, table: Table, condition: Any, gone: Gone) -> None:
    done = await session.execute(delete(table).where(condition).execution_options(synchronize_session=False))
    if done.rowcount:  # type: ignore[attr-defined]
        gone[table.name] += done.rowcount  # type: ignore[attr-defined]


def _whole(entity: Entity) -> Callable[[AsyncSession, Sequence[Any], Gone], Awaitable[None]]:
    async def forget(session: AsyncSession, keys: Sequence[Any], gone: Gone) -> None:
        await delete_whole(session, SQLModel.metadata.tables[entity.value], keys, gone)

    return forget


async def _visit_places(session: AsyncSession, keys: Sequence[Any], gone: Gone) -> None:
    change = update(Visit).where(col(Visit.id).in_(keys)).values(latitude=None, longitude=None)
    await session.execute(change.execution_options(synchronize_session=False))
    gone["visit.latitude"] += len(keys)


async def _ballot_names(session: AsyncSession, keys: Sequence[Any], gone: Gone) -> None:
    """Count, result and seal stay; list, log, votes and box go, and who came to a ballot's own meeting by voting."""
    for table in (Vote, BallotEntry, BallotBox, Elector):
        await _delete(session, table.__table__, col(table.ballot_id).in_(keys), gone)  # type: ignore[union-attr]
    meetings = select(col(Ballot.meeting_id)).where(col(Ballot.id).in_(keys))
    voted = col(Attendance.meeting_id).in_(meetings) & (col(Attendance.how) == SignedBy.VOTE)
    await _delete(session, Attendance.__table__, voted, gone)  # type: ignore[attr-defined]


async def _minutes_names(session: AsyncSession, keys: Sequence[Any], gone: Gone) -> None:
    """The last version stays, with its numbers, items and decisions; who was there, who said what and pictures go."""
    for number in keys:
        minutes = await session.get_one(Minutes, number)
        versions = select(MinutesVersion).where(col(MinutesVersion.meeting_id) == number)
        kept = (await session.execute(versions.order_by(col(MinutesVersion.version).desc()))).scalars().first()
        older = col(MinutesVersion.meeting_id) == number
        if kept is not None:
            kept.facts = to_json(without_names(from_json(kept.facts)))
            older &= col(MinutesVersion.id) != kept.id
        await _delete(session, MinutesVersion.__table__, older, gone)  # type: ignore[attr-defined]
        for table in (MinutesCorrection, Attendance, CouncilFile):
            await _delete(session, table.__table__, col(table.meeting_id) == number, gone)  # type: ignore[union-attr]
        minutes.opinions, minutes.nameless = None, True
        gone["minutes.opinions"] += 1
        await session.flush()


async def _projects(session: AsyncSession, keys: Sequence[Any], gone: Gone) -> None:
    """Owner, days and state stay, and the box of marks, which nobody can be found in without the list."""
    for table in (ProjectStep, ProjectEntry, RatingAsked, CouncilFile):
        await _delete(session, table.__table__, col(table.project_id).in_(keys), gone)  # type: ignore[union-attr]
    for project in await _rows(session, CouncilProject, col(CouncilProject.id).in_(keys)):
        project.what, project.result = IN_ITS_PLACE, IN_ITS_PLACE if project.state is ProjectState.DONE else None
        gone["council_project.what"] += 1


async def _agenda_items(session: AsyncSession, keys: Sequence[Any], gone: Gone) -> None:
    """What is counted stays: code, state, days, ballots, and when the council dealt with it; none of the words."""
    of_them = col(ItemEntry.item_id).in_(keys)
    await _delete(session, ItemEntry.__table__, of_them & col(ItemEntry.kind).not_in(DEALT_WITH), gone)  # type: ignore[attr-defined]
    await session.execute(update(ItemEntry).where(of_them).values(body=None))
    for table in (ItemGuest, CouncilFile):
        await _delete(session, table.__table__, col(table.item_id).in_(keys), gone)  # type: ignore[union-attr]
    for item in await _rows(session, AgendaItem, col(AgendaItem.id).in_(keys)):
        item.title = item.body = IN_ITS_PLACE
        gone["agenda_item.title"] += 1
    ballots = select(col(Ballot.id)).where(col(Ballot.item_id).in_(keys))
    for words in await _rows(session, BallotWords, col(BallotWords.ballot_id).in_(ballots)):
        words.title = words.body = words.salt = IN_ITS_PLACE
        gone["ballot_words.title"] += 1
    await session.flush()


async def _rows(session: AsyncSession, table: type[Row], condition: Any) -> Sequence[Row]:
    return (await session.execute(select(table).where(condition))).scalars().all()


def without_names(facts: RecordFacts) -> RecordFacts:
    """A record of which the numbers, the items and the decisions are left."""
    people = replace(facts.people, there=(), invited=(), absent=(), named=False)
    items = tuple(_nameless(item) for item in facts.items)
    return replace(facts, chair="", recorder="", notes="", pictures=(), people=people, items=items)


def _nameless(item: RecordItem) -> RecordItem:
    project = replace(item.project, owner="") if item.project else None
    opinions = tuple(RecordOpinion("", opinion.words) for opinion in item.opinions)
    return replace(item, proposer="", opinions=opinions, project=project)


_FORGET: dict[Entity, Callable[[AsyncSession, Sequence[Any], Gone], Awaitable[None]]] = {
    **{entity: _whole(entity) for entity in Entity},
    Entity.VISIT_PLACE: _visit_places,
    Entity.BALLOT_NAMES: _ballot_names,
    Entity.MINUTES_NAMES: _minutes_names,
    Entity.PROJECT: _projects,
    Entity.AGENDA_ITEM: _agenda_items,
}
