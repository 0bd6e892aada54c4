"""Canaries in leads: what is written of them is shown to whoever may see it, and stands nowhere else.

Who is shown what is compared for equality: a chapter in which nothing was there to be found fails as well.
"""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from console.backup import copy_out
from models.confidential import BreakGlass
from models.household import Household, Resident
from models.keyring import keyring
from models.lead import FileState, Lead, LeadEntry, LeadFile
from models.outbox import OutboxMessage
from models.referral import Referral
from models.session import Database
from tests.support.canaries import HOUSE, TYPED, Logs, Watch, dumped, mark, marks_in, marks_in_bytes, whole_log
from tests.support.county import (
    ADMIN,
    AUDITOR,
    COUNTY,
    ENGLISH,
    EXPERT,
    HEAD,
    INSTRUCTOR,
    OTHER_HEAD,
    OTHER_WORKER,
    STRANGER,
    UNIT,
    WORKER,
)
from tests.support.hands import Bench
from tests.support.lead_life import LIFE, ORDINARY, WORDS, Chapter
from tests.support.lead_reports import draws_up, reports, reports_an_ordinary_one
from tests.support.matters import forges, look_away

# Her own words and the household she picked, in the form.
WHILE_REPORTING = {*WORDS, "terms", "refuge", "searched", "housename", "housedoor", "category"}
# What no red lead asks for, or nobody keeps.
NOT_KEPT = {"wrong", "astray", "searched", "edited", "unsent"}
NOT_OF_RED = {"raised", "lowered", "lawful", "disclosed"}


@pytest.fixture
async def marked(bench: Bench) -> AsyncIterator[Bench]:
    """A household with a marked name, door and telephone, in a county whose people share a group with the bot."""
    bench.box.add_group("东关村", [WORKER, HEAD, OTHER_WORKER], bot_admin=True)
    async with bench.database.transaction() as session:
        this = update(Household).where(col(Household.code) == "T-A-01-004")
        await session.execute(this.values(name=mark("housename"), address=mark("housedoor")))
        await session.execute(update(Resident).values(phone=mark("housephone")))
    await bench.settle()
    yield bench
    bench.all_unread()


@pytest.fixture
def logs() -> Iterator[Logs]:
    """Everything that is logged."""
    with whole_log() as both:
        yield both


async def pause(bench: Bench, watch: Watch) -> None:
    """Between two chapters: everything is delivered, and nothing is left of what was said and shown."""
    await look_away(bench)
    assert watch.heard() == {}, "a notice tells"
    bench.pass_time(minutes=10)
    await bench.vanisher.delete_due()
    assert watch.left() == {}, "something stays in a chat"


async def the_newest(bench: Bench) -> Lead:
    """The lead that was reported last."""
    async with bench.database.transaction() as session:
        return (await session.execute(select(Lead).order_by(col(Lead.id).desc()).limit(1))).scalar_one()


async def lives(bench: Bench, watch: Watch, lead: Lead, chapters: tuple[Chapter, ...]) -> None:
    """One chapter after the other; each shows its marks to its people and to nobody else."""
    for chapter in chapters:
        await chapter.tells(bench, lead)
        assert watch.heard() == chapter.shows, chapter.tells.__name__
        await pause(bench, watch)


async def kept(bench: Bench) -> set[str]:
    """The marks that are in the database for whoever has the keys."""
    words: list[str | None] = []
    async with bench.database.transaction() as session:
        for table in (Lead, LeadEntry, LeadFile, Referral, BreakGlass):
            for row in (await session.execute(select(table))).scalars():
                values = [str(value) for value in row.model_dump(exclude={"content"}).values()]
                words += values
    return marks_in("\n".join(word for word in words if word))


def copied(database: Database, folder: Path) -> bytes:
    """The copy that `backup` makes, as bytes and as what SQLite itself reads in it without our keys."""
    copy = folder / "copy.db"
    copy_out(Path(database.url.split("///")[1]), copy)
    with closing(sqlite3.connect(copy)) as opened:
        return copy.read_bytes() + "\n".join(opened.iterdump()).encode()


