"""The ways into the registering of a dispute, out of it and back: safety first, a visit, a lead, a draft."""

from sqlalchemy import select, update
from sqlmodel import col

from models.confidential import Tie, TieKind
from models.dispute import DisputeSource
from models.lead import Colour
from models.member import Appointment, Member
from tests.support.county import ADMIN, EXPERT, INSTRUCTOR, OTHER_WORKER, WORKER
from tests.support.hands import Bench, Person, Said
from tests.support.ladder import history
from tests.support.matters import forges
from tests.support.registering import NEIGHBOURS, TWO, disputes, parties_of, the_dispute, to_the_parties, to_the_summary
from tests.support.reports import NO, number_of, presses, the_lead


async def from_the_parties_on(person: Person) -> Said:
    """Everything after the item, up to the summary."""
    await person.say(TWO)
    await presses(person, "都写好了", "都同意", "完成", "跳过")
    return await person.say("为院墙吵了三天")


async def test_whoever_is_in_danger_is_reported_and_not_registered(bench: Bench) -> None:
    worker = bench.person(WORKER)
    asked = await worker.say("/dispute")
    for words in ("110", "120", "12338", "不登记、不调解"):
        assert words in asked.text
    assert "先回答五句" in (await worker.press("有，或拿不准")).text
    await presses(worker, "① 眼下有危险", *NO[1:], "不是某一户")
    await worker.say("动手打人了")
    await worker.press("保存")
    assert (await the_lead(bench)).colour is Colour.RED
    assert await disputes(bench) == []


