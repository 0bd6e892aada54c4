"""An empty database of each kind, and one with a lead and everything that hangs on it."""

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.alert import Alert, AlertBell, AlertRung, NextStep
from models.area import Area
from models.confidential import BreakGlass, Ground, LeadHousehold, LeadKeptAway, LeadRead, Tie, TieKind
from models.freeze import AccountFreeze, FreezeReason
from models.household import Household
from models.lead import Colour, EntryKind, FileKind, Lead, LeadEntry, LeadFile, LeadSource, Where
from models.mediation import MediationRequest
from models.member import Leave, Member
from models.referral import Referral, ReferralGround, ReferralKind
from models.session import Database
from tests.storage.dispute_rows import hang_on
from tests.support.county import HEAD, POLICY, SATURDAY, WORKER

# Of the three leads the first has nothing, the second waits for mediation, the third is red.
PLAIN, MEDIATED, RED = 1, 2, 3


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A database without a single table."""
    if request.param == "sqlite":
        made = Database(f"sqlite:///{tmp_path / 'empty.db'}")
        yield made
        await made.close()
        return
    uri = request.getfixturevalue("postgres_uri")
    name = f"empty_{uuid.uuid4().hex}"
    server = await asyncpg.connect(uri)
    await server.execute(f"CREATE DATABASE {name}")
    made = Database(uri.replace("/postgres?", f"/{name}?"))
    yield made
    await made.close()
    await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await server.close()


@pytest.fixture
async def records(database: Database) -> Database:
    """The county's database with three leads, and a row of every table that hangs on a lead."""
    async with database.transaction() as session:
        people = {who: await _member(session, who) for who in (WORKER, HEAD)}
        area = (await session.execute(select(col(Area.id)).where(col(Area.code) == "T-A-01"))).scalar_one()
        for colour in (Colour.YELLOW, Colour.BLUE, Colour.RED):
            session.add(_lead(colour, area, people[WORKER]))
            await session.flush()
        await _hang_on(session, people[WORKER], people[HEAD])
    return database


@pytest.fixture
async def cases(records: Database) -> Database:
    """The same with three disputes besides, and a row of every table that hangs on one."""
    async with records.transaction() as session:
        people = {who: await _member(session, who) for who in (WORKER, HEAD)}
        area = (await session.execute(select(col(Area.id)).where(col(Area.code) == "T-A-01"))).scalar_one()
        await hang_on(
            session, area_id=area, worker=people[WORKER], head=people[HEAD], lead_id=MEDIATED, red_lead_id=RED
        )
    return records


async def refusal(database: Database, *statements: str) -> str:
    """What the database says against the statements, in a transaction that is undone; nothing: it takes them."""
    try:
        async with database.transaction() as session:
            for statement in statements:
                await session.execute(text(statement))
            raise _UndoneError
    except DBAPIError as error:
        return str(error.orig)
    except _UndoneError:
        return ""


class _UndoneError(Exception):
    """Ends a transaction that is only tried."""


async def _member(session: AsyncSession, telegram_id: int) -> int:
    found = await session.execute(select(col(Member.id)).where(col(Member.telegram_id) == telegram_id))
    return int(found.scalar_one())


def _lead(colour: Colour, area_id: int, reporter_id: int) -> Lead:
    red = colour is Colour.RED
    return Lead(
        code=f"L261121-{colour.value[:4]}",
        conversation_id=colour.value,
        item="debt",
        colour=colour,
        key_matter=red,
        mediable=not red,
        area_id=area_id,
        whereabouts=Where.NO_HOUSEHOLD,
        source=LeadSource.SEEN,
        reporter_id=reporter_id,
        reported_at=SATURDAY,
        narrative="她说昨晚又吵了",
    )


async def _hang_on(session: AsyncSession, worker: int, head: int) -> None:
    today = POLICY.today(SATURDAY)
    home = (await session.execute(select(col(Household.id)).order_by(col(Household.id)).limit(1))).scalar_one()
    session.add_all(
        [
            LeadEntry(lead_id=PLAIN, kind=EntryKind.REPORTED, at=SATURDAY, by_id=worker, body="她说昨晚又吵了"),
            LeadFile(lead_id=PLAIN, kind=FileKind.PHOTO, file_id="x"),
            MediationRequest(lead_id=MEDIATED, asked_by_id=head, asked_at=SATURDAY),
            LeadRead(lead_id=PLAIN, member_id=head, at=SATURDAY, ground=Ground.RUNG),
            BreakGlass(
                lead_id=PLAIN, member_id=head, at=SATURDAY, until=POLICY.at(today, SATURDAY.max.time()), reason="急"
            ),
            LeadHousehold(lead_id=PLAIN, household_id=home),
            LeadKeptAway(lead_id=PLAIN, member_id=head),
            Tie(member_id=worker, household_id=home, kind=TieKind.KIN, declared_at=SATURDAY),
            AccountFreeze(
                member_id=worker, reason=FreezeReason.LOST, frozen_at=SATURDAY, frozen_by_id=head, conversation_id="x"
            ),
            Leave(member_id=worker, starts_on=today, ends_on=today, noted_at=SATURDAY),
            Alert(
                lead_id=PLAIN, colour=Colour.YELLOW, opened_at=SATURDAY, next_step=NextStep.CLIMB, next_step_at=SATURDAY
            ),
            Referral(
                lead_id=PLAIN,
                kind=ReferralKind.EXPERT,
                member_id=head,
                asked_by_id=worker,
                asked_at=SATURDAY,
                ground=ReferralGround.CONSENT,
                until=SATURDAY,
            ),
        ]
    )
    await session.flush()
    session.add_all(
        [
            AlertRung(alert_id=1, position=0, after_minutes=0),
            AlertBell(alert_id=1, member_id=head, position=0, first_at=SATURDAY, last_at=SATURDAY),
        ]
    )