async def test_a_whole_life_is_shown_to_whoever_may_see_it_and_stands_nowhere_else(
    marked: Bench, logs: Logs, tmp_path: Path
) -> None:
    watch = Watch(marked)
    await reports(marked)
    assert watch.heard() == {WORKER: WHILE_REPORTING}
    lead = await the_newest(marked)
    await pause(marked, watch)
    await lives(marked, watch, lead, LIFE)
    assert await kept(marked) >= set(TYPED) - NOT_KEPT - NOT_OF_RED
    # The buttons of the five questions name all five, for whoever reports anything.
    assert marks_in("\n".join(data for data in watch.buttons if not data.startswith("newlead:triage:"))) == set()
    assert marks_in("\n".join(watch.toasts)) == set()
    assert f"lead:show:{lead.id}" in watch.buttons
    assert marks_in(logs.ours.getvalue()) == marks_in(logs.plain.getvalue()) == set()
    assert marks_in_bytes(await dumped(marked.database)) == set(HOUSE)
    if marked.database.is_sqlite:
        assert marks_in_bytes(copied(marked.database, tmp_path)) == set(HOUSE)
    async with marked.database.transaction() as session:
        posted = [f"{row.payload}{row.dedupe_key}" for row in (await session.execute(select(OutboxMessage))).scalars()]
    assert lead.code in "\n".join(posted)
    assert marks_in("\n".join(posted)) == set()


async def test_so_is_the_life_of_an_ordinary_one_that_becomes_red(marked: Bench, logs: Logs) -> None:
    watch = Watch(marked)
    await reports_an_ordinary_one(marked)
    # The form asks for every kind of violence.
    assert watch.heard() == {WORKER: {"narrative", "terms", "housename", "housedoor", "category"}}
    lead = await the_newest(marked)
    await pause(marked, watch)
    await lives(marked, watch, lead, ORDINARY)
    assert await kept(marked) >= NOT_OF_RED
    assert marks_in(logs.ours.getvalue()) == set()
    assert marks_in_bytes(await dumped(marked.database)) == set(HOUSE)


async def test_a_file_is_kept_and_shown_without_what_it_says_of_itself(marked: Bench, logs: Logs) -> None:
    await reports(marked)
    lead = await the_newest(marked)
    await marked.program.keeper.keep_waiting()
    async with marked.database.transaction() as session:
        files = list((await session.execute(select(LeadFile).order_by(col(LeadFile.id)))).scalars())
    assert [file.state for file in files] == [FileState.KEPT] * 3
    opened = [keyring().open(file.content or b"", "lead_file.content") for file in files]
    assert [marks_in_bytes(content) for content in opened] == [set(), set(), {"sound"}]
    watch, head = Watch(marked), marked.person(HEAD)
    watch.heard()
    await forges(head, f"lead:files:{lead.id}")
    assert [marks_in_bytes(content) for _, content in watch.files_of_the_bot()] == [set(), set(), {"sound"}]
    assert watch.heard() == {HEAD: {"caption"}}
    assert marks_in(logs.ours.getvalue()) == marks_in(logs.plain.getvalue()) == set()
    marked.all_unread()


async def test_whoever_may_not_see_it_finds_nothing_by_any_button_command_or_word(marked: Bench) -> None:
    await reports(marked)
    lead = await the_newest(marked)
    watch = Watch(marked)
    watch.heard()
    for who in (OTHER_WORKER, ENGLISH, ADMIN, OTHER_HEAD, AUDITOR, EXPERT, UNIT, INSTRUCTOR, COUNTY, STRANGER):
        person = marked.person(who)
        for what in ("show", "line", "files", "note", "correct", "decide", "reopen", "recolour", "refer", "whistle"):
            await forges(person, f"lead:{what}:{lead.id}")
        for what in ("ack", "take", "pass", "yes", "no", "phones"):
            await forges(person, f"alert:{what}:1")
        for word in (lead.code, "/leads", "/reads", "/asked", "/drafts", f"/glass {lead.code}", "/cancel"):
            await person.say_all(word)
    assert watch.heard() == {}
    marked.all_unread()


async def test_a_group_hears_nothing_whatever_is_said_and_pressed_in_it(marked: Bench) -> None:
    await reports(marked)
    lead = await the_newest(marked)
    watch = Watch(marked)
    watch.heard()
    (group,) = [chat for chat in marked.box.world.chats if chat < 0]
    for word in (lead.code, mark("narrative"), "上报线索", "/leads", f"/glass {lead.code}"):
        marked.box.act(HEAD, group, "text", text=word)
    await marked.settle()
    await look_away(marked)
    assert not [one for one in marked.box.messages(group) if one["from"]["is_bot"] and "text" in one]
    assert watch.heard() == {}


async def test_a_lost_phone_keeps_nothing_of_a_report_that_was_being_written(marked: Bench) -> None:
    await draws_up(marked)
    watch = Watch(marked)
    assert watch.left() == {WORKER: {*WHILE_REPORTING, "caption", "filename", "wrong"}}
    assert marks_in_bytes(await dumped(marked.database)) == set(HOUSE)
    helper = marked.person(OTHER_WORKER)
    await helper.say("/freeze")
    await helper.say("陈秀兰")
    for label in ("陈秀兰", "丢了", "保存"):
        await helper.press_all(label)
    await marked.vanisher.delete_due()
    assert watch.left() == {}
    marked.all_unread()
