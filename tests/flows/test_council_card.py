"""A council as a whole: it begins with its chair, says how it stands, and votes by the rules she sets."""

import pytest
from sqlalchemy import select
from sqlmodel import col

from domain.access import Actor, Post, actors_by_telegram_id
from domain.refusals import Reason, RefusedError
from domain.usecases.councils import council_of_area
from handlers.menu import menu_keyboard
from models.area import Area
from models.council import Council
from models.member import Appointment, Member, Role
from models.session import Database
from tests.support.councils import CHAIR, FIRST, GROUP_TITLE, SECOND, THIRD, add_council, add_council_rows
from tests.support.county import ADMIN, HEAD, POLICY, SATURDAY, STRANGER, WORKER
from tests.support.hands import Bench


async def test_a_council_begins_when_its_chair_opens_it_and_not_before(bench: Bench) -> None:
    number = await add_council(bench, bound=False)
    async with bench.database.transaction() as session:
        await session.delete(await session.get_one(Council, number))
    member, chair = bench.person(FIRST), bench.person(CHAIR)
    assert "请召集人先打开一次 /council" in (await member.say("/council")).text
    card = (await chair.say("妇女议事会")).text
    assert card.startswith(GROUP_TITLE)
    assert "召集人 黄慧" in card
    assert "至少 5 人" in card
    assert "还没有绑定" in card
    assert "本月还没有议事" in card
    seen = await member.say("/council")
    assert "您在这里：成员" in seen.text
    assert not any("表决规则" in word for word in seen.labels)
    assert "You are here: member" in (await bench.person(THIRD).say("/council")).text
    head = await bench.person(HEAD).say("/council")
    assert "您在这里：指导" in head.text
    assert "可以提给当地的议事会" in (await bench.person(WORKER).say("/council")).text
    assert "不能做这件事" in (await bench.person(ADMIN).say("/council")).text


async def test_the_chair_sets_the_rules_from_their_summary_and_a_member_cannot(bench: Bench) -> None:
    number = await add_council(bench, quorum_num=3, quorum_den=5)
    chair = bench.person(CHAIR)
    await chair.say("/council")
    asked = await chair.press("表决规则")  # 3/5 is none of the shares on offer: it is asked, not taken for another
    assert "多少人参加" in asked.text
    summary = await chair.press("四分之三")
    assert "过半数" in summary.text
    assert "联盟：没有" in summary.text
    await chair.press("修改")
    await chair.press("联盟")
    assert "联盟：青梭镇议事会联盟" in (await chair.say(" 青梭镇议事会联盟 ")).text
    await chair.press("修改")
    await chair.press("平时怎样表决")
    assert "平时：无记名表决" in (await chair.press("无记名")).text
    assert "从下一次表决起" in (await chair.press("保存")).text
    card = await chair.press("打开议事会")
    assert "3/4 参加才有效（现在 7 人，至少 6 人）" in card.text
    assert "青梭镇议事会联盟" in card.text
    async with bench.database.transaction() as session:
        council = await session.get_one(Council, number)
        assert (council.quorum_num, council.quorum_den, council.secret, council.rev) == (3, 4, True, 1)
    member = bench.person(FIRST)
    mine = await member.say("/council")
    await member.press_data(mine.message_id, f"co:settings:{number}")
    assert "由召集人来做" in member.toast()


async def test_of_two_who_change_the_rules_at_once_the_slower_one_compares_again(bench: Bench) -> None:
    number = await add_council(bench)
    async with bench.database.transaction() as session:
        second = select(Appointment).join(Member, col(Member.id) == col(Appointment.member_id))
        post = (await session.execute(second.where(col(Member.telegram_id) == SECOND))).scalar_one()
        post.role = Role.COUNCIL_CHAIR
    one, other = bench.person(CHAIR), bench.person(SECOND)
    for chair in (one, other):
        await chair.say("/council")
        await chair.press("表决规则")
    await one.press("修改")
    await one.press("语言")
    await one.press("English")
    await one.press("保存")
    again = await other.press("保存")
    assert "English" in again.text or "有人" in again.text
    await other.press("保存")
    async with bench.database.transaction() as session:
        council = await session.get_one(Council, number)
        assert council.rev == 2


async def test_only_the_chair_of_the_place_founds_its_council_and_only_once(database: Database) -> None:
    async with database.transaction() as session:
        council = await add_council_rows(session, now=SATURDAY, policy=POLICY)
        area, number = council.area_id, council.id
        people = await actors_by_telegram_id(session, [CHAIR, FIRST, WORKER], POLICY.today(SATURDAY))
        other = (await session.execute(select(Area).where(col(Area.code) == "T-A-01"))).scalar_one()
        for actor, place in ((people[FIRST], area), (people[WORKER], area), (people[CHAIR], other.id)):
            with pytest.raises(RefusedError) as refused:
                await council_of_area(session, actor=actor, area_id=place, name="x", now=SATURDAY)
            assert refused.value.reason is Reason.CHAIR_ONLY
        again = await council_of_area(session, actor=people[CHAIR], area_id=area, name="x", now=SATURDAY)
        assert (again.id, again.name) == (number, GROUP_TITLE)


def actor_with(*roles: Role) -> Actor:
    return Actor(1, 1, "x", "zh", tuple(Post(role, 1, "/1/", "x") for role in roles))


def test_the_menu_has_what_her_posts_give_her_to_do_and_nothing_else() -> None:
    def words(*roles: Role) -> list[str]:
        return [word for row in menu_keyboard(actor_with(*roles)) for word in row]

    assert words(Role.COUNCIL_MEMBER)[0] == "妇女议事会"
    assert "今日走访" not in words(Role.COUNCIL_CHAIR)
    assert "上报线索" not in words(Role.COUNCIL_GUEST)
    assert "妇女议事会" not in words(Role.COUNCIL_GUEST)
    both = words(Role.GRID_WORKER, Role.COUNCIL_MEMBER)
    assert {"今日走访", "妇女议事会"} <= set(both)
    for works in (Role.GRID_WORKER, Role.INSTRUCTOR, Role.EXECUTIVE, Role.MEDIATOR):
        assert "妇女议事会" in words(works)  # to propose, and to find her proposals and projects
        assert "等我表决" not in words(works)
    assert "妇女议事会" in words(Role.FEDERATION_OFFICER)
    assert words(Role.PARTNER_UNIT) == ["我的委托", "草稿", "我的", "帮助"]
    assert words(Role.AUDITOR) == ["查阅记录", "我的", "帮助"]
    assert "今日走访" not in words(Role.ADMINISTRATOR)


async def test_a_stranger_learns_nothing_of_councils(bench: Bench) -> None:
    number = await add_council(bench)
    stranger = bench.person(STRANGER)
    said = await stranger.say("/council")
    assert GROUP_TITLE not in said.text
    (refused,) = await stranger.press_data(said.message_id, f"co:show:{number}")
    assert GROUP_TITLE not in refused.text
