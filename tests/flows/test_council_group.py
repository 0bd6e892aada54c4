"""A council's group chat: bound by its chair, followed when Telegram moves it, missed when it is lost (spec 5)."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.usecases.group_posts import show_in_group
from models.agenda import AgendaItem
from models.area import Area
from models.council import Council, CouncilGroup, GroupCode, GroupPost, GroupState, PostKind
from models.inbox import InboxUpdate
from tests.support.ballots import ITEM_TITLE
from tests.support.councils import CHAIR, FIRST, GROUP_CHAT, GROUP_TITLE, SECOND, add_council
from tests.support.county import STRANGER, WORKER
from tests.support.groups import InGroup, group_messages, group_shows
from tests.support.hands import PNG, Bench
from tests.support.voting import a_council_with_an_item, opens

OTHER_CHAT = -1_000_000_000_777
SECRET_TALK = "昨天三楼吵得厉害，大家少说两句"


async def code_of(bench: Bench, council: int, who: int = CHAIR) -> str:
    """The code that the council's card gives its chair."""
    chair = bench.person(who)
    [said] = await chair.press_data(await _some_message(bench, who), f"co:bind:{council}")
    assert "startgroup=" in said.text
    return said.text.split("startgroup=")[1].split('"')[0].split("\n")[0].split("<")[0]


async def _some_message(bench: Bench, who: int) -> int:
    """A message of the bot in her private chat, to press a button under."""
    mine = [one for one in bench.box.messages(who) if one["from"]["is_bot"]]
    if not mine:
        await bench.person(who).say_all("/help")
        mine = [one for one in bench.box.messages(who) if one["from"]["is_bot"]]
    return int(mine[-1]["message_id"])


async def group_of(bench: Bench, council: int) -> CouncilGroup | None:
    async with bench.database.transaction() as session:
        return await session.get(CouncilGroup, council)


async def test_the_chair_binds_the_group_by_a_link_and_one_message_says_so(bench: Bench) -> None:
    council = await add_council(bench, bound=False)
    code = await code_of(bench, council)
    # Following the link lets the bot in and sends the code; nothing is said at once, and one message in the end.
    await InGroup(bench, CHAIR).does("start_group", text=f"/start@suozi_bot {code}")
    [said] = await group_shows(bench)
    assert GROUP_TITLE in said.text
    assert not said.buttons
    group = await group_of(bench, council)
    assert group is not None
    assert (group.chat_id, group.state) == (GROUP_CHAT, GroupState.BOUND)
    # The code is used up, and known by its hash alone.
    async with bench.database.transaction() as session:
        [kept] = (await session.execute(select(GroupCode))).scalars().all()
    assert kept.used_at is not None
    assert code not in kept.code_hash
    # Once more, and the same council in the same group again by a new code: both do no harm.
    await InGroup(bench, CHAIR).says(f"/bind {code}")
    [refused] = bench.person(CHAIR).reads()
    assert "绑定码" in refused.text
    await InGroup(bench, CHAIR).says(f"/bind {await code_of(bench, council)}")
    assert await group_shows(bench) == []


async def test_a_code_binds_only_from_the_chairs_own_hand_and_only_in_time(bench: Bench) -> None:
    council = await add_council(bench, bound=False)
    bench.box.act(CHAIR, GROUP_CHAT, "add_bot")
    bench.box.act(CHAIR, GROUP_CHAT, "text", text="大家好")
    bench.box.act(STRANGER, GROUP_CHAT, "join")
    code = await code_of(bench, council)
    for somebody in (FIRST, STRANGER):
        await InGroup(bench, somebody).says(f"/bind {code}")
    [refused] = bench.person(FIRST).reads()
    assert "召集人" in refused.text
    assert await group_of(bench, council) is None
    # A new code ends the one before, and half an hour ends every code.
    again = await code_of(bench, council)
    await InGroup(bench, CHAIR).says(f"/bind {code}")
    assert "绑定码" in bench.person(CHAIR).reads()[0].text
    bench.pass_time(minutes=31)
    await InGroup(bench, CHAIR).says(f"/bind {again}")
    assert "绑定码" in bench.person(CHAIR).reads()[0].text
    assert await group_of(bench, council) is None
    # A member who is no chair gets no code; nor does somebody from elsewhere.
    for somebody in (FIRST, WORKER):
        person = bench.person(somebody)
        await person.press_data(await _some_message(bench, somebody), f"co:bind:{council}")
        assert bench.box.messages(somebody)
        person.reads()
    async with bench.database.transaction() as session:
        assert len((await session.execute(select(GroupCode))).scalars().all()) == 1


