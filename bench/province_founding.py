"""A made-up province as it stands on a Tuesday evening, for `bench/province.py`: register, posts, and what lies about.

Loaded in bulk (insert many, the encrypted columns really encrypted), then kept as a template database of PostgreSQL, of
which every day to be measured is a copy.
"""

import asyncio
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlmodel import col

from domain.access import actors_by_telegram_id
from domain.rules.policy import Policy
from domain.usecases.disputes import DisputeFacts, PartyFacts, mediable_matter, register_dispute
from domain.usecases.loading import CountyLoader, load_rows
from domain.usecases.reminders import plan_morning
from models import keyring
from models.dispute import DisputeSource
from models.household import Household, Resident
from models.lead import Colour
from models.member import Appointment, Member, Role
from models.schema import migrate
from models.session import Database, async_url
from sandbox.county import KINDS, stream_county

DAY = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)  # Wednesday, midnight in Shanghai
EVENING = DAY - timedelta(hours=2)
YESTERDAY = DAY - timedelta(hours=16)
WORDS = "两家为一件小事争执，来回说了好几次，都觉得自己有理。"
TEMPLATE, TODAY = "suozi_founded", "suozi_day"

# G: so many workers and households; 2.2 million persons come of the families' sizes.
WORKERS, HOUSEHOLDS = 20_776, 1_000_000
# Open ones, of ten days: 273 come in a day (D: 99,500 in a year).
OPEN_DISPUTES = 2_700
# What lies about: 30 days of visits, updates that are kept for three days, sent messages for two.
VISIT_DAYS, UPDATE_DAYS, MESSAGE_DAYS = 30, 3, 2
UPDATES_A_VISIT, MESSAGES_A_VISIT = 16, 17


@dataclass(frozen=True, slots=True)
class Province:
    """How much of it there is: 1.0 is the whole."""

    part: float

    def of(self, whole: int) -> int:
        """The part of a figure of the whole province; never nothing."""
        return max(1, round(whole * self.part))


def visits_a_day(tiers: dict[str, int], policy: Policy) -> float:
    """How many visits a day the cycles come to, for so many households of each tier."""
    months = {"watch": 1, "ordinary": policy.ordinary_months}
    year = sum(count * 12 / months[tier] for tier, count in tiers.items() if tier in months)
    return tiers.get("key", 0) / 7 + year / 365.25


async def found(url: str, province: Province, tell: Callable[[str], None]) -> None:
    """Fill the new database at `url`."""
    database, policy = Database(url), Policy()
    try:
        await migrate(database)
        await _load(database, province, policy)
        tell("register and posts are loaded")
        async with database.transaction() as session:
            await session.execute(text("ANALYZE"))
        await _yesterday(database, policy)
        await _left_behind(database, province)
        tell("yesterday's morning, visits and messages are there")
        await _disputes(database, province.of(OPEN_DISPUTES), policy)
        async with database.transaction() as session:
            await session.execute(text("ANALYZE"))
    finally:
        await database.close()


async def _load(database: Database, province: Province, policy: Policy) -> None:
    rows = stream_county(
        random.Random(1),
        policy.today(YESTERDAY),
        households=province.of(HOUSEHOLDS),
        workers=province.of(WORKERS),
    )
    async with database.transaction() as session:
        since = policy.today(YESTERDAY) - timedelta(days=365)
        loader = CountyLoader(session, now=YESTERDAY, policy=policy, posts_since=since)
        await loader.start()
        await load_rows(loader, rows, KINDS)
        await loader.finish()


async def _yesterday(database: Database, policy: Policy) -> None:
    """Yesterday's morning was planned and sent: today's is one like any other."""
    async with database.transaction() as session:
        await plan_morning(session, day=policy.today(YESTERDAY), now=YESTERDAY, policy=policy)
        await session.execute(
            text("UPDATE outbox SET state = 'sent', attempts = 1, settled_at = :at"), {"at": YESTERDAY}
        )


