"""Reporting a lead by hand, up to its summary, for the tests that begin there."""

from sqlalchemy import select
from sqlmodel import col

from models.household import Household
from models.lead import Lead
from tests.support.hands import Bench, Person, Said

NO = ("没有危险", "不涉及孩子", "能自己做主", "没有性侵", "没有拐卖")
NO_ENGLISH = ("No danger now", "No child", "Acts freely", "No sexual violence", "No trafficking")
# 110, 120, 12338, and what not to do.
GUIDED = ("110", "120", "12338", "不要")
NOISE = ("公共安全与其他", "环境卫生、噪音")


async def leads(bench: Bench) -> list[Lead]:
    """All leads, in the order of their reports."""
    async with bench.database.transaction() as session:
        return list((await session.execute(select(Lead).order_by(col(Lead.id)))).scalars())


async def the_lead(bench: Bench) -> Lead:
    """The only lead."""
    (lead,) = await leads(bench)
    return lead


async def number_of(bench: Bench, code: str) -> int:
    """The household with this code."""
    async with bench.database.transaction() as session:
        return (await session.execute(select(col(Household.id)).where(col(Household.code) == code))).scalar_one()


async def presses(person: Person, *labels: str) -> Said:
    """Press these, one after the other; the last answer."""
    for label in labels:
        said = await person.press(label)
    return said


async def red_to_the_summary(worker: Person, text: str = "听见隔壁打人") -> Said:
    """A red lead about no household, up to its summary."""
    await worker.say("上报线索")
    await presses(worker, "① 眼下有危险", *NO[1:], "不是某一户")
    return await worker.say(text)


async def ordinary_to_the_summary(worker: Person, *where: str, item: tuple[str, ...] = NOISE) -> Said:
    """A matter that is no key matter, up to its summary."""
    await worker.say("上报线索")
    await presses(worker, *NO, *item, *(where or ("不是某一户",)))
    await worker.say("楼上天天半夜剁馅")
    return await worker.press("跳过")


async def changes(worker: Person, label: str) -> Said:
    """The question behind one answer of the summary."""
    await worker.press("修改")
    return await worker.press(label)