async def test_one_group_for_a_council_and_one_council_for_a_group(bench: Bench) -> None:
    item = await a_council_with_an_item(bench)
    async with bench.database.transaction() as session:
        council = (await session.get_one(AgendaItem, item)).council_id
    # The council moves to another group: the first one is told nothing more, and its vote goes along.
    await opens(bench, item)
    await group_shows(bench)
    assert group_messages(bench)
    bench.box.add_group("新群", [CHAIR, FIRST], admins=[CHAIR], id=OTHER_CHAT)
    await bench.settle()
    await InGroup(bench, CHAIR, OTHER_CHAT).says(f"/bind {await code_of(bench, council)}")
    said, vote = await group_shows(bench, OTHER_CHAT)
    assert GROUP_TITLE in said.text
    assert ITEM_TITLE in vote.text
    group = await group_of(bench, council)
    assert group is not None
    assert group.chat_id == OTHER_CHAT
    assert not group_messages(bench)
    # Another council's group is not taken over, until that council has lost it.
    async with bench.database.transaction() as session:
        other = await _second_council(session, bench, council)
        session.add(
            CouncilGroup(
                council_id=other, chat_id=GROUP_CHAT, bound_by_id=1, bound_at=bench.clock.now, free_at=bench.clock.now
            )
        )
    await InGroup(bench, CHAIR).says(f"/bind {await code_of(bench, council)}")
    [refused] = bench.person(CHAIR).reads()
    assert "别的议事会" in refused.text
    async with bench.database.transaction() as session:
        (await session.get_one(CouncilGroup, other)).state = GroupState.LOST
    await InGroup(bench, CHAIR).says(f"/bind {await code_of(bench, council)}")
    assert len(await group_shows(bench)) == 2
    group = await group_of(bench, council)
    assert group is not None
    assert group.chat_id == GROUP_CHAT
    assert await group_of(bench, other) is None


async def _second_council(session: AsyncSession, bench: Bench, first: int) -> int:
    council = await session.get_one(Council, first)
    area = (await session.execute(select(Area).where(col(Area.id) != council.area_id).limit(1))).scalar_one()
    made = Council(area_id=area.id, name="另一个议事会", founded_at=bench.clock.now)
    session.add(made)
    await session.flush()
    return int(made.id)


