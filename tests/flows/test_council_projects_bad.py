"""Projects of a council when things go wrong: who may not, who was quicker, what is lost."""

import asyncio
from datetime import date
from uuid import uuid4

from sqlalchemy import select, update
from sqlmodel import col

from domain.refusals import Reason, RefusedError
from domain.usecases.kept_files import Shelf, lose_file
from domain.usecases.project_starting import ProjectPlan, start_project
from models.agenda import AgendaItem, CouncilFile
from models.lead import FileKind, FileState
from models.meeting import CouncilMeeting, MeetingMode
from models.member import Member
from models.project import CouncilProject, ProjectState, ProjectStep
from models.session import Database
from tests.scheduler.test_lead_files import photo_of_a_phone
from tests.support.councils import CHAIR, FIFTH, FIRST, SECOND, SIXTH, add_council
from tests.support.county import ENGLISH, OTHER_HEAD, STRANGER
from tests.support.hands import Bench
from tests.support.ladder import actor_of
from tests.support.matters import forges, look_away
from tests.support.projects import a_project, begun, declined, history, opens, passed_item, project_of


async def test_whoever_is_nobody_here_sees_and_does_nothing(bench: Bench) -> None:
    number = await a_project(bench)
    item = (await project_of(bench, number)).item_id
    for who in (OTHER_HEAD, ENGLISH):
        for what in ("show", "line", "files", "rating", "progress", "delay", "hand", "finish", "stop"):
            refused = await declined(bench.person(who), f"proj:{what}:{number}")
            assert "范围" in refused or "records" in refused or "yours" in refused or "not within" in refused, refused
    for data in (f"proj:rate:{number}:5", f"item:project:{item}", "proj:show:999", "proj:rate:999:5"):
        assert not [said for said in await forges(bench.person(OTHER_HEAD), data) if "路灯" in said.text]
    assert not [said for said in await forges(bench.person(STRANGER), f"proj:show:{number}") if "路灯" in said.text]
    assert "召集人" in await declined(bench.person(FIRST), f"item:project:{item}")
    assert "现在不能做了" in await declined(bench.person(CHAIR), f"item:project:{item}")  # it has one already
    bench.all_unread()


async def test_stopped_with_a_reason_and_nothing_is_changed_afterwards(bench: Bench) -> None:
    number = await a_project(bench)
    chair, owner = bench.person(CHAIR), bench.person(FIRST)
    await opens(owner, number)
    await owner.press("办完了")
    await owner.say("装好了两盏")
    await owner.press("跳过")
    await opens(chair, number)
    await chair.press("停办")
    await chair.say("电力公司统一换")
    await chair.press("保存")
    assert "已经结束了" in (await owner.press("保存")).text
    assert "装好了两盏" in owner.newest_with("保存").text
    await owner.press("取消")
    await bench.deliverer.deliver_all()
    assert ["停办" in said.text for who in (FIRST, SECOND) for said in bench.person(who).reads()] == [True, True]
    project = await project_of(bench, number)
    assert (project.state, project.result) == (ProjectState.STOPPED, None)
    assert "电力公司统一换" in (await opens(owner, number)).text
    for what in ("progress", "delay", "finish"):
        assert "已经结束了" in await declined(owner, f"proj:{what}:{number}")
    bench.all_unread()


async def test_somebody_else_was_quicker_and_a_double_press_saves_once(bench: Bench) -> None:
    number = await a_project(bench)
    chair, owner = bench.person(CHAIR), bench.person(FIRST)
    for person in (chair, owner):
        await opens(person, number)
        await person.press("要延期")
        await person.say("2027-1-31")
        await person.say("天冷")
    await chair.press("保存")
    late = await owner.press("保存")
    assert "别人刚刚改过" in late.text
    assert "天冷" in late.text
    await owner.press("取消")
    await opens(owner, number)
    await owner.press("记进展")
    await owner.say("买好了")
    await owner.press("都没有")
    await owner.press("跳过")
    summary = owner.newest_with("保存")
    for _ in range(2):
        bench.box.act(FIRST, FIRST, "press", message_id=summary.message_id, data=summary.button("保存"))
    await bench.settle()
    assert await history(bench, number) == ["started", "delayed", "progress"]
    assert (await project_of(bench, number)).delays == 1
    await look_away(bench)


async def test_two_notes_at_the_same_time_both_stand_and_a_step_is_ticked_once(bench: Bench) -> None:
    number = await a_project(bench)
    chair, owner = bench.person(CHAIR), bench.person(FIRST)
    for person in (chair, owner):
        await opens(person, number)
        await person.press("记进展")
        await person.say("看过了")
        await person.press("看现场")
        await person.press("完成")
        await person.press("跳过")
    await chair.press("保存")
    await owner.press("保存")
    assert await history(bench, number) == ["started", "step_done", "progress", "progress"]
    async with bench.database.transaction() as session:
        days = list((await session.execute(select(col(ProjectStep.done_on)).order_by(col(ProjectStep.id)))).scalars())
    assert [day is not None for day in days] == [True, False, False]
    await look_away(bench)


