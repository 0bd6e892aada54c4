"""The record of a meeting (妇女议事会活动记录表): written, sent round as Word, corrected for three days, final (D)."""

import io
import zipfile
from datetime import timedelta

from sqlalchemy import select, update
from sqlmodel import col

from domain.usecases.ballot_casting import cast_vote
from domain.usecases.ballot_closing import close_due
from domain.usecases.ballot_opening import open_ballot
from domain.usecases.ballot_papers import enter_vote
from domain.usecases.item_deciding import give_opinion
from models.agenda import AgendaItem, CouncilFile, Urgency
from models.ballot import BallotChoice, VoteWay
from models.meeting import (
    CorrectionState,
    CouncilMeeting,
    MeetingItem,
    MeetingMode,
    Minutes,
    MinutesCorrection,
    MinutesState,
    MinutesVersion,
)
from models.member import Appointment, Role
from tests.scheduler.test_lead_files import photo_of_a_phone
from tests.support.ballots import ITEM_TITLE, add_guests, member_id, salt
from tests.support.councils import CHAIR, COUNCIL_NAMES, FIRST, FOURTH, SECOND, THIRD, add_council
from tests.support.county import HEAD, OTHER_HEAD, STRANGER, WORKER
from tests.support.hands import Bench
from tests.support.ladder import actor_of
from tests.support.matters import forges, look_away
from tests.support.meetings import PLACE, an_item, calls, file_of, meeting_of, words_of

GUEST = 180
OPINION = "灯要带感应的，省电"
NOTES = "大家都说先装东边"
FIXED = "灯装在三号楼东门"


async def votes(bench: Bench, item: int, *, secret: bool, choices: dict[int, BallotChoice], proxy: int = 0) -> int:
    """A vote on an item, from its opening to its deadline; the number of its meeting."""
    now, policy = bench.clock.now, bench.policy
    chair = await actor_of(bench, CHAIR)
    async with bench.database.transaction() as session:
        ballot = await open_ballot(
            session, actor=chair, item_id=item, secret=secret, closes_at=now + timedelta(hours=2),
            conversation_id=f"vote-{item}-{now:%H%M}", now=now, token=salt, policy=policy,
        )  # fmt: skip
        number, meeting = ballot.id, ballot.meeting_id or 0
    for who, choice in choices.items():
        actor = await actor_of(bench, who)
        async with bench.database.transaction() as session:
            await cast_vote(session, actor=actor, ballot_id=number, choice=choice, now=now, policy=policy)
    if proxy:
        async with bench.database.transaction() as session:
            await enter_vote(
                session, actor=chair, ballot_id=number, member_id=await member_id(session, proxy),
                choice=BallotChoice.FAVOUR, way=VoteWay.PROXY, now=now, policy=policy,
            )  # fmt: skip
    bench.pass_time(hours=2)
    async with bench.database.transaction() as session:
        assert await close_due(session, now=bench.clock.now, policy=policy, limit=10) == 1
    return meeting


async def held(bench: Bench) -> int:
    """A meeting at which an item was talked of and voted on, and that is over."""
    council = await add_council(bench)
    item = await an_item(bench, council)
    bench.box.add_person(GUEST, "居民小李", started=True)
    async with bench.database.transaction() as session:
        await add_guests(session, await session.get_one(AgendaItem, item), [GUEST], bench.clock.now)
    number = await calls(bench, council)
    bench.clock.now = (await meeting_of(bench, number)).planned_at
    await forges(bench.person(CHAIR), f"meet:begin:{number}")
    await look_away(bench)
    for who in (FIRST, SECOND, THIRD, GUEST):
        await forges(bench.person(who), f"meet:sign:{number}")
    speaker = await actor_of(bench, FIRST)
    async with bench.database.transaction() as session:
        await give_opinion(session, actor=speaker, item_id=item, body=OPINION, now=bench.clock.now, policy=bench.policy)
    await look_away(bench)
    yes = dict.fromkeys((CHAIR, FIRST, SECOND, GUEST), BallotChoice.FAVOUR)
    await votes(bench, item, secret=False, choices={**yes, THIRD: BallotChoice.AGAINST}, proxy=FOURTH)
    await forges(bench.person(CHAIR), f"meet:end:{number}")
    await look_away(bench)
    return number


def pictures(content: bytes) -> int:
    """How many pictures a Word file holds."""
    return sum(name.startswith("word/media/") for name in zipfile.ZipFile(io.BytesIO(content)).namelist())


