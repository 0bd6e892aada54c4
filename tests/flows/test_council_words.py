"""A title that was typed with the command, and the commands that the help names to whom (spec 5)."""

from sqlalchemy import select
from sqlmodel import col

from models.area import Area
from models.council import Council
from models.member import Appointment, Role
from tests.support.ballots import member_id
from tests.support.councils import CHAIR, FIRST, GROUP_TITLE, add_council
from tests.support.county import EXPERT, WORKER
from tests.support.hands import Bench


async def test_a_title_typed_in_private_is_kept_while_she_says_which_council_it_is_for(bench: Bench) -> None:
    await add_council(bench)
    async with bench.database.transaction() as session:
        other = (await session.execute(select(Area).where(col(Area.code) == "T-B"))).scalar_one()
        session.add(Council(area_id=other.id, name="另一个议事会", founded_at=bench.clock.now))
        post = Appointment(member_id=await member_id(session, FIRST), area_id=other.id, role=Role.COUNCIL_MEMBER,
                           starts_on=bench.policy.today(bench.clock.now))  # fmt: skip
        session.add(post)
    first = bench.person(FIRST)
    await first.say("/propose 要一条长椅")
    body = await first.press(GROUP_TITLE)
    assert "要一条长椅" in body.text
    await first.press("取消")
    bench.all_unread()
    await first.say("/propose 给王秀英修灯")  # one of them has something against it: then it is asked for
    title = await first.press(GROUP_TITLE)
    assert "王秀英" not in title.text


async def test_the_help_names_the_councils_commands_to_those_who_have_them(bench: Bench) -> None:
    await add_council(bench)
    texts = {who: (await bench.person(who).say("/help")).text for who in (CHAIR, WORKER, EXPERT)}
    assert [("/council" in texts[who], "/votes" in texts[who]) for who in texts] == [
        (True, True), (True, False), (False, False),
    ]  # fmt: skip
    assert ["/propose" in text for text in texts.values()] == [True, True, False]
    assert ["/bind" in text for text in texts.values()] == [True, False, False]
