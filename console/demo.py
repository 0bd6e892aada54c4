"""The made-up county: filling an empty database with it, and the sandbox with its people."""

import argparse
import random
from collections.abc import Callable
from datetime import date, datetime
from itertools import chain

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col
from tqdm import tqdm

from console.demo_councils import deliberate
from console.demo_disputes import POSTS_SINCE, quarrel
from console.desk import Desk, prepare
from console.errors import CommandError
from domain.rules.policy import Policy
from domain.usecases.loading import CountyLoader, load_rows
from messages.render import label
from models.area import Area
from models.household import Household
from models.member import Appointment, Member, Role, in_force
from models.session import Database
from sandbox.county import KINDS, small_county, stream_county
from sandbox.county.matters import MATTERS
from sandbox.county.quarrels import QUARRELS
from sandbox.server import Sandbox

SEED = 20_776  # the same county every time: screenshots and tests can name its people
STRANGER = (7999, "陌生人")


async def ensure_county(database: Database, *, now: datetime, policy: Policy) -> str:
    """Fill an empty database with the small county; a line that says what there is."""
    async with database.transaction() as session:
        if (await session.execute(select(func.count(col(Area.id))))).scalar_one() == 0:
            county = small_county(random.Random(SEED), policy.today(now))  # noqa: S311
            loader = CountyLoader(session, now=now, policy=policy, posts_since=policy.today(now) - POSTS_SINCE)
            await loader.start()
            rows = chain(county.areas, county.staff, county.households)
            await load_rows(loader, rows, KINDS)
            await loader.finish()
            await quarrel(session, QUARRELS, county.staff, now=now, policy=policy)
            await deliberate(session, MATTERS, county.staff, now=now, policy=policy)
        return await _what_there_is(session)


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
    _found_council(box, [(member.telegram_id, role, area) for member, role, area in rows])
    if STRANGER[0] not in box.world.people:
        box.add_person(*STRANGER, note="还没有加入 / has not joined")


def declare_demo_data(parser: argparse.ArgumentParser) -> None:
    """The options of `demo-data`."""
    parser.add_argument("--households", type=_whole(0), default=10_000, metavar="N", help="default %(default)s")
    parser.add_argument("--workers", type=_whole(1), default=200, metavar="N", help="grid workers, default %(default)s")


async def demo_data(desk: Desk, args: argparse.Namespace) -> int:
    """Fill an empty database with a made-up region."""
    await prepare(desk.database)
    await load_demo(desk.database, households=args.households, workers=args.workers, now=desk.now, policy=desk.policy)
    async with desk.database.transaction() as session:
        print(await _what_there_is(session))
    return 0


def _found_council(box: Sandbox, posts: list[tuple[int, Role | None, str | None]]) -> None:
    """The group chat of each women's council, its chair as the administrator; the bot is not in it yet."""
    members: dict[str, list[int]] = {}
    chairs: dict[str, int] = {}
    for telegram_id, role, area in posts:
        if role in (Role.COUNCIL_CHAIR, Role.COUNCIL_MEMBER) and area is not None:
            members.setdefault(area, []).append(telegram_id)
        if role is Role.COUNCIL_CHAIR and area is not None:
            chairs[area] = telegram_id
    titles = {chat.face.get("title") for chat in box.world.chats.values()}
    for area, people in members.items():
        title = f"{area}妇女议事会"
        if title not in titles:
            box.add_group(title, people, admins=[chairs[area]] if area in chairs else [], bot=False)


async def load_demo(database: Database, *, households: int, workers: int, now: datetime, policy: Policy) -> None:
    """Stream a made-up region of any size into an empty database, with a progress bar.

    Raises CommandError when the database holds areas already.
    """
    rows = stream_county(random.Random(SEED), policy.today(now), households=households, workers=workers)  # noqa: S311
    with tqdm(total=households, unit=" households", smoothing=0.05, disable=None) as bar:
        # One transaction, so that a stop in the middle leaves nothing half-filled.
        async with database.transaction() as session:
            if (await session.execute(select(col(Area.id)).limit(1))).first() is not None:
                raise CommandError("the database is not empty; demo-data fills a new one only")
            loader = CountyLoader(session, now=now, policy=policy)
            await loader.start()
            await load_rows(loader, rows, KINDS, bar.update)
            await loader.finish()


async def _what_there_is(session: AsyncSession) -> str:
    households = (await session.execute(select(func.count(col(Household.id))))).scalar_one()
    members = (await session.execute(select(func.count(col(Member.id))))).scalar_one()
    return f"{households} 户 households · {members} 位工作人员 workers"


def _whole(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if int(text) < least:
            raise argparse.ArgumentTypeError(f"must be {least} or more")
        return int(text)

    return number