async def new_role(bench: Bench, who: int, role: Role) -> None:
    """Somebody of the council has this post in it from now on, and no other."""
    async with bench.database.transaction() as session:
        posts = col(Appointment.member_id) == await member_id(session, who)
        await session.execute(update(Appointment).where(posts).values(role=role))


async def record_of(bench: Bench, number: int) -> Minutes:
    async with bench.database.transaction() as session:
        return await session.get_one(Minutes, number)


async def test_from_the_recorders_words_to_the_final_record(bench: Bench) -> None:
    """Everything that was written down is in it; a correction makes another version; three days later it is final."""
    number = await held(bench)
    chair, member = bench.person(CHAIR), bench.person(FIRST)
    code = (await meeting_of(bench, number)).code
    assert await forges(member, f"meet:minutes:{number}") == []
    assert "召集人" in member.toast()
    assert await forges(member, f"meet:file:{number}") == []
    assert "还没有发出来" in member.toast()

    # The recorder adds what nobody wrote; the decisions are proposed from the count.
    [asked] = await forges(chair, f"meet:minutes:{number}")
    assert "已有 1 条意见" in asked.text
    await chair.say(NOTES)
    await chair.does("photo", ("room.jpg", "image/jpeg", photo_of_a_phone()), caption="会场")
    summary = await chair.press("照片发完了")
    assert "赞成 5、反对 1、弃权 0" in summary.text
    await chair.press("保存")
    said = await chair.press("看草稿")
    assert "1 张照片还在保存" in said.text
    draft = file_of(bench, said)
    assert "草稿" in words_of(draft)
    assert pictures(draft) == 0
    await bench.program.keeper.keep_waiting()
    await forges(chair, f"meet:round:{number}")
    assert "已发出" in chair.toast()
    await bench.deliverer.deliver_all()
    for who in (FIRST, SECOND, THIRD, GUEST):
        assert sum(code in said.text for said in bench.person(who).reads()) == 1
    assert not bench.person(FOURTH).reads()  # she was not there

    # No number gets anybody at a version that is none.
    for version in (0, 7):
        assert f"第 {version} 版" not in str(await forges(member, f"meet:file:{number}:{version}"))
    record = file_of(bench, (await forges(member, f"meet:file:{number}"))[0])
    assert pictures(record) == 1
    text = words_of(record)
    everything = (
        *("妇女议事会活动记录表", "第 1 版", "2026年11月25日 15:00 至 17:00", "集中议事", PLACE, "主持人", "黄慧"),
        *("应到 7 人，实到 4 人", "周萍", "徐莹", "Zhu Shuying", "应到 1 人，实到 1 人", "受邀180", "方晴"),
        *(ITEM_TITLE, "晚上看不清路", "难事共议", f"周萍：{OPINION}", "记名", "到时截止", "其中委托票 1 张"),
        *("应到 8 人（N 7、X 1），法定 2/3，需 6 人参加；参加 6 人", "赞成 5，反对 1，弃权 0", "需赞成 4 票", "通过"),
        *(NOTES, "会场", "签字"),
    )
    for word in everything:
        assert word in text, word
    assert not [blank for blank in ("{{", "{%", "None") if blank in text]

    # Somebody who was there wants it otherwise; whoever was not there does not.
    assert await forges(bench.person(FOURTH), f"meet:correct:{number}") == []
    assert "参加了这次会" in bench.person(FOURTH).toast()
    for asker, words, save in ((member, "东门写漏了", "保存"), (bench.person(THIRD), "我没有反对", "Save")):
        await forges(asker, f"meet:correct:{number}")
        await asker.say(words)
        await asker.press(save)
    await bench.deliverer.deliver_all()
    assert [FIXED in said.text or "东门" in said.text for said in chair.reads()] == [False, False]
    [listed] = await forges(chair, f"meet:corrections:{number}")
    assert all(word in listed.text for word in ("周萍", "东门写漏了", "我没有反对", "等待答复"))
    [own] = await forges(bench.person(THIRD), f"meet:corrections:{number}")
    assert "东门" not in own.text

    # One is not taken, with a reason; the other is, and everybody has the next version.
    await forges(chair, "meet:answer:2")
    await chair.press("不采纳")
    await chair.say("票数是开箱时数过的")
    await chair.press("保存")
    await forges(chair, "meet:answer:1")
    await chair.press("采纳")
    await chair.press("跳过")
    await chair.press("修改")
    await chair.press("补充发言")
    assert FIXED in (await chair.say(FIXED)).text
    assert "第 2 版" in (await chair.press("保存")).text
    assert await forges(chair, "meet:answer:1") == []
    await look_away(bench)
    text = words_of(file_of(bench, (await forges(bench.person(HEAD), f"meet:file:{number}"))[0]))
    assert "第 2 版" in text
    assert FIXED in text
    assert NOTES not in text
    older = words_of(file_of(bench, (await forges(member, f"meet:file:{number}:1"))[0]))
    assert NOTES in older

    bench.pass_time(days=2, hours=23)
    await bench.tick()
    assert (await record_of(bench, number)).state is MinutesState.OUT
    bench.pass_time(hours=1)
    await bench.tick()
    assert (await record_of(bench, number)).state is MinutesState.FINAL
    assert [("定稿" in said.text) for said in member.reads() if code in said.text] == [True]
    assert "定稿" in words_of(file_of(bench, (await forges(member, f"meet:file:{number}"))[0]))
    assert await forges(member, f"meet:correct:{number}") == []
    assert "核对期已过" in member.toast()
    async with bench.database.transaction() as session:
        kept = (await session.execute(select(MinutesVersion).order_by(col(MinutesVersion.version)))).scalars().all()
        assert [(one.version, NOTES in one.facts) for one in kept] == [(1, True), (2, False)]
        states = [one.state for one in (await session.execute(select(MinutesCorrection))).scalars()]
        assert sorted(states) == sorted([CorrectionState.TAKEN, CorrectionState.NOT_TAKEN])
        photos = (await session.execute(select(CouncilFile))).scalars().all()
        assert [(one.meeting_id, one.caption) for one in photos] == [(number, "会场")]
    await look_away(bench)


