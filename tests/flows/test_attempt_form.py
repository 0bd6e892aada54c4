"""An attempt is written down on the card, and nothing of it stays in the chat but code and next step."""

from datetime import date
from uuid import uuid4

from sqlalchemy import select
from sqlmodel import col

from domain.usecases.disputes import DisputeFacts, PartyFacts, mediable_matter, register_dispute
from models.confidential import DisputeRead
from models.dispute import DisputeEntry, DisputeEntryKind, DisputeKind, DisputeOutcome, DisputeSource, DisputeState
from models.mediation import Agreement, AttemptResult, DisputeFile, Mediation, MediationMethod, MediationStage
from tests.support.attempts import accept, attempt
from tests.support.county import INSTRUCTOR, WORKER
from tests.support.hands import Bench, Person, Said
from tests.support.ladder import (
    ELDER,
    GROUP_WORKER,
    a_dispute,
    actor_of,
    add_ladder,
    dispute_of,
    history,
    past_the_morning,
)

MATTER, FEELINGS = "两家争院墙边的通道", "老人怕丢面子"


async def together(bench: Bench) -> int:
    """A case that worker and instructor have on their rung, accepted by the worker."""
    await past_the_morning(bench)
    number = await a_dispute(bench, by=WORKER, household="T-A-01-001")
    await accept(bench, number, WORKER)
    await past_the_morning(bench)
    return number


async def accepted_with(bench: Bench, parties: list[PartyFacts], kind: DisputeKind = DisputeKind.DISPUTE) -> int:
    """A case with these parties that the worker has accepted."""
    await past_the_morning(bench)
    actor = await actor_of(bench, WORKER)
    facts = DisputeFacts(
        matter=mediable_matter("neighbours", None, bench.policy),
        source=DisputeSource.OFFICE,
        facts="为孩子上学争吵",
        parties=parties,
        kind=kind,
    )
    async with bench.database.transaction() as session:
        made = await register_dispute(
            session, actor=actor, facts=facts, conversation_id=str(uuid4()), now=bench.clock.now, policy=bench.policy
        )
        number = made.id
    await accept(bench, number, WORKER)
    await past_the_morning(bench)
    return number


async def begins(bench: Bench, who: int, number: int) -> Person:
    """Somebody opens the case and begins to write down an attempt."""
    person = bench.person(who)
    await person.say_all("/menu")
    await person.press_data(bench.box.messages(who)[-1]["message_id"], f"disp:show:{number}")
    assert "结果怎么样" in (await person.press("记录调解")).text
    return person


async def tells(person: Person, result: str, *, next_day: str = "跳过") -> Said:
    """She answers everything up to the summary: face to face, the matter and the feelings."""
    await person.press(result)
    await person.press("面对面")
    await person.say(MATTER)
    asked = await person.say(FEELINGS)
    if "下次" in asked.text:
        asked = await (person.press(next_day) if next_day == "跳过" else person.say(next_day))
    assert "请核对" in asked.text
    return asked


async def saves(person: Person) -> Said:
    """She saves; the receipt is the last message."""
    return (await person.press_all("保存"))[-1]


async def mediations(bench: Bench, number: int) -> list[Mediation]:
    """What was held and planned for a case."""
    query = select(Mediation).where(col(Mediation.dispute_id) == number).order_by(col(Mediation.id))
    async with bench.database.transaction() as session:
        return list((await session.execute(query)).scalars())


async def test_a_failed_attempt_is_written_down_with_matter_and_feelings(bench: Bench) -> None:
    number = await together(bench)
    worker = await begins(bench, WORKER, number)
    summary = await tells(worker, "没有调成", next_day="后天")
    for words in (MATTER, FEELINGS, "面对面", "第 1 次没调成", "陈秀兰 主持"):
        assert words in summary.text
    receipt = await saves(worker)
    assert "已记录" in receipt.text
    assert MATTER not in receipt.text
    (held,) = await mediations(bench, number)
    assert (held.result, held.counted, held.method) == (AttemptResult.FAILED, True, MediationMethod.TOGETHER)
    assert (held.matter, held.feelings, held.leader_id) == (MATTER, FEELINGS, (await actor_of(bench, WORKER)).member_id)
    dispute = await dispute_of(bench, number)
    assert (dispute.tried, dispute.next_on) == ({"grid": 1}, date(2026, 11, 23))
    await bench.tick()
    left = "".join(said.get("text", "") for said in bench.box.messages(WORKER))
    assert MATTER not in left
    assert FEELINGS not in left