async def test_danger_in_a_household_is_reported_with_the_household_filled_in(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("王秀英")
    await worker.press("王秀英")
    await presses(worker, "登记纠纷", "有，或拿不准", "① 眼下有危险", *NO[1:])
    await worker.say("动手打人了")
    await worker.press("保存")
    assert (await the_lead(bench)).household_id == await number_of(bench, "T-A-01-001")


async def test_from_a_households_card_the_household_is_filled_in(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("王秀英")
    card = await worker.press("王秀英")
    asked = await presses(worker, "登记纠纷", "没有，登记纠纷")
    assert asked.message_id != card.message_id  # the card stays
    await presses(worker, "矛盾纠纷", "上门反映", *NEIGHBOURS)
    assert "王秀英 · 东关村1号" in (await from_the_parties_on(worker)).text
    await worker.press("保存")
    assert (await the_dispute(bench)).household_id == await number_of(bench, "T-A-01-001")


async def test_trouble_noted_on_a_visit_goes_on_as_a_dispute(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("走访登记")
    await presses(worker, "单小红", "电话", "见到了", "跳过", "有麻烦要报告", "完成", "跳过", "跳过", "不变")
    receipt = await worker.press("保存")
    asked = await worker.press("登记纠纷")
    assert asked.message_id != receipt.message_id
    await presses(worker, "没有，登记纠纷", "矛盾纠纷", *NEIGHBOURS)
    await from_the_parties_on(worker)
    await worker.press("保存")
    dispute = await the_dispute(bench)
    assert (dispute.source, dispute.household_id) == (DisputeSource.VISIT, await number_of(bench, "T-A-01-002"))


async def test_somebody_bound_to_a_party_has_the_code_and_nothing_more(bench: Bench) -> None:
    worker = bench.person(WORKER)
    home = await number_of(bench, "T-A-01-002")
    async with bench.database.transaction() as session:
        member = (await session.execute(select(col(Member.id)).where(col(Member.telegram_id) == WORKER))).scalar_one()
        session.add(Tie(member_id=member, household_id=home, kind=TieKind.KIN, declared_at=bench.clock.now))
    await to_the_parties(worker)
    await worker.say("单小红")
    await worker.press("单小红 · 东关村2号")
    await presses(worker, "都写好了", "都同意", "完成", "跳过", "跳过")
    await worker.say("分家的事")
    receipt = await worker.press("保存")
    dispute = await the_dispute(bench)
    assert dispute.conflict
    assert (dispute.code in receipt.text, "由别人接手" in receipt.text, receipt.labels) == (True, True, [])
    assert await forges(worker, f"disp:show:{dispute.id}") == []
    await bench.tick()
    assert any(dispute.code in said.text for said in bench.person(INSTRUCTOR).reads())
    assert not [said for said in worker.reads() if dispute.code in said.text]
    bench.all_unread()


async def test_what_was_said_leaves_the_chat_and_the_receipt_stays(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await to_the_parties(worker)
    await worker.say("qnameq 13800000001\n乙")
    await presses(worker, "都写好了", "都同意", "完成")
    await worker.say("qwishq")
    await presses(worker, "完成", "跳过")
    await worker.say("qfactq")
    receipt = await worker.press("保存")
    bench.pass_time(seconds=30)
    await bench.vanisher.delete_due()
    left = [message.get("text", "") for message in bench.box.messages(WORKER)]
    assert not [text for text in left if any(word in text for word in ("qnameq", "qwishq", "qfactq", "1380"))]
    assert receipt.text in left


async def test_an_unfinished_registering_is_a_draft_that_can_be_gone_on_with(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await to_the_parties(worker, "我网格里的一户", "王秀英")
    await worker.say("老黄 13800000001")
    await worker.press("稍后再填")
    bench.pass_time(hours=2)
    drafts = await worker.say("草稿")
    assert "王秀英" not in "".join(drafts.labels)
    again = await worker.press("登记纠纷")
    assert "已有 1 位：老黄" in again.text
    await presses(worker, "都写好了", "都没同意", "跳过")
    await worker.say("拌嘴")
    await worker.press("保存")
    assert [one.name for one in await parties_of(bench, (await the_dispute(bench)).id)] == ["老黄"]


async def test_a_second_press_on_save_shows_the_same_receipt_and_doubles_nothing(bench: Bench) -> None:
    worker = bench.person(WORKER)
    summary = await to_the_summary(worker)
    data = summary.button("保存")
    first = await worker.press("保存")
    bench.pass_time(minutes=20)
    again = await worker.press_data(first.message_id, data)
    assert [said.text for said in again] == [first.text]
    assert await history(bench, (await the_dispute(bench)).id) == ["registered", "arrived"]


async def test_who_does_not_mediate_registers_nothing(bench: Bench) -> None:
    for somebody in (ADMIN, EXPERT):
        person = bench.person(somebody)
        assert (await person.say("/dispute")).labels == []
        assert [said.labels for said in await forges(person, "case:menu:0:safe")] == [[]]
    assert await disputes(bench) == []


async def test_whoever_lost_the_grid_goes_on_with_nothing_of_it(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await to_the_parties(worker, "我网格里的一户", "王秀英")
    await worker.say("wxy")
    await worker.press("王秀英 · 东关村1号")
    async with bench.database.transaction() as session:
        other = select(col(Appointment.area_id)).join(Member, col(Member.id) == col(Appointment.member_id))
        grid = (await session.execute(other.where(col(Member.telegram_id) == OTHER_WORKER))).scalar_one()
        mine = select(col(Member.id)).where(col(Member.telegram_id) == WORKER).scalar_subquery()
        await session.execute(update(Appointment).where(col(Appointment.member_id) == mine).values(area_id=grid))
    said = await worker.press("都写好了")
    assert "王秀英" not in said.text
    assert await disputes(bench) == []


async def test_half_a_list_of_people_who_are_no_longer_hers_is_not_shown(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await to_the_parties(worker)
    await worker.say("wxy")
    await worker.press("王秀英 · 东关村1号")
    async with bench.database.transaction() as session:
        other = select(col(Appointment.area_id)).join(Member, col(Member.id) == col(Appointment.member_id))
        grid = (await session.execute(other.where(col(Member.telegram_id) == OTHER_WORKER))).scalar_one()
        mine = select(col(Member.id)).where(col(Member.telegram_id) == WORKER).scalar_subquery()
        await session.execute(update(Appointment).where(col(Appointment.member_id) == mine).values(area_id=grid))
    said = await worker.say("老白 13800000002")
    assert ("王秀英" in said.text, "不在您的范围" in said.text) == (False, True)
    said = await worker.press("清空重来")
    assert "当事人有哪些" in said.text
    assert "已有 1 位：老白" in (await worker.say("老白 13800000002")).text
