"""A whole life of leads through the hands of those who work on them, with a mark in every field that they fill in.

Each chapter says who is shown which marks while it lasts, and why she may be; nobody is shown anything else. Between
the chapters everything is delivered and what must vanish has vanished.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from models.lead import Lead
from tests.support.canaries import mark
from tests.support.county import ADMIN, AUDITOR, COUNTY, EXPERT, HEAD, INSTRUCTOR, RIGHTS, TOWNSHIP, UNIT, WORKER
from tests.support.hands import Bench, Person
from tests.support.lead_reports import leaves_a_draft
from tests.support.matters import does, forges, look_away, opens
from tests.support.referrals import the_request

WORDS = {"narrative", "persons"}
ON_CARD = {*WORDS, "terms", "refuge", "housename", "housedoor", "category"}
BY_HEAD = {"contacted", "verified", "supported", "followed", "revisited"}
BY_REPORTER = {"added", "corrected"}


@dataclass(frozen=True, slots=True)
class Chapter:
    """What is done, and the marks that it shows to whom."""

    tells: Callable[[Bench, Lead], Awaitable[None]]
    shows: dict[int, set[str]]


async def read_all(person: Person, lead: Lead) -> None:
    """The card, its files and every page of its timeline."""
    card = await opens(person, lead)
    await person.press_data(card.message_id, f"lead:files:{lead.id}")
    page = (await person.press_data(card.message_id, f"lead:line:{lead.id}:0"))[-1]
    for number in range(1, 9):
        turned = await person.press_data(page.message_id, f"lead:line:{lead.id}:{number}")
        page = turned[-1] if turned else page


async def recolours(person: Person, lead: Lead, colour: str, *names: str) -> None:
    """Another colour, with what it asks for."""
    await opens(person, lead)
    await person.press("调整颜色")
    await person.press(colour)
    for name in names:
        await person.say(mark(name))
    await person.press("保存")
    await look_away(person.bench)


async def is_recoloured(bench: Bench, lead: Lead) -> None:
    """Raised, lowered, raised to red, and lowered by law by the county, whom its bells have reached by then."""
    instructor = bench.person(INSTRUCTOR)
    await recolours(instructor, lead, "橙色", "raised")
    await recolours(instructor, lead, "蓝色", "lowered")
    await recolours(instructor, lead, "红色", "raised")
    bench.pass_time(minutes=31)
    await bench.sweep.alerts()
    await look_away(bench)
    await recolours(bench.person(COUNTY), lead, "橙色", "law", "lawful")


async def is_disclosed(bench: Bench, lead: Lead) -> None:
    """Violence comes to light."""
    instructor = bench.person(INSTRUCTOR)
    await opens(instructor, lead)
    await instructor.press("发现暴力")
    await instructor.say(mark("disclosed"))
    await instructor.press("保存")
    await look_away(bench)
    await read_all(instructor, lead)


async def is_read(bench: Bench, lead: Lead) -> None:
    """Whoever was rung reads it, and so does its reporter."""
    await bench.program.keeper.keep_waiting()
    await read_all(bench.person(HEAD), lead)
    await read_all(bench.person(RIGHTS), lead)
    await opens(bench.person(WORKER), lead)
    await bench.person(WORKER).press_all("照片和语音")


async def is_handled(bench: Bench, lead: Lead) -> None:
    """The head takes it on and does everything that there is to do."""
    head = bench.person(HEAD)
    await opens(head, lead)
    await head.press("我来处理")
    await look_away(bench)
    await does(head, lead, "已联系本人", note=mark("contacted"))
    await does(head, lead, "核实", "情况属实", note=mark("verified"))
    await does(head, lead, "支持", "就医验伤", "完成", note=mark("supported"))
    await does(head, lead, "跟踪记录", note=mark("followed"))
    await does(head, lead, "回访", "稳定", note=mark("revisited"))


async def is_added_to(bench: Bench, lead: Lead) -> None:
    """The reporter adds something, and corrects it."""
    worker = bench.person(WORKER)
    await opens(worker, lead)
    await worker.press("补充情况")
    await worker.say(mark("added"))
    await worker.press("保存")
    await opens(worker, lead)
    await worker.press("更正记录")
    await worker.press("记录")
    await worker.say(mark("corrected"))
    await worker.press("保存")


async def is_handed_on(bench: Bench, lead: Lead) -> None:
    """The head asks the township to take over; it does, and reads what there is."""
    head, township = bench.person(HEAD), bench.person(TOWNSHIP)
    await head.say("/help")
    await head.press("转给")
    await head.press("钱玉梅")
    await head.say(mark("handon"))
    await head.press_all("保存")
    await look_away(bench)
    await township.press("我来处理")
    await look_away(bench)
    await read_all(township, lead)


async def asks_an_expert(township: Person, lead: Lead) -> None:
    """Her law, her expert, her request."""
    await opens(township, lead)
    await township.press("请专家")
    await township.press("没法问本人")
    await township.press("别的法律依据")
    await township.say(mark("law"))
    await township.press("冯律师")
    await township.say(mark("request"))
    await township.press("保存")
    await look_away(township.bench)


async def is_declined(bench: Bench, lead: Lead) -> None:
    """The expert cannot; the township reads why."""
    township, expert = bench.person(TOWNSHIP), bench.person(EXPERT)
    await asks_an_expert(township, lead)
    await expert.press("查看委托")
    await expert.press("接不了")
    await expert.say(mark("declined"))
    await expert.press("保存")
    await look_away(bench)
    await township.press("查看答复")


async def is_accepted(bench: Bench, lead: Lead) -> None:
    """Another time she can: she reads the one lead and reports back, and it is shut for her."""
    township, expert = bench.person(TOWNSHIP), bench.person(EXPERT)
    await asks_an_expert(township, lead)
    await expert.press("查看委托")
    await expert.press("接下")
    await look_away(bench)
    await expert.press("查看详情")
    await expert.press_all("照片和语音")
    await expert.press("回报结果")
    await expert.say(mark("reported"))
    await expert.press("保存")
    await look_away(bench)
    await township.press("查看答复")


async def is_whistled_for(bench: Bench, lead: Lead) -> None:
    """A unit is called, stays silent for an hour, answers, reads the lead and reports."""
    township, unit = bench.person(TOWNSHIP), bench.person(UNIT)
    await opens(township, lead)
    for label in ("吹哨", "没法问本人", "未成年人保护法第十一条", "派出所值班", "完成"):
        await township.press(label)
    await township.say(mark("whistled"))
    await township.press("保存")
    bench.pass_time(hours=1)
    await bench.sweep.referrals()
    await look_away(bench)
    asked = await the_request(bench)
    county = bench.person(COUNTY)
    hello = await county.say("/help")
    await county.press_data(hello.message_id, f"ref:look:{asked.id}")
    await unit.press("查看委托")
    await unit.press("在处理")
    await unit.press("查看详情")
    await unit.press("回报结果")
    await unit.say(mark("onit"))
    await unit.press("保存")
    await look_away(bench)
    await township.press("查看答复")


async def is_opened_by_force(bench: Bench, lead: Lead) -> None:
    """The instructor, whom nothing has rung, breaks the glass and reads."""
    instructor = bench.person(INSTRUCTOR)
    await instructor.say(f"/glass {lead.code}")
    await instructor.say(mark("glass"))
    await instructor.press_all("保存")
    await look_away(bench)
    await read_all(instructor, lead)


async def decides(bench: Bench, lead: Lead, decision: str, name: str) -> None:
    """The township asks for the closing, and the county decides."""
    await does(bench.person(TOWNSHIP), lead, "申请结案", note=mark("closing"))
    await look_away(bench)
    county = bench.person(COUNTY)
    await opens(county, lead)
    await county.press("结案或退回")
    await county.press(decision)
    await county.say(mark(name))
    await county.press("保存")
    await look_away(bench)


async def is_sent_back(bench: Bench, lead: Lead) -> None:
    """Not yet; the township takes its next request back by itself."""
    await decides(bench, lead, "退回", "sentback")
    township = bench.person(TOWNSHIP)
    await does(township, lead, "申请结案", note=mark("closing"))
    await does(township, lead, "撤回结案申请", note=mark("withdrawn"))


async def is_closed(bench: Bench, lead: Lead) -> None:
    """Now it is."""
    await decides(bench, lead, "同意结案", "closed")


async def is_reopened(bench: Bench, lead: Lead) -> None:
    """The county opens it again and reads it."""
    county = bench.person(COUNTY)
    await opens(county, lead)
    await county.press("重新打开")
    await county.say(mark("reopened"))
    await county.press("保存")
    await look_away(bench)


async def is_over_for_many(bench: Bench, lead: Lead) -> None:
    """Whoever was rung, let in or asked tries again after it is closed; the auditor and the administrator look on."""
    for who in (HEAD, RIGHTS, INSTRUCTOR, EXPERT, UNIT, AUDITOR, ADMIN):
        person = bench.person(who)
        for what in ("show", "line", "files"):
            await forges(person, f"lead:{what}:{lead.id}")
        for number in (1, 2, 3):
            await forges(person, f"ref:look:{number}")
        for word in ("/leads", "/asked", "/reads", "/gaps", "/me", lead.code):
            await person.say_all(word)


WORKED = {*ON_CARD, *BY_HEAD, *BY_REPORTER, "handon"}
LIFE = (
    # Her own words, in the form and on the list of her drafts; the child's guidance is no category of this lead.
    Chapter(leaves_a_draft, {WORKER: {"unsent", "category"}}),
    # Rung: all of it. The reporter: what she wrote, without the safe contact and the safe address.
    Chapter(
        is_read,
        {
            HEAD: {*ON_CARD, "caption"},
            RIGHTS: {*ON_CARD, "caption"},
            WORKER: {*WORDS, "housename", "housedoor", "category", "caption"},
        },
    ),
    Chapter(is_handled, {HEAD: {*ON_CARD, *BY_HEAD}}),
    Chapter(is_added_to, {WORKER: {*WORDS, *BY_REPORTER, "housename", "housedoor", "category"}}),
    # The reason is hers; whoever takes over reads it with the rest.
    Chapter(is_handed_on, {HEAD: {"handon"}, TOWNSHIP: {*WORKED, "caption"}}),
    # Asked: the request alone. Whoever asked: the request, the law, the answer.
    Chapter(is_declined, {TOWNSHIP: {*ON_CARD, "law", "request", "declined"}, EXPERT: {"request", "declined"}}),
    Chapter(
        is_accepted,
        {TOWNSHIP: {*ON_CARD, "law", "request", "reported"}, EXPERT: {*ON_CARD, "request", "caption", "reported"}},
    ),
    # The county, to which the silence has climbed: who is silent, and nothing else.
    Chapter(is_whistled_for, {TOWNSHIP: {*ON_CARD, "whistled", "onit"}, UNIT: {*ON_CARD, "whistled", "onit"}}),
    Chapter(
        is_opened_by_force,
        {INSTRUCTOR: {*WORKED, "caption", "glass", "request", "declined", "reported", "whistled", "onit"}},
    ),
    Chapter(is_sent_back, {TOWNSHIP: {*ON_CARD, "closing", "withdrawn"}, COUNTY: {*ON_CARD, "sentback"}}),
    Chapter(is_closed, {TOWNSHIP: {*ON_CARD, "closing"}, COUNTY: {*ON_CARD, "closed"}}),
    # Nobody whose part in it is over. Of what the head herself wrote, nothing either.
    Chapter(is_over_for_many, {}),
    Chapter(is_reopened, {COUNTY: {*ON_CARD, "reopened"}}),
)
ORDINARY_CARD = {"narrative", "terms", "housename", "housedoor"}
ORDINARY = (
    Chapter(
        is_recoloured,
        {INSTRUCTOR: {*ORDINARY_CARD, "raised", "lowered"}, COUNTY: {*ORDINARY_CARD, "law", "lawful"}},
    ),
    Chapter(is_disclosed, {INSTRUCTOR: {*ORDINARY_CARD, "raised", "lowered", "law", "lawful", "disclosed"}}),
)
