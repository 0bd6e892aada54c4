"""Canaries in a council: what is written reaches its own people, a title the group, and nothing anybody else."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlmodel import col

from models.ballot import Ballot
from models.household import Household
from models.outbox import OutboxMessage
from models.project import CouncilProject
from tests.support.canaries import COUNCIL, HOUSE, Logs, Watch, dumped, mark, marks_in, marks_in_bytes, whole_log
from tests.support.councils import CHAIR, FIRST, GROUP_CHAT, SECOND, VOTERS, add_council
from tests.support.county import ADMIN, HEAD, OTHER_HEAD, OTHER_WORKER, STRANGER, WORKER
from tests.support.groups import InGroup, group_shows
from tests.support.hands import Bench, Person
from tests.support.matters import forges, look_away

# Who has nothing to do with it: another worker, another village's head, the administrator, somebody from outside.
NOT_HERS = (OTHER_WORKER, OTHER_HEAD, ADMIN, STRANGER)


@pytest.fixture
def logs() -> Iterator[Logs]:
    """Everything that is logged."""
    with whole_log() as both:
        yield both


async def discussed(bench: Bench, council: int) -> int:
    """An item that a worker has proposed, the chair has asked about and a member has spoken to; its number."""
    worker, chair, member = bench.person(WORKER), bench.person(CHAIR), bench.person(FIRST)
    await forges(worker, f"co:propose:{council}")
    await worker.say(mark("ctitle"))
    await worker.say(mark("cbody"))
    await worker.press("小事快议")
    await worker.press("跳过")
    await worker.press("保存")
    await bench.deliverer.deliver_all()
    await chair.press_all("打开议题")
    item = int(chair.newest_with("请补充").button("请补充").split(":")[2])
    await chair.press("请补充")
    await chair.say(mark("casked"))
    await chair.press("保存")
    await look_away(bench)
    await forges(worker, f"item:answer:{item}")
    await worker.say(mark("canswered"))
    await worker.press("保存")
    await look_away(bench)
    await forges(chair, f"item:accept:{item}")
    await forges(member, f"item:opinion:{item}")
    await member.say(mark("copinion"))
    await member.press("保存")
    await look_away(bench)
    return item


async def decided(bench: Bench, item: int) -> None:
    """Everybody votes for it, and its time is over."""
    chair = bench.person(CHAIR)
    await forges(chair, f"item:open:{item}")
    await chair.press("保存")
    await group_shows(bench)
    async with bench.database.transaction() as session:
        ballot = (await session.execute(select(col(Ballot.id)))).scalar_one()
    for who in VOTERS:
        await InGroup(bench, who).press("赞成")
    await forges(chair, f"vote:lines:{ballot}")
    await forges(chair, f"vote:close:{ballot}")
    await group_shows(bench)
    await look_away(bench)


async def saved(person: Person) -> None:
    """Skip what need not be answered, and save."""
    labels = person.newest_with("取消").labels
    while not any("保存" in label for label in labels):
        offered = [word for word in ("跳过", "完成") if any(word in label for label in labels)]
        labels = (await person.press(offered[0] if offered else labels[0])).labels
    await person.press("保存")


async def done(bench: Bench, item: int) -> None:
    """Its owner has done it."""
    chair, owner = bench.person(CHAIR), bench.person(SECOND)
    await forges(chair, f"item:project:{item}")
    await chair.say("徐莹")
    await chair.press("徐莹")
    await chair.say("12-20")
    await chair.say(mark("cproject"))
    await chair.say(mark("cstep"))
    await chair.press("保存")
    await look_away(bench)
    async with bench.database.transaction() as session:
        project = (await session.execute(select(col(CouncilProject.id)))).scalar_one()
    for what, words in (("delay", "creason"), ("progress", "cprogress"), ("finish", "cresult")):
        await forges(owner, f"proj:{what}:{project}")
        if what == "delay":
            await owner.say("12-25")
        await owner.say(mark(words))
        await saved(owner)
        await look_away(bench)


async def met(bench: Bench, council: int) -> None:
    """A meeting, and its record sent round."""
    chair = bench.person(CHAIR)
    await forges(chair, f"co:meet:{council}")
    await chair.press("集中议事")
    await chair.say("11-25")
    await chair.say("15:00")
    await chair.say(mark("cplace"))
    await saved(chair)
    await group_shows(bench)
    await look_away(bench)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_what_is_written_in_a_council_stays_with_those_whom_it_concerns(bench: Bench, logs: Logs) -> None:
    council = await add_council(bench)
    async with bench.database.transaction() as session:
        for household in (await session.execute(select(Household))).scalars():
            household.name, household.address = mark("housename"), mark("housedoor")
    watch = Watch(bench)
    watch.heard()
    item = await discussed(bench, council)
    await decided(bench, item)
    await done(bench, item)
    await met(bench, council)
    shown = watch.heard()
    assert shown[GROUP_CHAT] == {"ctitle", "cplace"}
    assert not {who for who in NOT_HERS if who in shown}
    assert not set().union(*shown.values()) & set(HOUSE), "the register has nothing to do with it"
    assert set().union(*shown.values()) >= set(COUNCIL) - {"cnotes", "cdecisions", "cfix"}
    for who in NOT_HERS:
        person = bench.person(who)
        for data in (f"item:show:{item}", f"item:opinions:{item}", f"co:items:{council}", "proj:show:1", "meet:show:1"):
            await forges(person, data)
    assert watch.heard() == {}
    head = bench.person(HEAD)
    await forges(head, f"item:show:{item}")
    assert watch.heard()[HEAD] >= {"ctitle", "cbody"}

    # Not in what the buttons send, nor in a small window, a notice, a log, or the database without its keys.
    assert marks_in("\n".join([*watch.buttons, *watch.toasts])) == set()
    assert marks_in(logs.ours.getvalue()) == marks_in(logs.plain.getvalue()) == set()
    assert marks_in_bytes(await dumped(bench.database)) <= set(HOUSE)
    async with bench.database.transaction() as session:
        posted = [f"{row.payload}{row.dedupe_key}" for row in (await session.execute(select(OutboxMessage))).scalars()]
    assert len(posted) > 20
    assert marks_in("\n".join(posted)) == set()
    bench.all_unread()
