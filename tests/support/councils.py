"""A women's council in 东关村: a chair, six members, and a group chat that the bot is not in yet."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.rules.policy import Policy
from models.area import Area
from models.council import Council, CouncilGroup
from models.member import Appointment, Member, Role
from tests.support.hands import Bench
from tests.support.ladder import past_the_morning

# The third member reads English; nobody of them holds another post.
CHAIR, FIRST, SECOND, THIRD, FOURTH, FIFTH, SIXTH = range(140, 147)
COUNCIL_NAMES = {
    CHAIR: "黄慧",
    FIRST: "周萍",
    SECOND: "徐莹",
    THIRD: "Zhu Shuying",
    FOURTH: "方晴",
    FIFTH: "上官雯",
    SIXTH: "韦莉",
}
VOTERS = tuple(COUNCIL_NAMES)
GROUP_CHAT = -1_000_000_000_140
GROUP_TITLE = "东关村妇女议事会"


async def add_council(bench: Bench, *, bound: bool = True, **settings: Any) -> int:
    """Found the council of 东关村 (quorum 2/3: five of seven) with `settings` of its own; its number.

    `bound`: its group is bound already, and the message about that is read.
    """
    async with bench.database.transaction() as session:
        council = await add_council_rows(session, now=bench.clock.now, policy=bench.policy, **settings)
        number = council.id
        chair = (await session.execute(select(col(Member.id)).where(col(Member.telegram_id) == CHAIR))).scalar_one()
        if bound:
            session.add(
                CouncilGroup(
                    council_id=number,
                    chat_id=GROUP_CHAT,
                    bound_by_id=chair,
                    bound_at=bench.clock.now,
                    free_at=bench.clock.now,
                )
            )
    for telegram_id, name in COUNCIL_NAMES.items():
        bench.box.add_person(telegram_id, name, started=True)
    bench.box.add_group(GROUP_TITLE, list(VOTERS), admins=[CHAIR], bot=bound, id=GROUP_CHAT)
    await bench.settle()
    await past_the_morning(bench)
    return number


async def add_council_rows(session: AsyncSession, *, now: datetime, policy: Policy, **settings: Any) -> Council:
    """The same in the database alone, without a group."""
    today = policy.today(now)
    village = (await session.execute(select(Area).where(col(Area.code) == "T-A"))).scalar_one()
    for telegram_id, name in COUNCIL_NAMES.items():
        member = Member(
            telegram_id=telegram_id, name=name, joined_at=now, locale="en" if telegram_id == THIRD else "zh"
        )
        session.add(member)
        await session.flush()
        role = Role.COUNCIL_CHAIR if telegram_id == CHAIR else Role.COUNCIL_MEMBER
        session.add(Appointment(member_id=member.id, area_id=village.id, role=role, starts_on=today))
    council = Council(area_id=village.id, name=GROUP_TITLE, founded_at=now, **settings)
    session.add(council)
    await session.flush()
    return council
