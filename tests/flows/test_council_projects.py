"""What a council has decided is carried out: through the user's hands, from the owner's name to the result."""

from datetime import timedelta

from sqlalchemy import select, update
from sqlmodel import col

from models.agenda import AgendaItem, ItemEntry, ItemState
from models.member import Appointment
from tests.support.councils import CHAIR, FIFTH, FIRST, SECOND, SIXTH, add_council
from tests.support.county import HEAD, OTHER_HEAD, WORKER
from tests.support.hands import Bench
from tests.support.ladder import actor_of
from tests.support.matters import forges, look_away
from tests.support.projects import a_project, begun, declined, done, history, opens, passed_item, project_of


async def test_from_the_owners_name_to_the_result(bench: Bench) -> None:
    """The chair names an owner, she writes down how it goes and what came of it; each who should hears of each."""
    item = await passed_item(bench, await add_council(bench))
    chair, owner, proposer = bench.person(CHAIR), bench.person(FIRST), bench.person(SECOND)
    await forges(chair, f"item:project:{item}")
    found = await chair.say("zp")  # by her initials
    assert [label for label in found.labels if "周萍" in label] == ["周萍 · 议事会成员"]
    await chair.press("周萍")
    assert "日期" in (await chair.say("昨天")).text
    await chair.say("12-20")
    named = await chair.say("先到王秀英家门口看看，再把四盏灯修好")
    assert "王秀英" in named.text  # a name of the register is shown, and what she wrote stays
    await chair.say("把村口的四盏路灯修好")
    assert "最多 12 步" in (await chair.say("\n".join(f"第{number}样" for number in range(13)))).text
    summary = await chair.say("1. 看现场\n2、买灯具\n- 安装")
    assert all(line in summary.text for line in ("周萍", "12月20日", "1. 看现场", "2. 买灯具", "3. 安装"))
    begun_ = await chair.press("保存")
    assert "周萍" in begun_.text
    await bench.deliverer.deliver_all()
    (told,) = owner.reads()
    assert "请您领办，12月20日" in told.text
    assert "路灯" not in told.text
    assert ["有人领办了" in said.text for said in proposer.reads()] == [True]
    assert bench.all_unread() == []

    card = await owner.press("打开项目")
    assert "☐ 看现场" in card.text
    assert [label for label in card.labels if "换领办人" in label or "停办" in label] == []
    await owner.press("记进展")
    await owner.say("灯具到了，明天装")
    await owner.press("看现场")
    await owner.press("买灯具")
    await owner.press("完成")
    await owner.send_photo()
    summary = await owner.press("照片发完了")
    assert all(word in summary.text for word in ("☑ 看现场", "☑ 买灯具", "照片 1 张"))
    await owner.press("保存")
    await bench.deliverer.deliver_all()
    for who in (CHAIR, SECOND):
        assert ["有新进展" in said.text and "灯具" not in said.text for said in bench.person(who).reads()] == [True]
    card = await owner.press("打开项目")
    assert all(word in card.text for word in ("☑ 买灯具", "☐ 安装", "灯具到了，明天装", "照片：1 张"))

    await owner.press("要延期")
    assert "要晚于" in (await owner.say("12-10")).text
    await owner.press("12月27日")
    await owner.say("厂家发错了货")
    assert "12月20日（周日） → 12月27日" in owner.newest_with("保存").text
    await owner.press("保存")
    await bench.deliverer.deliver_all()
    assert ["延期了" in said.text for who in (CHAIR, SECOND) for said in bench.person(who).reads()] == [True, True]

    await owner.press("打开项目")
    asked = await owner.press("办完了")
    assert "还有 1 步没有打勾" in asked.text
    await owner.say("四盏灯都亮了")
    await owner.press("跳过")
    finished = await owner.press("保存")
    assert "已请 6 人不记名评价" in finished.text
    await bench.deliverer.deliver_all()
    assert sorted(said.text[:2] for said in proposer.reads()) == ["议题", "议题"]  # it is done; how satisfied is she?
    bench.all_unread()
    card = await owner.press("打开项目")
    assert all(word in card.text for word in ("办完了", "四盏灯都亮了", "延期 1 次", "请了 6 人"))
    assert "记进展" not in str(card.labels)
    number = (await project_of(bench, 1)).id
    assert await history(bench, number) == [
        "started", "step_done", "step_done", "progress", "delayed", "done", "rating_asked",
    ]  # fmt: skip
    async with bench.database.transaction() as session:
        kinds = list((await session.execute(select(col(ItemEntry.kind)).order_by(col(ItemEntry.id)))).scalars())
    assert [kind.value for kind in kinds] == ["project", "progress", "delayed", "done"]
    lines = await owner.press("经过")
    assert all(word in lines.text for word in ("灯具到了", "厂家发错了货", "四盏灯都亮了"))