async def test_the_second_failure_climbs_at_once_and_the_next_rung_is_called(bench: Bench) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench)
    await accept(bench, number, GROUP_WORKER)
    await attempt(bench, number, GROUP_WORKER)
    worker = await begins(bench, GROUP_WORKER, number)
    summary = await tells(worker, "没有调成")
    assert "自动上报" in summary.text
    assert "上一次记录" in summary.text
    receipt = await saves(worker)
    assert "已自动上报到村民小组" in receipt.text
    await bench.tick()
    assert "已自动上报到您这一级" in bench.person(ELDER).reads()[-1].text
    bench.all_unread()


async def test_an_agreement_has_its_promises_and_its_paper(bench: Bench) -> None:
    number = await together(bench)
    worker = await begins(bench, WORKER, number)
    await worker.press("达成协议")
    await worker.press("到现场")
    await worker.say(MATTER)
    await worker.press("跳过")
    assert "签了字的协议" in (await worker.say("东家月底前退回通道")).text
    await worker.send_photo()
    summary = await worker.press("照片发完了")
    assert "照片：1 张" in summary.text
    receipt = await saves(worker)
    assert "达成协议" in receipt.text
    assert "30 天内" in receipt.text
    assert "退回通道" not in receipt.text
    async with bench.database.transaction() as session:
        agreement = (await session.execute(select(Agreement))).scalar_one()
        file = (await session.execute(select(DisputeFile))).scalar_one()
    assert agreement.text == "东家月底前退回通道"
    assert (file.dispute_id, file.mediation_id) == (number, agreement.mediation_id)
    assert (await dispute_of(bench, number)).state is DisputeState.AGREED
    await bench.tick()
    assert "已达成协议" in bench.person(INSTRUCTOR).reads()[-1].text


async def test_a_party_who_did_not_come_is_named_and_uses_up_no_try(bench: Bench) -> None:
    number = await together(bench)
    worker = await begins(bench, WORKER, number)
    await worker.press("有人没来")
    await worker.press("外村的老黄")
    await worker.press("完成")
    await worker.say("打了电话没人接")
    summary = await worker.press("跳过")
    assert "没来：2. 外村的老黄" in summary.text
    await saves(worker)
    (held,) = await mediations(bench, number)
    assert (held.result, held.absent, held.counted) == (AttemptResult.ABSENT, [2], False)
    assert (await dispute_of(bench, number)).tried.get("grid", 0) == 0


async def test_a_refusal_ends_it_and_offers_the_lawful_ways(bench: Bench) -> None:
    number = await together(bench)
    worker = await begins(bench, WORKER, number)
    summary = await tells(worker, "当事人不愿调解")
    assert "其他合法途径" in summary.text
    receipt = await saves(worker)
    assert "调解终止" in receipt.text
    assert any("合法途径" in word for word in receipt.labels)
    assert (await dispute_of(bench, number)).outcome is DisputeOutcome.REFUSED
    await bench.tick()
    bench.all_unread()


async def test_days_that_cannot_be_are_refused_and_nothing_is_lost(bench: Bench) -> None:
    number = await together(bench)
    bench.pass_time(days=3)
    worker = await begins(bench, WORKER, number)
    await worker.press("部分说通")
    await worker.press("电话或视频")
    await worker.say(MATTER)
    await worker.press("跳过")
    await worker.press("跳过")
    await worker.press("跳过")
    assert "太远" in (await worker.say("2027-06-01")).text
    assert "请核对" in (await worker.press("跳过")).text
    await worker.press("修改")
    await worker.press("日期")
    assert "今天之后" in (await worker.say("2026-11-25")).text
    assert "早于案子" in (await worker.say("2026-11-20")).text
    summary = await worker.say("2026-11-22")
    assert "11月22日" in summary.text
    await saves(worker)
    (held,) = await mediations(bench, number)
    assert held.held_on == date(2026, 11, 22)
    await bench.tick()
    bench.all_unread()