async def test_in_a_group_the_bot_is_silent_and_writes_down_nothing_of_what_people_say(bench: Bench) -> None:
    council = await add_council(bench)
    bench.box.act(CHAIR, GROUP_CHAT, "remove_bot")
    bench.box.act(CHAIR, GROUP_CHAT, "add_bot", administrator=True)  # so that it would be handed everything
    await bench.settle()
    await group_shows(bench)
    for reader in (CHAIR,):
        bench.person(reader).reads()
    async with bench.database.transaction() as session:
        before = len((await session.execute(select(InboxUpdate))).scalars().all())
    member = InGroup(bench, FIRST)
    await member.says(SECRET_TALK)
    await member.does("edit", message_id=bench.box.messages(GROUP_CHAT)[-1]["message_id"], text=SECRET_TALK + "！")
    await member.does("photo", file=("a.png", "image/png", PNG), caption=SECRET_TALK)
    for text in ("/help", "/lead", "/start", "/bind", "/bind@other_bot abcdef", "@suozi_bot 你好", "走访"):
        await member.says(text)
    async with bench.database.transaction() as session:
        after = (await session.execute(select(InboxUpdate))).scalars().all()
    # Only the two commands that may be ours were written down, and what they said is gone again.
    assert len(after) - before == 2
    assert not [row for row in after if row.payload is not None]
    # What she answers is not written down with the command either.
    bench.box.act(FIRST, GROUP_CHAT, "text", text=SECRET_TALK)
    quoted = bench.box.messages(GROUP_CHAT)[-1]["message_id"]
    bench.box.act(SECOND, GROUP_CHAT, "text", text="/bind x", reply_to_message_id=quoted)
    await bench.program.poller.poll_once(0)
    async with bench.database.transaction() as session:
        waiting = await session.execute(select(col(InboxUpdate.payload)).where(col(InboxUpdate.done_at).is_(None)))
        kept = [str(payload) for payload in waiting.scalars()]
    assert len(kept) == 1
    assert "/bind x" in kept[0]
    assert SECRET_TALK not in kept[0]
    assert SECRET_TALK.encode("unicode_escape").decode() not in kept[0]
    await bench.settle()
    bench.person(SECOND).reads()
    assert (await group_of(bench, council)) is not None


async def test_a_group_that_becomes_a_supergroup_stays_the_councils(bench: Bench) -> None:
    small = -140
    council = await add_council(bench, bound=False)
    bench.box.add_group("小群", [CHAIR, FIRST], admins=[CHAIR], id=small)
    await bench.settle()
    await InGroup(bench, CHAIR, small).says(f"/bind {await code_of(bench, council)}")
    assert len(await group_shows(bench, small)) == 1
    # Telegram says so by two updates; that is one change.
    bench.box.fault("migrate", chat_id=small)
    await bench.settle()
    group = await group_of(bench, council)
    assert group is not None
    moved = group.chat_id
    assert moved < -1_000_000_000_000
    assert group.state is GroupState.BOUND
    assert await group_shows(bench, moved) == []


async def test_a_supergroup_is_followed_also_when_only_the_send_says_so(bench: Bench) -> None:
    small = -140
    council = await add_council(bench, bound=False)
    bench.box.add_group("小群", [CHAIR, FIRST], admins=[CHAIR], id=small)
    await bench.settle()
    await InGroup(bench, CHAIR, small).says(f"/bind {await code_of(bench, council)}")
    bench.box.fault("migrate", chat_id=small)
    bench.box.world.updates.clear()
    await group_shows(bench, small)
    group = await group_of(bench, council)
    assert group is not None
    assert group.chat_id < -1_000_000_000_000
    [said] = group_messages(bench, group.chat_id)
    assert GROUP_TITLE in said.text
    bench.unread(group.chat_id)


async def want(bench: Bench, council: int) -> None:
    """Something changes of what the group is shown."""
    async with bench.database.transaction() as session:
        await show_in_group(session, council, PostKind.BOUND, council, now=bench.clock.now)


async def test_a_lost_group_is_missed_once_and_found_again(bench: Bench) -> None:
    council = await add_council(bench)
    await want(bench, council)
    [said] = await group_shows(bench)
    chair = bench.person(CHAIR)
    # Put out: the chair hears of it, once, whatever else fails there.
    bench.box.act(CHAIR, GROUP_CHAT, "remove_bot")
    await bench.settle()
    await want(bench, council)
    await group_shows(bench)
    await bench.tick()
    [news] = chair.reads()
    assert "发不了消息" in news.text
    # Let in again: she hears that too, and the message of before is the one that goes on.
    bench.box.act(CHAIR, GROUP_CHAT, "add_bot")
    await bench.settle()
    await bench.tick()
    [news] = chair.reads()
    assert "又能" in news.text
    assert [one.message_id for one in group_messages(bench)] == [said.message_id]


