"""Who the parties are after all: a further one, a name put right, a tie to the register; through the user's hands."""

from sqlalchemy import select
from sqlmodel import col

from models.dispute import DisputeEntryKind, DisputeParty
from tests.support.alerts import id_of, is_kin
from tests.support.attempts import accept, failed_twice
from tests.support.county import INSTRUCTOR, WORKER
from tests.support.dispute_life import begins, declined, entries
from tests.support.hands import Bench
from tests.support.ladder import ELDER, GROUP_WORKER, a_dispute, add_ladder, dispute_of, past_the_morning
from tests.support.matters import look_away


async def accepted(bench: Bench) -> int:
    """A case of no household of the register, that the instructor has accepted."""
    await past_the_morning(bench)
    number = await a_dispute(bench, by=WORKER, household=None)
    await accept(bench, number, INSTRUCTOR)
    await look_away(bench)
    return number


async def parties(bench: Bench, number: int) -> list[DisputeParty]:
    """The parties in their order."""
    query = select(DisputeParty).where(col(DisputeParty.dispute_id) == number).order_by(col(DisputeParty.position))
    async with bench.database.transaction() as session:
        return list((await session.execute(query)).scalars())


async def ties(bench: Bench, number: int, who: int, query: str, found: str) -> str:
    """Say that the second party is somebody of the register; the receipt."""
    person = bench.person(who)
    await begins(person, "party", number)
    await person.press("2. 外村的老黄")
    await person.press("是登记册里的人")
    await person.say(query)
    summary = await person.press(found)
    assert "绕开" in summary.text
    return (await person.press("保存")).text


async def test_a_name_is_put_right_and_the_history_keeps_the_old_one(bench: Bench) -> None:
    number = await accepted(bench)
    person = bench.person(INSTRUCTOR)
    await begins(person, "party", number)
    await person.press("2. 外村的老黄")
    await person.press("姓名写错了")
    await person.say("黄有德")
    receipt = await person.press("保存")
    assert "黄" not in receipt.text
    assert [one.name for one in await parties(bench, number)] == ["冯大山", "黄有德"]
    (entry,) = await entries(bench, number, DisputeEntryKind.PARTY)
    assert (entry.body, entry.detail) == ("外村的老黄 → 黄有德", {"position": 2, "registered": False})
    await look_away(bench)


async def test_a_tie_to_the_register_sends_the_case_past_whoever_is_kin(bench: Bench) -> None:
    number = await accepted(bench)
    assert "已更新" in await ties(bench, number, WORKER, "单小红", "单小红")
    party = (await parties(bench, number))[1]
    assert (party.name, party.resident_id is not None) == ("单小红", True)
    assert [one.body for one in await entries(bench, number, DisputeEntryKind.PARTY)] == ["外村的老黄 → 单小红"]
    await is_kin(bench, INSTRUCTOR, party.household_id)
    await bench.sweep.disputes()
    assert (await dispute_of(bench, number)).owner_id == await id_of(bench, WORKER)
    assert "不在您的范围" in await declined(bench.person(INSTRUCTOR), "show", number)
    await look_away(bench)


async def test_an_owner_who_was_kin_before_the_tie_loses_the_case_within_the_minute(bench: Bench) -> None:
    number = await accepted(bench)
    assert "已更新" in await ties(bench, number, WORKER, "单小红", "单小红")
    household = (await parties(bench, number))[1].household_id
    other = await a_dispute(bench, by=WORKER, household=None)
    await accept(bench, other, INSTRUCTOR)
    await look_away(bench)
    await is_kin(bench, INSTRUCTOR, household)
    assert (await dispute_of(bench, other)).owner_id == await id_of(bench, INSTRUCTOR)
    assert "已更新" in await ties(bench, other, WORKER, "单小红", "单小红")
    await bench.sweep.disputes()
    assert (await dispute_of(bench, other)).owner_id == await id_of(bench, WORKER)
    assert "不在您的范围" in await declined(bench.person(INSTRUCTOR), "show", other)
    await look_away(bench)


async def test_a_further_party_is_added_with_what_she_says(bench: Bench) -> None:
    number = await accepted(bench)
    person = bench.person(INSTRUCTOR)
    await begins(person, "party", number)
    await person.press("增加一位当事人")
    await person.say("单小红")
    await person.say("单小红")
    await person.press("单小红")
    await person.press("同意联系")
    await person.say("13900000000")
    await person.say("早点修好")
    await person.press("保存")
    new = (await parties(bench, number))[2]
    assert (new.position, new.name, new.consent, new.phone, new.wishes) == (
        3, "单小红", True, "13900000000", "早点修好",
    )  # fmt: skip
    assert new.household_id is not None
    assert (await dispute_of(bench, number)).people == 3
    await look_away(bench)


async def test_the_same_party_is_not_added_twice_and_nothing_is_lost(bench: Bench) -> None:
    number = await accepted(bench)
    person = bench.person(INSTRUCTOR)
    await begins(person, "party", number)
    await person.press("增加一位当事人")
    await person.say("冯大山")
    await person.press("跳过")
    await person.press("同意联系")
    await person.press("跳过")
    await person.press("跳过")
    assert "已经在名单里" in (await person.press("保存")).text
    assert len(await parties(bench, number)) == 2
    await look_away(bench)


async def test_no_more_than_two_hundred(bench: Bench) -> None:
    number = await accepted(bench)
    async with bench.database.transaction() as session:
        session.add_all(
            DisputeParty(
                dispute_id=number, position=place, name=f"村民{place}", consent=False, consent_at=bench.clock()
            )
            for place in range(3, 201)
        )
    person = bench.person(INSTRUCTOR)
    await begins(person, "party", number)
    await person.press("增加一位当事人")
    await person.say("又一位")
    for label in ("跳过", "不同意联系", "跳过", "跳过"):
        await person.press(label)
    assert "最多 200 位" in (await person.press("保存")).text
    assert len(await parties(bench, number)) == 200
    await look_away(bench)


async def test_whoever_has_no_register_is_not_offered_it(bench: Bench) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench)
    await failed_twice(bench, number, GROUP_WORKER)
    await look_away(bench)
    elder = bench.person(ELDER)
    await begins(elder, "party", number)
    question = await elder.press("2. 外村的老黄")
    assert not [label for label in question.labels if "登记册" in label]
    await elder.press("姓名写错了")
    await elder.say("黄有德")
    await elder.press("保存")
    await begins(elder, "party", number)
    await elder.press("增加一位当事人")
    assert "愿意让我们联系" in (await elder.say("老黄的儿子")).text
    await look_away(bench)