async def test_what_is_held_on_its_day_is_what_was_planned(bench: Bench) -> None:
    number = await together(bench)
    worker = bench.person(WORKER)
    await worker.say_all("/menu")
    await worker.press_data(bench.box.messages(WORKER)[-1]["message_id"], f"disp:plan:{number}")
    await worker.say("明天")
    await worker.press("10:00")
    await worker.say("村委会")
    await worker.press_all("都没有")
    await worker.press_all("保存")
    await bench.tick()
    bench.all_unread()
    # What comes about before its day is another one, and leaves the plan alone.
    early = await begins(bench, WORKER, number)
    await early.press("有人没来")
    await early.press("老黄")
    await early.press("完成")
    assert "请核对" in (await early.say("提前碰头，他没来")).text
    await saves(early)
    assert (await dispute_of(bench, number)).next_on == date(2026, 11, 22)
    bench.pass_time(days=2)
    await bench.tick()
    bench.all_unread()
    on_time = await begins(bench, WORKER, number)
    summary = await tells(on_time, "没有调成")
    assert "11月22日" in summary.text
    await saves(on_time)
    plan, extra = await mediations(bench, number)
    assert (plan.stage, plan.result, plan.held_on) == (MediationStage.HELD, AttemptResult.FAILED, date(2026, 11, 22))
    assert (extra.stage, extra.result) == (MediationStage.HELD, AttemptResult.ABSENT)
    await bench.tick()
    bench.all_unread()


async def test_two_who_record_the_same_planned_mediation_count_once(bench: Bench) -> None:
    number = await together(bench)
    worker, instructor = bench.person(WORKER), bench.person(INSTRUCTOR)
    await worker.say_all("/menu")
    await worker.press_data(bench.box.messages(WORKER)[-1]["message_id"], f"disp:plan:{number}")
    await worker.say("今天")
    await worker.press("10:00")
    await worker.say("村委会")
    await worker.press_all("都没有")
    await worker.press_all("保存")
    await bench.tick()
    bench.all_unread()
    bench.pass_time(hours=4)
    await begins(bench, WORKER, number)
    await begins(bench, INSTRUCTOR, number)
    await tells(worker, "没有调成")
    await tells(instructor, "没有调成")
    assert "已记录" in (await saves(worker)).text
    late = await saves(instructor)
    assert "不计次数" in late.text
    assert (await dispute_of(bench, number)).tried == {"grid": 1}
    assert (await history(bench, number))[-2:] == ["held", "late_record"]
    async with bench.database.transaction() as session:
        query = select(DisputeEntry).where(col(DisputeEntry.kind) == DisputeEntryKind.LATE_RECORD)
        kept = (await session.execute(query)).scalar_one()
    assert kept.body == f"{MATTER}\n\n{FEELINGS}"
    await bench.tick()
    bench.all_unread()


async def test_two_who_record_at_once_see_what_the_other_has_written_before_it_counts_twice(bench: Bench) -> None:
    number = await together(bench)
    worker, instructor = await begins(bench, WORKER, number), await begins(bench, INSTRUCTOR, number)
    await tells(worker, "没有调成")
    await tells(instructor, "没有调成")
    await saves(worker)
    changed = await saves(instructor)
    assert "别人刚刚改过" in changed.text
    assert "同一次调解请只记一次" in changed.text
    assert (await dispute_of(bench, number)).tried == {"grid": 1}
    # It was a further one: confirmed, it climbs (over a village group that does not exist there).
    assert "已自动上报到村(社区)" in (await saves(instructor)).text
    await bench.tick()
    bench.all_unread()


