"""Notes, corrections, and what a party says of herself anew: through the user's hands."""

from sqlalchemy import select
from sqlmodel import col

from models.confidential import DisputeRead
from models.dispute import DisputeEntryKind, DisputeParty
from models.mediation import DisputeFile
from tests.support.attempts import accept, attempt, failed_twice
from tests.support.county import OTHER_HEAD, WORKER
from tests.support.dispute_life import begins, declined, does, entries
from tests.support.hands import Bench
from tests.support.ladder import ELDER, GROUP_WORKER, OTHER_ELDER, a_dispute, add_ladder, dispute_of
from tests.support.matters import look_away

NEWS = "老人今天又去量了墙"


async def climbed(bench: Bench) -> int:
    """A case that an elder mediates now; the worker of the grid follows it."""
    await add_ladder(bench)
    number = await a_dispute(bench)
    assert await failed_twice(bench, number, GROUP_WORKER) == "village_group"
    await accept(bench, number, ELDER)
    await look_away(bench)
    return number


async def test_whoever_had_it_adds_and_the_rung_is_told_without_a_word_of_it(bench: Bench) -> None:
    number = await climbed(bench)
    before = await dispute_of(bench, number)
    worker = bench.person(GROUP_WORKER)
    receipt = await does(worker, "note", number, note=NEWS)
    assert NEWS not in receipt.text
    await bench.deliverer.deliver_all()
    for who in (ELDER, OTHER_ELDER):
        told = bench.person(who).reads()
        assert ["有新的补充" in said.text and NEWS not in said.text for said in told] == [True]
    assert [entry.body for entry in await entries(bench, number, DisputeEntryKind.NOTE)] == [NEWS]
    after = await dispute_of(bench, number)
    assert (after.next_step_at, after.owner_id) == (before.next_step_at, before.owner_id)  # a note is no progress
    bench.all_unread()


async def test_a_photo_comes_with_it(bench: Bench) -> None:
    number = await climbed(bench)
    elder = bench.person(ELDER)
    await begins(elder, "note", number)
    await elder.send_photo("界石")
    await elder.press("发完了")
    assert "照片 1 张" in elder.newest_with("保存").text
    await elder.press("保存")
    async with bench.database.transaction() as session:
        files = list((await session.execute(select(DisputeFile))).scalars())
    assert [(one.dispute_id, one.caption) for one in files] == [(number, "界石")]
    await look_away(bench)


async def test_a_mistake_is_corrected_by_a_further_entry(bench: Bench) -> None:
    number = await climbed(bench)
    worker = bench.person(GROUP_WORKER)
    await does(worker, "note", number, note=NEWS)
    await begins(worker, "correct", number)
    await worker.press("补充")
    await worker.say("是昨天量的")
    await worker.press("保存")
    note, right = [
        *await entries(bench, number, DisputeEntryKind.NOTE),
        *await entries(bench, number, DisputeEntryKind.CORRECTION),
    ]
    assert (note.body, right.body, right.corrects_id) == (NEWS, "是昨天量的", note.id)
    assert "还没有写过" in await declined(bench.person(OTHER_ELDER), "correct", number)
    await look_away(bench)


async def test_nobody_else_adds_anything_and_nothing_is_added_to_what_is_over(bench: Bench) -> None:
    number = await climbed(bench)
    for who in (WORKER, OTHER_HEAD):
        for what in ("note", "correct", "party"):
            assert "不在您的范围" in await declined(bench.person(who), what, number)
    await begins(bench.person(ELDER), "violence", number)
    await bench.person(ELDER).press("保存")
    for what in ("note", "correct", "party"):
        assert "已经停止一切调解" in await declined(bench.person(ELDER), what, number)
    await look_away(bench)


async def test_a_party_takes_her_consent_back_and_wants_something_else(bench: Bench) -> None:
    number = await climbed(bench)
    elder = bench.person(ELDER)
    await begins(elder, "party", number)
    await elder.press("1. 冯大山")
    question = await elder.press("意愿、电话、诉求")
    assert "把墙退回来" in question.text
    await elder.press("不同意联系")
    await elder.press("跳过")
    await elder.say("赔两百块也行")
    receipt = await elder.press("保存")
    assert "冯大山" not in receipt.text
    async with bench.database.transaction() as session:
        party = (await session.execute(select(DisputeParty).where(col(DisputeParty.position) == 1))).scalar_one()
        reads = list((await session.execute(select(DisputeRead))).scalars())
    assert (party.consent, party.wishes) == (False, "赔两百块也行")
    assert reads
    entry = (await entries(bench, number, DisputeEntryKind.PARTY))[0]
    assert (entry.detail, entry.body) == ({"position": 1, "consent": False}, "把墙退回来 → 赔两百块也行")
    await bench.tick()
    left = [str(one.get("text")) for one in bench.box.messages(ELDER)]
    assert not [text for text in left if "赔两百块" in text]
    await look_away(bench)


async def test_a_telephone_is_taken_out_on_a_wish_and_only_where_there_is_one(bench: Bench) -> None:
    number = await climbed(bench)
    async with bench.database.transaction() as session:
        (await session.execute(select(DisputeParty).where(col(DisputeParty.position) == 2))).scalar_one().phone = "1900"
        (await session.execute(select(DisputeParty).where(col(DisputeParty.position) == 1))).scalar_one().phone = None
    elder = bench.person(ELDER)
    await begins(elder, "party", number)
    await elder.press("1. 冯大山")
    await elder.press("意愿、电话、诉求")
    question = await elder.press("不同意联系")
    assert "删去电话" not in str(question.raw)
    await elder.press("取消")
    await look_away(bench)
    await begins(elder, "party", number)
    await elder.press("2. 外村的老黄")
    await elder.press("意愿、电话、诉求")
    await elder.press("不同意联系")
    await elder.press("删去电话")
    summary = await elder.press("跳过")
    assert "电话：删去" in summary.text
    await elder.press("保存")
    async with bench.database.transaction() as session:
        party = (await session.execute(select(DisputeParty).where(col(DisputeParty.position) == 2))).scalar_one()
    assert (party.consent, party.phone) == (False, None)
    entry = (await entries(bench, number, DisputeEntryKind.PARTY))[0]
    assert entry.body == "1900 → —"  # the history, which whoever works on it may read, keeps what was there
    await look_away(bench)


async def test_whoever_only_follows_changes_no_party(bench: Bench) -> None:
    number = await climbed(bench)
    assert "不在您这一级" in await declined(bench.person(GROUP_WORKER), "party", number)


async def test_somebody_else_was_quicker_and_nothing_is_lost(bench: Bench) -> None:
    number = await climbed(bench)
    elder = bench.person(ELDER)
    await begins(elder, "party", number)
    await elder.press("2. 外村的老黄")
    await elder.press("意愿、电话、诉求")
    await elder.press("不同意联系")
    await elder.say("13900000000")
    await elder.press("跳过")
    await attempt(bench, number, OTHER_ELDER)
    assert "别人刚刚改过" in (await elder.press("保存")).text
    await elder.press("保存")
    async with bench.database.transaction() as session:
        party = (await session.execute(select(DisputeParty).where(col(DisputeParty.position) == 2))).scalar_one()
    assert (party.consent, party.phone) == (False, "13900000000")
    await look_away(bench)