async def _left_behind(database: Database, province: Province) -> None:
    """What earlier days have left: visits, handled updates, numbers of messages."""
    ring = keyring.keyring()
    async with database.transaction() as session:
        visits = await session.execute(
            text(
                "INSERT INTO visit (household_id, member_id, visited_on, recorded_at, backdated, mode, outcome, counts,"
                "  five_ones, seen, note, trouble, conversation_id)"
                " SELECT h.id, a.member_id, h.last_visit_on, h.last_visit_on + time '12:00' AT TIME ZONE 'UTC', false,"
                "  'door', 'met', true, '[\"walk\", \"meet\"]', '[]', CAST(:note AS bytea), false,"
                "  gen_random_uuid()::text"
                " FROM household h JOIN appointment a ON a.area_id = h.grid_id AND a.role = 'grid_worker'"
                " WHERE h.last_visit_on >= :since"
            ),
            {"note": ring.encrypt(WORDS, "visit.note"), "since": (DAY - timedelta(days=VISIT_DAYS)).date()},
        )
        a_day = visits.rowcount // VISIT_DAYS  # type: ignore[attr-defined]
        for days, statement in (
            (
                UPDATE_DAYS * UPDATES_A_VISIT,
                "INSERT INTO inbox (update_id, chat_id, received_at, attempts, done_at, set_aside)"
                " SELECT n, 60000 + n % :people, CAST(:now AS timestamptz) - interval '3 days' * n / :count, 0,"
                "  CAST(:now AS timestamptz) - interval '3 days' * n / :count, false FROM generate_series(1, :count) n",
            ),
            (
                MESSAGE_DAYS * MESSAGES_A_VISIT,
                "INSERT INTO chat_message (chat_id, message_id, sent_at, attempts)"
                " SELECT 60000 + n % :people, n, CAST(:now AS timestamptz) - interval '2 days' * n / :count, 0"
                " FROM generate_series(1, :count) n",
            ),
        ):
            values: dict[str, Any] = {"people": province.of(WORKERS), "now": EVENING, "count": days * a_day}
            await session.execute(text(statement), values)


async def _disputes(database: Database, count: int, policy: Policy) -> None:
    """Disputes that are open, registered as anybody does."""
    rng, left = random.Random(2), count
    while left > 0:
        async with database.transaction() as session:
            for _ in range(min(left, 100)):
                await somebody_registers(session, rng, EVENING, policy)
        left -= 100


async def somebody_registers(session: AsyncSession, rng: random.Random, now: datetime, policy: Policy) -> int:
    """A worker registers a dispute between a household of hers and somebody else; its number."""
    household, telegram_id = await somewhere(session, rng)
    head = select(Resident).where(col(Resident.household_id) == household, col(Resident.relation) == "head")
    person = (await session.execute(head)).scalar_one()
    items = [k for k, i in policy.catalogue.items.items() if not i.key_matter and i.colour is not Colour.RED]
    facts = DisputeFacts(
        matter=mediable_matter(rng.choice(items), None, policy),
        source=DisputeSource.VISIT,
        facts=WORDS,
        parties=[PartyFacts(person.name, consent=True, resident_id=person.id), PartyFacts("外来人", consent=True)],
        household_id=household,
    )
    actors = await actors_by_telegram_id(session, [telegram_id], policy.today(now))
    dispute = await register_dispute(
        session,
        actor=actors[telegram_id],
        facts=facts,
        conversation_id=str(uuid.UUID(int=rng.getrandbits(128))),
        now=now,
        policy=policy,
    )
    return dispute.id


async def somewhere(session: AsyncSession, rng: random.Random) -> tuple[int, int]:
    """A household by chance, and the number on Telegram of its grid's worker."""
    most = (await session.execute(select(func.max(col(Household.id))))).scalar_one()
    query = (
        select(col(Household.id), col(Member.telegram_id))
        .join(Appointment, col(Appointment.area_id) == col(Household.grid_id))
        .join(Member, col(Member.id) == col(Appointment.member_id))
        .where(col(Appointment.role) == Role.GRID_WORKER, col(Household.id) >= rng.randint(1, most))
        .order_by(col(Household.id))
    )
    row = (await session.execute(query.limit(1))).one()
    return row[0], row[1]


async def copy_of_template(server: Any, province: Province, tell: Callable[[str], None]) -> str:
    """The address of a fresh copy of the founded province; it is founded if the server has none of this size."""
    name = f"{TEMPLATE}_{round(10_000 * province.part)}"
    admin = create_async_engine(async_url(server.get_uri()), isolation_level="AUTOCOMMIT")
    try:
        async with admin.connect() as connection:
            known = (await connection.execute(text("SELECT datname FROM pg_database"))).scalars().all()
            if name not in known:
                await connection.execute(text(f"DROP DATABASE IF EXISTS {name}_half"))
                await connection.execute(text(f"CREATE DATABASE {name}_half"))
                await found(server.get_uri(database=f"{name}_half"), province, tell)
                await connection.execute(text(f"ALTER DATABASE {name}_half RENAME TO {name}"))
            await connection.execute(text(f"DROP DATABASE IF EXISTS {TODAY}"))
            await connection.execute(text(f"CREATE DATABASE {TODAY} TEMPLATE {name} STRATEGY FILE_COPY"))
    finally:
        await admin.dispose()
    return str(server.get_uri(database=TODAY))


def prepared(server: Any, province: Province, key: str) -> str:
    """As `copy_of_template`, for a process of its own: what founding needs of memory is not the program's."""
    keyring.install(keyring.Keyring([key]))
    return asyncio.run(copy_of_template(server, province, lambda line: print(line, flush=True)))
