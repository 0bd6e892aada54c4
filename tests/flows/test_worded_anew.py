"""An item is worded anew between two votes of one meeting: the record says of each vote what was voted on."""

import pytest
from sqlalchemy import update
from sqlmodel import col

from models.ballot import BallotChoice
from models.member import Member
from tests.flows.test_minutes import votes
from tests.support.ballots import ITEM_TITLE
from tests.support.councils import CHAIR, FIRST, FOURTH, SECOND, THIRD, add_council
from tests.support.hands import Bench
from tests.support.matters import forges, look_away
from tests.support.meetings import an_item, calls, file_of, meeting_of, words_of

ANEW = "三号楼每层装感应灯"


@pytest.mark.parametrize("locale", ["zh", "en"])
async def test_each_vote_of_a_meeting_stands_in_its_record_with_its_own_words(bench: Bench, locale: str) -> None:
    council = await add_council(bench, locale=locale)
    item = await an_item(bench, council)
    number = await calls(bench, council)
    bench.clock.now = (await meeting_of(bench, number)).planned_at
    chair = bench.person(CHAIR)
    await forges(chair, f"meet:begin:{number}")
    assert await votes(bench, item, secret=False, choices={FIRST: BallotChoice.AGAINST}) == number
    await look_away(bench)
    await forges(chair, f"item:reword:{item}")
    await chair.say(ANEW)
    for _ in range(2):
        await chair.press("跳过")
    await chair.press("保存")
    await forges(chair, f"item:again:{item}")
    await chair.say("改小了再议")
    await chair.press("保存")
    yes = dict.fromkeys((CHAIR, FIRST, SECOND, THIRD, FOURTH), BallotChoice.FAVOUR)
    assert await votes(bench, item, secret=False, choices=yes) == number
    await forges(chair, f"meet:end:{number}")
    await look_away(bench)

    async with bench.database.transaction() as session:
        await session.execute(update(Member).where(col(Member.telegram_id) == CHAIR).values(locale=locale))
    await forges(chair, f"meet:minutes:{number}")
    await chair.press("跳过" if locale == "zh" else "Skip")
    summary = await chair.press("跳过" if locale == "zh" else "Skip")
    first, second = (f"《{ITEM_TITLE}》", f"《{ANEW}》") if locale == "zh" else (f"“{ITEM_TITLE}”", f"“{ANEW}”")
    assert summary.text.index(first) < summary.text.index(second)
    await chair.press("保存" if locale == "zh" else "Save")
    [said] = [one for one in await forges(chair, f"meet:file:{number}") if "document" in one.raw]
    text = words_of(file_of(bench, said))
    then = f"当时表决的内容：{first}" if locale == "zh" else f"Voted on as it read then: {first}"
    assert text.count(then) == 1  # the last vote's words stand above both
    assert text.index(ANEW) < text.index(then)
    decided = text[text.rindex("议定事项" if locale == "zh" else "3. Decisions") :]
    assert decided.index(first) < decided.index(second)
    await look_away(bench)
