"""What is left of a council's old item when its words are forgotten can still be opened, and says they are gone."""

from datetime import timedelta

from sqlalchemy import select
from sqlmodel import col

from models.ballot import Ballot
from scheduler.sweep import Sweep
from tests.support.councils import CHAIR
from tests.support.hands import Bench
from tests.support.matters import forges, look_away
from tests.support.projects import TITLE, WHAT, a_project, done, opens, project_of


async def test_an_old_item_its_vote_and_its_project_are_opened_without_their_words(bench: Bench) -> None:
    number = await a_project(bench)
    await done(bench, number)
    await look_away(bench)
    item = (await project_of(bench, number)).item_id
    chair = bench.person(CHAIR)
    (card,) = await forges(chair, f"item:show:{item}")
    assert TITLE in card.text
    bench.pass_time(days=15)
    await bench.tick()  # how satisfied people are is asked no more
    bench.all_unread()
    night = Sweep(bench.database, clock=lambda: bench.clock.now + timedelta(days=2000), policy=bench.policy)
    await night.purge()
    async with bench.database.transaction() as session:
        ballot = (await session.execute(select(col(Ballot.id)).where(col(Ballot.item_id) == item))).scalar_one()
    seen = [await opens(chair, number)]
    for press in (f"item:show:{item}", f"item:line:{item}:0", f"item:opinions:{item}:0", f"vote:board:{ballot}"):
        seen += await forges(chair, press)
    seen += await forges(chair, f"proj:line:{number}:0")
    told = "\n".join(one.text for one in seen)
    assert len(seen) > 3
    assert "▇▇" in told
    assert not [word for word in (TITLE, WHAT, "晚上看不见路", "四盏灯都亮了") if word in told]