async def test_photos_are_kept_clean_and_encrypted_and_shown_and_a_lost_one_is_told(bench: Bench) -> None:
    number = await a_project(bench)
    owner = bench.person(FIRST)
    await opens(owner, number)
    await owner.press("记进展")
    await owner.say("看现场")
    await owner.press("都没有")
    await owner.does("photo", ("a.jpg", "image/jpeg", photo_of_a_phone()))
    await owner.press("照片发完了")
    await owner.press("保存")
    sender, now = (await actor_of(bench, FIRST)).member_id, bench.clock.now
    async with bench.database.transaction() as session:
        kind = FileKind.PHOTO
        session.add(CouncilFile(project_id=number, kind=kind, file_id="gone", sent_by_id=sender, sent_at=now))
    await bench.program.keeper.keep_waiting()
    async with bench.database.transaction() as session:
        files = list((await session.execute(select(CouncilFile).order_by(col(CouncilFile.id)))).scalars())
    assert [file.state for file in files] == [FileState.KEPT, FileState.LOST]
    assert b"JFIF" not in (files[0].content or b"")
    await bench.deliverer.deliver_all()
    assert ["没有保存，需要" in said.text for said in owner.reads()] == [True]
    await opens(owner, number)
    count, photo = await owner.press_all("照片")
    assert "1 张没有保存下来" in count.text
    assert "photo" in photo.raw
    bench.all_unread()


async def test_nobody_unreachable_frozen_or_from_elsewhere_is_named(bench: Bench) -> None:
    item = await passed_item(bench, await add_council(bench))
    async with bench.database.transaction() as session:
        await session.execute(
            update(Member).where(col(Member.telegram_id) == FIRST).values(unreachable_since=bench.clock.now)
        )
        await session.execute(update(Member).where(col(Member.telegram_id) == FIFTH).values(frozen_at=bench.clock.now))
    chair = bench.person(CHAIR)
    await forges(chair, f"item:project:{item}")
    for name in ("周萍", "上官雯", "Lin Aimin", "孙丽"):
        found = await chair.say(name)
        assert [label for label in found.labels if name in label] == []
    asked = chair.newest_with("取消")
    forged = asked.button("取消").replace("!cancel", str((await actor_of(bench, OTHER_HEAD)).member_id))
    (refused,) = await chair.press_data(asked.message_id, forged)
    assert "不能领办" in refused.text
    await chair.press("取消")
    async with bench.database.transaction() as session:
        assert (await session.execute(select(CouncilProject))).first() is None


async def test_of_two_who_name_an_owner_at_once_on_two_replicas_one_does(bench: Bench) -> None:
    item = await passed_item(bench, await add_council(bench))
    chair = await actor_of(bench, CHAIR)
    elsewhere = Database(bench.database.url)

    async def name(owner: int, database: Database) -> Reason | None:
        plan = ProjectPlan((await actor_of(bench, owner)).member_id, date(2026, 12, 20), "修灯")
        try:
            async with database.transaction() as session:
                await start_project(
                    session, actor=chair, item_id=item, plan=plan, conversation_id=str(uuid4()), now=bench.clock.now,
                    policy=bench.policy,
                )  # fmt: skip
        except RefusedError as refused:
            return refused.reason
        return None

    ends = await asyncio.gather(name(FIRST, bench.database), name(SIXTH, elsewhere))
    await elsewhere.close()
    assert sorted(ends, key=str) == [None, Reason.STEP_PASSED]
    await bench.deliverer.deliver_all()
    assert sum("请您领办" in said.text for said in bench.all_unread()) == 1


async def test_whatever_a_lost_picture_was_sent_with_its_sender_is_led_there(bench: Bench) -> None:
    item = await passed_item(bench, await add_council(bench))
    number = await begun(bench, item)
    sender, now = (await actor_of(bench, FIRST)).member_id, bench.clock.now
    async with bench.database.transaction() as session:
        council = (await session.get_one(AgendaItem, item)).council_id
        meeting = CouncilMeeting(
            code="T-A-M26-01", conversation_id=str(uuid4()), council_id=council, mode=MeetingMode.TOGETHER,
            planned_at=now, chair_id=sender,
        )  # fmt: skip
        session.add(meeting)
        await session.flush()
        files = [
            CouncilFile(**of, kind=FileKind.VOICE, file_id="gone", sent_by_id=sender, sent_at=now)  # type: ignore[arg-type]
            for of in ({"item_id": item}, {"meeting_id": meeting.id}, {"project_id": number})
        ]
        session.add_all(files)
        await session.flush()
        for file in files:
            await lose_file(session, file.id, FileState.LOST, Shelf.COUNCIL, now=now, policy=bench.policy)
    await bench.deliverer.deliver_all()
    told = bench.person(FIRST).reads()
    assert [("一条语音没有保存" in said.text, said.labels) for said in told] == [
        (True, ["打开议题"]),
        (True, ["打开会议"]),
        (True, ["📌 打开项目"]),
    ]