async def test_a_record_on_a_case_that_has_climbed_meanwhile_is_kept_and_counts_nothing(bench: Bench) -> None:
    number = await together(bench)
    await attempt(bench, number, WORKER)
    worker, instructor = await begins(bench, WORKER, number), await begins(bench, INSTRUCTOR, number)
    await tells(worker, "没有调成")
    await tells(instructor, "没有调成")
    assert "已自动上报" in (await saves(worker)).text
    assert "不计次数" in (await saves(instructor)).text
    dispute = await dispute_of(bench, number)
    assert (dispute.rung, dispute.tried) == ("community", {"grid": 2, "community": 0})
    assert (await history(bench, number)).count("arrived") == 2
    await bench.tick()
    bench.all_unread()


async def test_the_receipt_can_be_had_again_when_it_was_lost(bench: Bench) -> None:
    number = await together(bench)
    worker = await begins(bench, WORKER, number)
    summary = await tells(worker, "没有调成")
    await saves(worker)
    again = await worker.press_data(summary.message_id, summary.button("保存"))
    assert "已记录" in "".join(said.text for said in again)
    assert len(await mediations(bench, number)) == 1


async def test_a_counselling_has_sessions_and_climbs_nowhere(bench: Bench) -> None:
    parties = [PartyFacts("甲", consent=True), PartyFacts("乙", consent=True)]
    number = await accepted_with(bench, parties, DisputeKind.COUNSELLING)
    for _ in range(3):
        bench.pass_time(minutes=5)
        worker = bench.person(WORKER)
        await worker.say_all("/menu")
        await worker.press_data(bench.box.messages(WORKER)[-1]["message_id"], f"disp:show:{number}")
        asked = await worker.press("记录辅导")
        assert "没有调成" not in asked.labels
        assert "自动上报" not in asked.text
        await tells(worker, "已辅导")
        await saves(worker)
    dispute = await dispute_of(bench, number)
    assert (dispute.state, dispute.rung, dispute.tried.get("grid", 0)) == (DisputeState.MEDIATING, "grid", 0)
    assert all(not one.counted for one in await mediations(bench, number))
    await bench.tick()
    bench.all_unread()


async def test_whoever_is_asked_about_the_parties_has_her_reading_logged(bench: Bench) -> None:
    number = await together(bench)
    worker = bench.person(WORKER)
    await worker.say_all("/menu")
    await worker.press_data(bench.box.messages(WORKER)[-1]["message_id"], f"disp:record:{number}")
    async with bench.database.transaction() as session:
        reads = (await session.execute(select(DisputeRead))).scalars().all()
    assert [(read.dispute_id, read.ground.value) for read in reads] == [(number, "rung")]
    bench.all_unread()


async def test_of_two_hundred_parties_those_who_did_not_come_are_typed_by_number(bench: Bench) -> None:
    parties = [PartyFacts(f"业主{number}" + "长" * 30, consent=True) for number in range(1, 201)]
    number = await accepted_with(bench, parties)
    worker = await begins(bench, WORKER, number)
    assert "200 位" in (await worker.press("有人没来")).text
    for nonsense, sentence in (("大家", "数字"), ("0", "范围"), ("3 201", "范围")):
        assert sentence in (await worker.say(nonsense)).text
    await worker.say("3、17，" + "、".join(str(one) for one in range(21, 101)))
    await worker.say("事" * 1000)
    summary = await worker.press("跳过")
    assert "没来：3. 业主3" in summary.text
    assert "…" in summary.text
    await saves(worker)
    (held,) = await mediations(bench, number)
    assert held.absent == [3, 17, *range(21, 101)]


async def test_the_longest_record_fits_into_one_summary(bench: Bench) -> None:
    number = await together(bench)
    worker = await begins(bench, WORKER, number)
    await worker.press("达成协议")
    await worker.press("面对面")
    assert "太长" in (await worker.say("<" * 1001)).text
    await worker.say("<" * 1000)
    await worker.say("&" * 500)
    await worker.say("😀" * 500)
    summary = await worker.press("跳过")
    assert "请核对" in summary.text
    assert "😀" * 500 in summary.text
    assert "达成协议" in (await saves(worker)).text
    await bench.tick()
    bench.all_unread()
