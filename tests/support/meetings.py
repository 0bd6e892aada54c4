"""Meetings of the council of 东关村, called and held through its people's hands."""

import io
from typing import Any

from docx import Document
from sqlalchemy import select
from sqlmodel import col

from models.agenda import AgendaItem, ItemState, Urgency
from models.council import Council
from models.meeting import CouncilMeeting
from tests.support.ballots import add_item
from tests.support.councils import CHAIR
from tests.support.hands import Bench, Said
from tests.support.matters import forges

PLACE = "村委会二楼会议室"


async def an_item(bench: Bench, council: int, number: int = 1, **values: Any) -> int:
    """An item of the council's agenda, and its number."""
    async with bench.database.transaction() as session:
        found = await session.get_one(Council, council)
        fixed = {"urgency": Urgency.HARD, "state": ItemState.ACCEPTED, **values}
        item: AgendaItem = await add_item(session, found, now=bench.clock.now, number=number, **fixed)
        if number > 1:
            item.title = f"{item.title}（{number}）"
        return item.id


async def calls(bench: Bench, council: int, day: str = "11-25", clock: str = "15:00", items: int = 1) -> int:
    """The chair calls a meeting about the first `items` items; its number. What it tells others is not read yet."""
    chair = bench.person(CHAIR)
    await forges(chair, f"co:meet:{council}")
    await chair.press("集中议事")
    await chair.say(day)
    await chair.say(clock)
    asked = await chair.say(PLACE)
    if "哪些议题" in asked.text:
        for label in asked.labels[:items]:
            await chair.press(label)
        await chair.press("完成")
    await chair.press("保存")
    async with bench.database.transaction() as session:
        query = select(col(CouncilMeeting.id)).order_by(col(CouncilMeeting.id).desc()).limit(1)
        return int((await session.execute(query)).scalar_one())


async def meeting_of(bench: Bench, number: int) -> CouncilMeeting:
    """A meeting as it is stored."""
    async with bench.database.transaction() as session:
        return await session.get_one(CouncilMeeting, number)


def file_of(bench: Bench, said: Said) -> bytes:
    """The bytes of the document that a message carries."""
    world = bench.box.world
    return world.blobs[world.files[said.raw["document"]["file_id"]].blob]


def words_of(content: bytes) -> str:
    """All words of a Word file, those in tables too."""
    document = Document(io.BytesIO(content))
    lines = [paragraph.text for paragraph in document.paragraphs]
    lines += [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join(lines)