async def test_a_worker_without_a_seat_carries_it_out_and_an_overseer_only_looks(bench: Bench) -> None:
    number = await a_project(bench, owner=WORKER, proposer=WORKER)
    worker = bench.person(WORKER)
    assert "（您）" in (await opens(worker, number)).text
    await worker.press("记进展")
    await worker.say("看过现场了")
    await worker.press("都没有")
    await worker.press("跳过")
    await worker.press("保存")
    await bench.deliverer.deliver_all()
    assert ["有新进展" in said.text for said in bench.person(CHAIR).reads()] == [True]
    assert worker.reads() == []  # what she did herself is no news to her
    head = await opens(bench.person(HEAD), number)
    assert [label for label in head.labels if "记进展" in label or "办完了" in label] == []
    for what in ("progress", "delay", "finish"):
        assert "领办人或召集人" in await declined(bench.person(HEAD), f"proj:{what}:{number}")
        assert "领办人或召集人" in await declined(bench.person(FIFTH), f"proj:{what}:{number}")
    for what in ("hand", "stop"):
        assert "召集人" in await declined(worker, f"proj:{what}:{number}")


async def test_reminded_three_days_before_on_the_day_and_every_week_after(bench: Bench) -> None:
    number = await a_project(bench, days=10)
    heard: dict[int, list[tuple[int, str]]] = {FIRST: [], CHAIR: []}
    for day in range(1, 26):
        bench.pass_time(days=1)
        await bench.tick()
        await bench.tick()
        for who, said in heard.items():
            said += [(day, one.text) for one in bench.person(who).reads() if "领办项目" in one.text]
        bench.all_unread()
    assert [day for day, _ in heard[FIRST]] == [7, 10, 17, 24]
    assert [day for day, _ in heard[CHAIR]] == [17, 24]
    words = [text for _, text in heard[FIRST]]
    assert ["还有 3 天" in words[0], "今天到期" in words[1], "已过 7 天" in words[2]] == [True, True, True]
    owner = bench.person(FIRST)
    assert "⏰ 已过 15 天" in (await opens(owner, number)).text
    await owner.press("要延期")
    await owner.press("12月23日")  # a week after today: the day that was is over
    await owner.say("下雨")
    await owner.press("保存")
    bench.pass_time(days=1)
    await bench.tick()
    assert [said for said in owner.reads() if "领办项目" in said.text] == []
    bench.all_unread()


async def test_whose_owner_is_gone_gets_another_and_she_opens_it_no_more(bench: Bench) -> None:
    number = await a_project(bench)
    gone = await actor_of(bench, FIRST)
    async with bench.database.transaction() as session:
        ended = update(Appointment).where(col(Appointment.member_id) == gone.member_id)
        await session.execute(ended.values(ends_on=bench.policy.today(bench.clock.now)))
    bench.pass_time(days=1)
    await bench.tick()
    chair = bench.person(CHAIR)
    assert ["没有领办人了" in said.text for said in chair.reads()] == [True]
    await chair.press("换领办人")
    found = await chair.say("周萍")
    assert [label for label in found.labels if "周萍" in label] == []
    await chair.say("韦")
    await chair.press("韦莉")
    await chair.say("前一位离任了")
    await chair.press("保存")
    await bench.deliverer.deliver_all()
    assert ["请您领办" in said.text for said in bench.person(SIXTH).reads()] == [True]
    (stranger,) = await forges(bench.person(FIRST), f"proj:show:{number}")
    assert "需要凭邀请链接加入" in stranger.text
    assert "（您）" in (await opens(bench.person(SIXTH), number)).text
    bench.pass_time(days=6)
    await bench.tick()
    assert [said for said in chair.reads() if "没有领办人" in said.text] == []
    bench.all_unread()


