"""Canaries: unique words in every sensitive field, and no trace of them where none may be.

What is sensitive is nowhere readable in the database; neither that nor a name or a door is in a log line, in a notice
on its way, on a notified screen, or in what a button sends back.
"""

import io
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlmodel import SQLModel, col

from console.log import set_up_logging
from domain.rules.register import RegisterItem
from models.conversation import Conversation
from models.household import Resident
from models.inbox import InboxUpdate
from models.lead import Lead, LeadFile
from models.outbox import OutboxMessage
from models.session import Database
from tests.support.county import HEAD, INSTRUCTOR, NAMES, POLICY, SATURDAY, WORKER
from tests.support.hands import Bench, Person, Said, open_bench

# ASCII, so that no escaping hides them.
SITUATION, CONTACT, NEEDS, POLITICAL = "qsituationq", "qcontactq", "qneedsq", "qpoliticalq"
PHONE, NOTE, SEEN, CAPTION, WRONG = "qphoneq", "qvisitnoteq", "qseenq", "qcaptionq", "qwrongq"
SIGNERS_NOTE, DRAFTED, HALF, SEARCHED, EDITED, BROKEN = (
    "qtiernoteq",
    "qdraftedq",
    "qhalfq",
    "qsearchedq",
    "qeditedq",
    "qbrokenq",
)
STORY, PERSONS, TERMS, REFUGE, EVIDENCE, UNSENT = (
    "qstoryq",
    "qpersonsq",
    "qtermsq",
    "qrefugeq",
    "qevidenceq",
    "qunsentq",
)
SENSITIVE = (
    *(SITUATION, CONTACT, NEEDS, POLITICAL, PHONE, NOTE, SEEN, CAPTION, WRONG),
    *(SIGNERS_NOTE, DRAFTED, HALF, SEARCHED, EDITED, BROKEN),
    *(STORY, PERSONS, TERMS, REFUGE, EVIDENCE, UNSENT),
)
NAME, DOOR, NEWCOMER = "Qname", "Qdoor 7", "Qnewcomer"
# Readable in the database, because they are searched; not to be told to whoever looks over a shoulder.
PERSONAL = (NAME, DOOR, NEWCOMER, "王秀英", "单小红", "东关村1号", "陈秀兰")
ITEMS = {
    "家庭情况": SITUATION,
    "联系方式": CONTACT,
    "需求": NEEDS,
    "政治面貌": POLITICAL,
    "户主姓名": NAME,
    "门牌": DOOR,
}


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything the program logs at its most talkative, as it sets logging up itself."""
    root, written = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    set_up_logging("DEBUG")
    root.addHandler(logging.StreamHandler(written))
    yield written
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
async def county(database: Database) -> AsyncIterator[Bench]:
    """The program in a county that has switched every item on."""
    policy = replace(POLICY, register_items=frozenset(item.value for item in RegisterItem))
    bench = await open_bench(database, SATURDAY, policy, NAMES)
    await bench.settle()
    bench.all_unread()
    yield bench
    await bench.close()


async def corrects_the_register(worker: Person) -> None:
    """Every item that can be written anew, and somebody who has come."""
    await worker.say("T-A-01-001")
    await worker.press("东关村1号")
    for label, value in ITEMS.items():
        await worker.press("修改资料" if label == "家庭情况" else "再改一项")
        await worker.press(label)
        await worker.say(value)
        await worker.press("保存")
    await worker.press("查看")
    await worker.press("家庭成员")
    await worker.press("新来的人")
    await worker.say(NEWCOMER)
    await worker.press("子女")
    await worker.press("跳过")
    await worker.press("保存")


async def checks_in(worker: Person) -> None:
    """A visit with everything that can be typed or sent, in the wrong places too, and a proposal with it."""
    await worker.say("走访登记")
    await worker.press(NAME)
    await worker.say(WRONG)
    await worker.press("上门")
    await worker.press("见到了")
    await worker.press("都没有")
    await worker.say(SEEN)
    await worker.press("完成")
    await worker.say(NOTE)
    mine = [m for m in worker.bench.box.messages(WORKER) if not m["from"]["is_bot"]][-1]
    await worker.does("edit", message_id=mine["message_id"], text=EDITED)
    await worker.press("完成")
    await worker.send_photo(CAPTION)
    await worker.press("照片发完了")
    await worker.press("跳过")
    await worker.press("不变")
    await worker.press("保存")


async def proposes(worker: Person) -> None:
    """Another tier, with a note for the signer."""
    await worker.say("T-A-01-001")
    await worker.press(NAME)
    await worker.press("调整分级")
    await worker.press("监测户")
    await worker.press("情况稳定")
    await worker.say(SIGNERS_NOTE)
    await worker.press("保存")


async def leaves_drafts(worker: Person) -> None:
    """A form kept with an answer, another with half of one, and words out of the blue."""
    await worker.say("走访登记")
    await worker.press("单小红")
    await worker.press("电话")
    await worker.press("无人在家")
    await worker.say(DRAFTED)
    await worker.press("稍后再填")
    await worker.say("走访登记")
    await worker.press("张伟")
    await worker.press("电话")
    await worker.press("见到了")
    await worker.say(HALF)
    await worker.press("稍后再填")
    await worker.say(SEARCHED)


async def reports(worker: Person) -> None:
    """A red lead with everything that can be told of it, in the wrong places too, and another one kept as a draft."""
    await worker.say("上报线索")
    await worker.say(WRONG)
    for label in ("④ 有性侵害", "没有危险", "不涉及孩子", "能自己做主", "没有拐卖", "我网格里的一户", "单小红"):
        await worker.press(label)
    await worker.send_photo(EVIDENCE)
    await worker.say(STORY)
    for label, words in (("受影响的人", PERSONS), ("安全住处", REFUGE)):
        await worker.press("修改")
        await worker.press(label)
        await worker.say(words)
    await worker.press("修改")
    await worker.press("安全联系")
    await worker.press("可以打电话")
    await worker.say(TERMS)
    await worker.press("保存")
    worker.bench.pass_time(minutes=1)
    await worker.say("上报线索")
    for label in ("② 涉及孩子", "没有危险", "能自己做主", "没有性侵", "没有拐卖", "不是某一户"):
        await worker.press(label)
    await worker.send_photo(UNSENT)
    await worker.press("稍后再填")


async def sends_what_cannot_be_handled(bench: Bench) -> None:
    """An update whose shape nobody knows, set aside with an alarm."""
    person = {"id": WORKER, "is_bot": False, "first_name": "x"}
    broken = {"chat": {"id": WORKER, "type": "private"}, "from": person, "text": BROKEN, "date": "soon"}
    await bench.inbox.store([{"update_id": 7, "message": broken}])
    await bench.settle()


async def notices(bench: Bench) -> list[Said]:
    """What the mornings and the work tell, as it lies on screens."""
    bench.all_unread()
    await bench.tick()
    told = bench.all_unread()
    for days in (1, 9):
        bench.pass_time(days=days)
        await bench.tick()
        told += bench.all_unread()
    return told


def callback_data(anything: Any) -> Iterator[str]:
    """Every piece of callback data within."""
    if isinstance(anything, dict):
        for key, value in anything.items():
            if key == "callback_data":
                yield value
            yield from callback_data(value)
    elif isinstance(anything, list | tuple):
        for value in anything:
            yield from callback_data(value)


async def readable_in(database: Database) -> str:
    """Everything that somebody with the database, but without the keys, can read."""
    if database.is_sqlite:
        file = Path(database.url.split("///")[1])
        files = [file, file.with_name(f"{file.name}-wal")]
        return "".join(one.read_bytes().decode("latin-1") for one in files if one.exists())
    async with database.transaction() as session:
        rows = [
            str(row)
            for table in SQLModel.metadata.tables
            for (row,) in await session.execute(text(f'SELECT CAST(t AS text) FROM "{table}" t'))
        ]
    return "\n".join(rows)


def found(words: tuple[str, ...], where: str) -> list[str]:
    """The words that are there, as they are, escaped, or in hexadecimal."""
    forms = {word: (word, word.encode("unicode_escape").decode(), word.encode().hex()) for word in words}
    return [word for word, ways in forms.items() if any(way in where for way in ways)]


async def test_no_canary_sings_where_it_must_not(county: Bench, log: io.StringIO) -> None:
    worker, instructor = county.person(WORKER), county.person(INSTRUCTOR)
    async with county.database.transaction() as session:
        await session.execute(update(Resident).values(phone=PHONE))
    await corrects_the_register(worker)
    await checks_in(worker)
    await proposes(worker)
    await leaves_drafts(worker)
    await reports(worker)
    await sends_what_cannot_be_handled(county)
    county.all_unread()
    await county.deliverer.deliver_all()
    told = county.all_unread()
    await instructor.press("查看并签字")
    await instructor.press("同意并签字")
    told += await notices(county)
    assert {said.raw["chat"]["id"] for said in told} >= {WORKER, INSTRUCTOR, HEAD}
    screens = "\n".join("\n".join((said.text, *said.labels)) for said in told)
    assert not found((*SENSITIVE, *PERSONAL), screens)
    pressed = "\n".join(callback_data(county.box.world.feed.since(0)))
    assert "tier:yes:" in pressed
    assert not found((*SENSITIVE, *PERSONAL), pressed)
    assert "update_set_aside" in log.getvalue()
    assert not found((*SENSITIVE, *PERSONAL), log.getvalue())
    async with county.database.transaction() as session:
        outbox = [f"{row.payload}{row.dedupe_key}" for row in (await session.execute(select(OutboxMessage))).scalars()]
    assert not found((*SENSITIVE, *PERSONAL), "\n".join(outbox))
    assert not found(SENSITIVE, await readable_in(county.database))


async def test_the_canaries_were_there(county: Bench) -> None:
    """The other test would be green if nothing had been stored at all."""
    worker = county.person(WORKER)
    await corrects_the_register(worker)
    await leaves_drafts(worker)
    await reports(worker)
    county.all_unread()
    assert found((NAME, DOOR, NEWCOMER), await readable_in(county.database)) == [NAME, DOOR, NEWCOMER]
    async with county.database.transaction() as session:
        drafts = "".join(row.state for row in (await session.execute(select(Conversation))).scalars())
        waiting = (await session.execute(select(col(InboxUpdate.payload)))).scalars().all()
    assert set(found((DRAFTED, HALF, UNSENT), drafts)) == {DRAFTED, HALF, UNSENT}
    async with county.database.transaction() as session:
        lead = (await session.execute(select(Lead))).scalar_one()
        (caption,) = (await session.execute(select(col(LeadFile.caption)))).scalars()
    assert (lead.narrative, lead.persons, lead.safe_address, caption) == (STORY, PERSONS, REFUGE, EVIDENCE)
    assert lead.safe_contact == f"可以打电话\n{TERMS}"
    assert not [payload for payload in waiting if payload]