async def test_a_group_without_the_right_to_write_is_tried_again_every_hour(bench: Bench) -> None:
    council = await add_council(bench)
    bench.box.act(CHAIR, GROUP_CHAT, "hush", on=True)
    await want(bench, council)
    await group_shows(bench)
    await bench.tick()
    [news] = bench.person(CHAIR).reads()
    assert "发不了消息" in news.text
    assert not group_messages(bench)
    bench.box.act(CHAIR, GROUP_CHAT, "hush", on=False)
    bench.pass_time(minutes=30)
    await bench.tick()
    assert not group_messages(bench)
    bench.pass_time(minutes=31)
    await bench.tick()
    [said] = await group_shows(bench)
    assert GROUP_TITLE in said.text
    await bench.tick()
    [news] = bench.person(CHAIR).reads()
    assert "又能" in news.text
    # A group that is deleted: the same, and voting goes on in private.
    bench.box.act(CHAIR, GROUP_CHAT, "delete_group")
    await want(bench, council)
    await group_shows(bench)
    await bench.tick()
    [news] = bench.person(CHAIR).reads()
    assert "发不了消息" in news.text
    group = await group_of(bench, council)
    assert group is not None
    assert group.state is GroupState.LOST


async def test_a_message_that_was_deleted_is_sent_again_and_the_pace_is_kept(bench: Bench) -> None:
    council = await add_council(bench)
    await want(bench, council)
    [said] = await group_shows(bench)
    bench.box.act(CHAIR, GROUP_CHAT, "delete", message_id=said.message_id)
    await want(bench, council)
    [again] = await group_shows(bench)
    assert again.message_id > said.message_id
    assert again.text == said.text
    # Two changes within the group's pace are one edit; nothing is lost with it.
    calls = bench.box.bot_api.calls["editmessagetext"]
    for _ in range(5):
        await want(bench, council)
        await bench.program.poster.post_due()
    assert bench.box.bot_api.calls["editmessagetext"] - calls <= 1
    await group_shows(bench)
    async with bench.database.transaction() as session:
        [post] = (await session.execute(select(GroupPost))).scalars().all()
    assert post.shown == post.wanted
    assert bench.box.messages(GROUP_CHAT)[-1]["text"]


async def test_a_stranger_who_presses_gets_an_answer_that_only_she_sees(bench: Bench) -> None:
    council = await add_council(bench)
    await want(bench, council)
    [said] = await group_shows(bench)
    bench.box.act(STRANGER, GROUP_CHAT, "join")
    stranger, member = InGroup(bench, STRANGER), InGroup(bench, FIRST)
    for data in ("vote:favour:1", "co:bind:1", "item:show:1", "%", "visit:x:1:y"):
        assert "不在名单" in await stranger.press_data(said.message_id, data)
    # A member's forged press of what is no button of a group does nothing there either.
    for data in (f"co:show:{council}", f"co:bind:{council}", "menu:help", "disp:show:1", "vote:extend:1", "vote:"):
        assert await member.press_data(said.message_id, data)
    assert bench.person(FIRST).reads() == []
    assert bench.unread(STRANGER) == []


async def test_a_proposal_begun_in_the_group_goes_on_in_private(bench: Bench) -> None:
    await add_council(bench)
    await InGroup(bench, FIRST).says("/propose 给三号楼装路灯")
    [asked] = bench.person(FIRST).reads()
    assert "给三号楼装路灯" in asked.text
    # Whoever may not propose there hears it in private, a stranger nothing; where no council is at home nothing begins.
    bench.box.act(STRANGER, GROUP_CHAT, "join")
    await InGroup(bench, STRANGER).says("/propose 我也要")
    assert bench.unread(STRANGER) == []
    bench.box.add_group("闲聊", [SECOND], id=OTHER_CHAT)
    await bench.settle()
    await InGroup(bench, SECOND, OTHER_CHAT).says("/propose 装路灯")
    assert bench.person(SECOND).reads() == []