async def test_the_owner_before_hears_that_somebody_else_has_it(bench: Bench) -> None:
    number = await a_project(bench)
    chair = bench.person(CHAIR)
    await opens(chair, number)
    await chair.press("换领办人")
    assert "周萍" not in str(chair.newest_with("韦莉").labels)  # she has it
    await chair.say("陈秀兰")
    await chair.press("陈秀兰 · 网格员")  # a worker of the place
    await chair.say("她就住在旁边")
    await chair.press("保存")
    await bench.deliverer.deliver_all()
    (said,) = bench.person(FIRST).reads()
    assert "改由别人领办了" in said.text
    assert not said.buttons
    assert ["请您领办" in one.text for one in bench.person(WORKER).reads()] == [True]
    bench.all_unread()
    # A form that she had not finished is not taken, and nothing that she typed is lost.
    assert "领办人或召集人" in await declined(bench.person(FIRST), f"proj:progress:{number}")


async def test_the_lists_show_what_is_late_first(bench: Bench) -> None:
    council = await add_council(bench)
    late = await begun(bench, await passed_item(bench, council), days=2)
    over = await begun(bench, await passed_item(bench, council, number=2), days=1)
    later = await begun(bench, await passed_item(bench, council, number=3), owner=SIXTH, days=40)
    await done(bench, over)
    await look_away(bench)
    bench.pass_time(days=5)
    await bench.tick()
    bench.all_unread()
    (listed,) = await forges(bench.person(SIXTH), f"co:projects:{council}:0")
    lines = [(label, data) for label, data in listed.buttons if data.startswith("proj:show")]
    assert [data for _, data in lines] == [f"proj:show:{number}" for number in (late, later, over)]
    assert [label.split(" · ")[0] for label, _ in lines] == ["⏰ 逾期3天", "12-31", "办完了"]
    (mine,) = await forges(bench.person(SIXTH), "proj:mine:0")
    assert [data for _, data in mine.buttons] == [f"proj:show:{later}"]
    (nothing,) = await forges(bench.person(FIFTH), "proj:mine:99")
    assert "没有您领办的项目" in nothing.text
    assert "范围" in await declined(bench.person(OTHER_HEAD), f"co:projects:{council}:0")


async def test_an_english_owner_reads_english(bench: Bench) -> None:
    """The third member of the council reads English."""
    number = await a_project(bench, owner=143)
    third = bench.person(143)
    assert "Owner: Zhu Shuying (you)" in (await opens(third, number)).text
    bench.clock.now += timedelta(days=27)
    await bench.tick()
    assert ["due in 3 days" in said.text for said in third.reads()] == [True]
    bench.all_unread()


async def test_who_proposed_a_merged_item_follows_the_project_and_is_asked(bench: Bench) -> None:
    council = await add_council(bench)
    item = await passed_item(bench, council, electors=(CHAIR, FIRST))
    other = await passed_item(bench, council, number=2, proposer=WORKER)
    async with bench.database.transaction() as session:
        merged = update(AgendaItem).where(col(AgendaItem.id) == other)
        await session.execute(merged.values(state=ItemState.MERGED, merged_into_id=item))
    number = await begun(bench, item)
    await done(bench, number)
    await bench.deliverer.deliver_all()
    worker = bench.person(WORKER)
    told, asked = worker.reads()
    assert "T-A-26-002" in told.text  # her own item's code is the one she knows
    assert "您满意吗" in asked.text
    assert "四盏灯都亮了" in (await opens(worker, number)).text
    bench.all_unread()