async def test_it_is_not_final_while_a_correction_waits_and_nothing_typed_is_lost(bench: Bench) -> None:
    number = await held(bench)
    chair, member = bench.person(CHAIR), bench.person(SECOND)
    await forges(chair, f"meet:round:{number}")
    await look_away(bench)
    await forges(member, f"meet:correct:{number}")
    too_long = await member.say("错" * 700)
    assert "保存" not in str(too_long.labels)
    await member.say("时间应是三点半")
    await member.press("保存")
    bench.pass_time(days=3, hours=1)
    await bench.tick()
    await bench.tick()
    assert sum("还有更正意见没有答复" in said.text for said in chair.reads()) == 1
    assert (await record_of(bench, number)).state is MinutesState.OUT
    # Somebody else changes the record while the chair writes her answer: what she wrote stays.
    await forges(chair, "meet:answer:1")
    await chair.press("不采纳")
    await chair.say("签到是三点")
    async with bench.database.transaction() as session:
        minutes = await session.get_one(Minutes, number)
        minutes.rev += 1
    assert "别人刚刚改过" in (await chair.press("保存")).text
    await chair.press("保存")
    await bench.tick()
    assert (await record_of(bench, number)).state is MinutesState.FINAL
    await look_away(bench)
    [listed] = [said for said in await forges(member, f"meet:corrections:{number}") if "时间应是" in said.text]
    assert "签到是三点" in listed.text
    await look_away(bench)


async def test_whoever_is_chair_by_then_hears_of_a_correction_and_once_a_week_that_it_waits(bench: Bench) -> None:
    """The chair of that day has left; then nobody is chair, and the head of the community hears of it."""
    council = await add_council(bench)
    item = await an_item(bench, council, urgency=Urgency.SMALL)
    quick = await votes(bench, item, secret=False, choices={CHAIR: BallotChoice.FAVOUR, SECOND: BallotChoice.FAVOUR})
    await forges(bench.person(CHAIR), f"meet:round:{quick}")
    await look_away(bench)
    await new_role(bench, CHAIR, Role.COUNCIL_MEMBER)
    await new_role(bench, FOURTH, Role.COUNCIL_CHAIR)
    member = bench.person(SECOND)
    await forges(member, f"meet:correct:{quick}")
    await member.say("时间应是三点半")
    await member.press("保存")
    await bench.deliverer.deliver_all()
    assert "更正" in bench.person(FOURTH).reads()[0].text
    assert not bench.person(CHAIR).reads()
    for days, told in ((4, FOURTH), (3, 0), (4, FOURTH), (7, HEAD)):
        if told == HEAD:
            await new_role(bench, FOURTH, Role.COUNCIL_MEMBER)
        bench.pass_time(days=days)
        await bench.tick()
        for who in (CHAIR, FOURTH, HEAD):
            read = [said for said in bench.person(who).reads() if "还有更正意见没有答复" in said.text]
            assert len(read) == (who == told), (days, who)
    await new_role(bench, FOURTH, Role.COUNCIL_CHAIR)
    await forges(bench.person(FOURTH), "meet:answer:1")
    await bench.person(FOURTH).press("不采纳")
    await bench.person(FOURTH).say("签到是三点")
    await bench.person(FOURTH).press("保存")
    await bench.tick()
    assert (await record_of(bench, quick)).state is MinutesState.FINAL
    await look_away(bench)


