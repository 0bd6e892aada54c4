"""Whoever left long ago is a number in what she did, a stranger to the bot, and somebody new when she comes back."""

from datetime import timedelta

from sqlalchemy import func, select, update
from sqlmodel import col

from models.member import Appointment, Member, Role
from scheduler.sweep import Sweep
from tests.flows.test_joining import invite
from tests.support.councils import CHAIR, FIRST
from tests.support.hands import Bench
from tests.support.matters import forges, look_away
from tests.support.projects import a_project, done, opens


async def test_her_name_leaves_what_she_did_and_an_invitation_makes_her_somebody_new(bench: Bench) -> None:
    project = await a_project(bench)
    await done(bench, project)
    await look_away(bench)
    chair, she = bench.person(CHAIR), bench.person(FIRST)
    assert "周萍" in (await opens(chair, project)).text
    async with bench.database.transaction() as session:
        member = (await session.execute(select(Member).where(col(Member.telegram_id) == FIRST))).scalar_one()
        hers = update(Appointment).where(col(Appointment.member_id) == member.id)
        await session.execute(hers.values(ends_on=bench.policy.today(bench.clock.now)))
    bench.pass_time(days=15)
    await look_away(bench)
    night = Sweep(bench.database, clock=lambda: bench.clock.now + timedelta(days=3700), policy=bench.policy)
    await night.purge()
    await night.purge()  # the second night finds nothing more
    card = await opens(chair, project)
    assert f"已离任人员{member.id}" in card.text
    assert "周萍" not in card.text

    assert "12338" in (await she.say("/start")).text
    await she.say(f"/start {await invite(bench, Role.COUNCIL_MEMBER, 'T-A')}")
    await she.press("确认加入")
    assert not await forges(she, f"proj:progress:{project}")
    she.toast()
    await look_away(bench)
    async with bench.database.transaction() as session:
        again = (await session.execute(select(Member).where(col(Member.telegram_id) == FIRST))).scalar_one()
        rows = await session.execute(select(func.count()).select_from(Member).where(col(Member.telegram_id) < 0))
    assert again.id != member.id
    assert rows.scalar_one() == 1
