"""The made-up county: filling an empty database with it, and the sandbox with its people."""

import random
from datetime import date, datetime
from itertools import chain

from sqlalchemy import func, select
from sqlmodel import col
from tqdm import tqdm

from domain.rules.policy import Policy
from domain.usecases.loading import CountyLoader, load_rows
from messages.render import label
from models.area import Area
from models.household import Household
from models.member import Appointment, Member, in_force
from models.session import Database
from sandbox.county import AreaRow, HouseholdRow, StaffRow, small_county, stream_county
from sandbox.server import Sandbox

SEED = 20_776  # the same county every time: screenshots and tests can name its people
KINDS: dict[type, str] = {AreaRow: "area", StaffRow: "member", HouseholdRow: "household"}
STRANGER = (7999, "陌生人")


async def ensure_county(database: Database, *, now: datetime, policy: Policy) -> str:
    """Fill an empty database with the small county; a line that says what there is."""
    async with database.transaction() as session:
        if (await session.execute(select(func.count(col(Area.id))))).scalar_one() == 0:
            county = small_county(random.Random(SEED), policy.today(now))  # noqa: S311
            loader = CountyLoader(session, now=now, policy=policy)
            await loader.start()
            rows = chain(county.areas, county.staff, county.households)
            await load_rows(loader, rows, KINDS, lambda _count: None)
            await loader.finish()
        households = (await session.execute(select(func.count(col(Household.id))))).scalar_one()
        members = (await session.execute(select(func.count(col(Member.id))))).scalar_one()
    return f"{households} 户 households · {members} 位工作人员 workers"


async def people_the_sandbox(database: Database, box: Sandbox, *, today: date) -> None:
    """Everybody of the county, and one stranger, as people of the sandbox; those already there stay."""
    async with database.transaction() as session:
        query = (
            select(Member, col(Appointment.role), col(Area.name))
            .outerjoin(Appointment, (col(Appointment.member_id) == col(Member.id)) & in_force(today))
            .outerjoin(Area, col(Area.id) == col(Appointment.area_id))
            .order_by(col(Member.id), col(Appointment.id))
        )
        rows = (await session.execute(query)).all()
    notes: dict[int, tuple[Member, list[str]]] = {}
    for member, role, area in rows:
        words = notes.setdefault(member.telegram_id, (member, []))[1]
        if role is not None:
            words.append(f"{label(role, member.locale)} · {area}")
    for telegram_id, (member, words) in notes.items():
        if telegram_id not in box.world.people:
            language = "zh-hans" if member.locale == "zh" else "en"
            box.add_person(telegram_id, member.name, language_code=language, note="，".join(words))
            box.act(telegram_id, telegram_id, "text", text="/start")  # as on Telegram: this brings her menu
    if STRANGER[0] not in box.world.people:
        box.add_person(*STRANGER, note="还没有加入 / has not joined")


async def load_demo(database: Database, *, households: int, workers: int, now: datetime, policy: Policy) -> None:
    """Stream a made-up region of any size into an empty database, with a progress bar.

    Raises ValueError when the database holds areas already.
    """
    async with database.transaction() as session:
        if (await session.execute(select(func.count(col(Area.id))))).scalar_one():
            raise ValueError("the database is not empty; demo-data fills a new one")
    rows = stream_county(random.Random(SEED), policy.today(now), households=households, workers=workers)  # noqa: S311
    with tqdm(total=households, unit=" households", smoothing=0.05) as bar:
        # One transaction, so that a stop in the middle leaves nothing half-filled.
        async with database.transaction() as session:
            loader = CountyLoader(session, now=now, policy=policy)
            await loader.start()
            await load_rows(loader, rows, KINDS, bar.update)
            await loader.finish()