async def test_who_may_take_it_and_that_a_door_and_a_secret_voter_are_not_in_it(bench: Bench) -> None:
    council = await add_council(bench)
    item = await an_item(bench, council, urgency=Urgency.SMALL)
    bench.box.add_person(GUEST, "居民小李", started=True)
    async with bench.database.transaction() as session:
        await add_guests(session, await session.get_one(AgendaItem, item), [GUEST], bench.clock.now)
    everybody = dict.fromkeys((CHAIR, FIRST, SECOND, THIRD, FOURTH, GUEST), BallotChoice.FAVOUR)
    quick = await votes(bench, item, secret=True, choices=everybody)
    await forges(bench.person(CHAIR), f"meet:round:{quick}")
    await look_away(bench)
    text = words_of(file_of(bench, (await forges(bench.person(GUEST), f"meet:file:{quick}"))[0]))
    assert "无记名" in text
    assert "参加 6 人" in text
    assert not [name for name in COUNCIL_NAMES.values() if name in text]

    # At a door: the record says so and does not say whose.
    number = await calls(bench, council, items=0)
    async with bench.database.transaction() as session:
        stored = await session.get_one(CouncilMeeting, number)
        stored.mode, stored.place = MeetingMode.AT_HOME, "东关村1号"
    chair = bench.person(CHAIR)
    await forges(chair, f"meet:now:{number}")
    await forges(chair, f"meet:end:{number}")
    await forges(chair, f"meet:round:{number}")
    await look_away(bench)
    text = words_of(file_of(bench, (await forges(bench.person(THIRD), f"meet:file:{number}"))[0]))
    assert "居民家中" in text
    assert "东关村1号" not in text
    for outsider in (WORKER, OTHER_HEAD, STRANGER, GUEST):  # she was at another one
        assert not [
            said for said in await forges(bench.person(outsider), f"meet:file:{number}") if "document" in said.raw
        ]
    await look_away(bench)


async def test_one_of_x_reads_her_items_without_names_and_who_was_forgotten_is_in_the_next_version(
    bench: Bench,
) -> None:
    number = await held(bench)
    chair = bench.person(CHAIR)
    async with bench.database.transaction() as session:
        stored = await session.get_one(CouncilMeeting, number)
        council = stored.council_id
    other = await an_item(bench, council, 2)
    async with bench.database.transaction() as session:
        session.add(MeetingItem(meeting_id=number, item_id=other, position=2))
    speaker = await actor_of(bench, SECOND)
    async with bench.database.transaction() as session:
        await give_opinion(
            session, actor=speaker, item_id=other, body="另一件", now=bench.clock.now, policy=bench.policy
        )
    await forges(chair, f"meet:round:{number}")
    await look_away(bench)
    [said] = await forges(bench.person(GUEST), f"meet:file:{number}")
    text = words_of(file_of(bench, said))
    assert all(word in text for word in (ITEM_TITLE, OPINION, "赞成 5，反对 1，弃权 0"))
    assert not [name for name in COUNCIL_NAMES.values() if name in text]
    assert "另一件" not in text
    assert "（2）" not in text
    # Whoever was forgotten is written down while the record is out: it goes round once more, with her in it.
    await forges(chair, f"meet:attend:{number}")
    await chair.press("方晴")
    await chair.press("完成")
    await chair.press("保存")
    await bench.deliverer.deliver_all()
    assert bench.person(FOURTH).reads()
    await look_away(bench)
    text = words_of(file_of(bench, (await forges(bench.person(FIRST), f"meet:file:{number}"))[0]))
    assert "第 2 版" in text
    assert "实到 5 人" in text
    assert all(word in text for word in ("另一件", "周萍"))


async def test_a_council_that_speaks_english_has_its_record_in_english(bench: Bench) -> None:
    council = await add_council(bench, locale="en")
    item = await an_item(bench, council, urgency=Urgency.SMALL)
    quick = await votes(bench, item, secret=False, choices={CHAIR: BallotChoice.FAVOUR, FIRST: BallotChoice.ABSTAIN})
    [said] = [one for one in await forges(bench.person(CHAIR), f"meet:file:{quick}") if "document" in one.raw]
    text = words_of(file_of(bench, said))
    for word in ("record of a meeting", "Draft", "7 electors (N 7, X 0), quorum 2/3: 5 must vote; 2 voted", "1 for"):
        assert word in text, word
    await look_away(bench)
