"""The red lead of a dispute goes past whoever the dispute went past: the other party's kin, and who stood back."""

import pytest
from sqlalchemy import select
from sqlmodel import col

from domain.usecases.disputes import DisputeFacts, PartyFacts, mediable_matter, register_dispute
from models.alert import Alert
from models.dispute import DisputeSource
from models.household import Household, Resident
from models.lead import EntryKind, Lead
from tests.flows.test_break_glass import break_it, glasses, may_open
from tests.flows.test_closing import asks, decides
from tests.flows.test_dispute_violence import presses_violence, red_lead
from tests.flows.test_ties import declare
from tests.support.alerts import is_kin
from tests.support.attempts import accept
from tests.support.county import HEAD, INSTRUCTOR, NAMES, RIGHTS, TOWNSHIP, WORKER
from tests.support.hands import Bench
from tests.support.ladder import actor_of, past_the_morning
from tests.support.leads import a_lead
from tests.support.matters import does, forges, look_away, now_is, opens, takes, timeline

HOME, OTHER_HOME = "T-A-01-001", "T-A-01-002"  # 王秀英 quarrels with 单小红 and 单强
FACTS, SAW = "为了水渠吵了三年", "他拿锄头打了她"
HOWS = ["tied", "stands_back"]


async def quarrel(bench: Bench, household: str | None = HOME, lead: Lead | None = None) -> int:
    """A dispute between two households of one grid, accepted by its worker; made of a lead, if there is one."""
    await past_the_morning(bench)
    actor = await actor_of(bench, WORKER if lead is None else INSTRUCTOR)
    async with bench.database.transaction() as session:
        people = (await session.execute(select(Resident).where(col(Resident.name).in_(("王秀英", "单强"))))).scalars()
        found = await session.execute(select(col(Household.id)).where(col(Household.code) == household))
        dispute = await register_dispute(
            session,
            actor=actor,
            facts=DisputeFacts(
                matter=mediable_matter("neighbours", None, bench.policy),
                source=DisputeSource.OFFICE if lead is None else DisputeSource.LEAD,
                lead_id=lead.id if lead else None,
                facts=FACTS,
                parties=tuple(PartyFacts(one.name, consent=True, resident_id=one.id) for one in people),
                household_id=found.scalar_one_or_none(),
            ),
            conversation_id="quarrel",
            now=bench.clock(),
            policy=bench.policy,
        )
        number = dispute.id
    await accept(bench, number, WORKER)
    await look_away(bench)
    return number


async def keeps_out(bench: Bench, number: int, who: int, how: str) -> None:
    """She is kin to the other party, or stands back from the dispute by her own word."""
    if how == "tied":
        await is_kin(bench, who, await home_of(bench, OTHER_HOME))
        return
    person = bench.person(who)
    await forges(person, f"disp:show:{number}")
    asked = await person.press("回避")
    if any(NAMES[who] in label for label in asked.labels):
        await person.press(NAMES[who])
    await person.press("跳过")
    await person.press("保存")
    await look_away(bench)


async def home_of(bench: Bench, code: str) -> int:
    """The number of a household."""
    async with bench.database.transaction() as session:
        return (await session.execute(select(col(Household.id)).where(col(Household.code) == code))).scalar_one()


async def discloses(bench: Bench, number: int) -> Lead:
    """The worker says that violence has come to light; what she saw goes with it."""
    worker = bench.person(WORKER)
    await presses_violence(worker, number)
    await worker.press("修改")
    await worker.press("看到听到的")
    await worker.say(SAW)
    await worker.press("保存")
    return await red_lead(bench, number)


async def heard(bench: Bench, who: int, lead: Lead) -> list[str]:
    """The notices about the lead that she finds; all of the others' are read."""
    await bench.deliverer.deliver_all()
    found = [said.text for said in bench.person(who).reads() if lead.code in said.text]
    bench.all_unread()
    return found


async def sees_nothing(bench: Bench, who: int, lead: Lead) -> None:
    """No press of hers, whether a button offers it or not, opens the lead or answers its alert."""
    async with bench.database.transaction() as session:
        alert = (await session.execute(select(col(Alert.id)).where(col(Alert.lead_id) == lead.id))).scalar_one()
    person = bench.person(who)
    presses = [
        f"lead:{what}:{lead.id}" for what in ("show", "line", "files", "decide", "reopen", "recolour", "note", "refer")
    ]
    presses += [f"alert:{what}:{alert}" for what in ("ack", "take", "pass", "yes", "no", "phones")]
    for data in presses:
        said = await forges(person, data)
        assert not [one.text for one in said if any(word in one.text for word in (lead.code, FACTS, SAW))], data
        person.toast()
    assert not await may_open(bench, who, lead)
    assert lead.code not in (await person.say("/leads")).text
    bench.all_unread()


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("household", [HOME, None])
async def test_whom_the_dispute_went_past_is_not_rung_and_opens_nothing(
    bench: Bench, how: str, household: str | None
) -> None:
    number = await quarrel(bench, household)
    await keeps_out(bench, number, HEAD, how)
    lead = await discloses(bench, number)
    assert await heard(bench, HEAD, lead) == []
    bench.pass_time(minutes=6)
    await bench.tick()
    assert await heard(bench, HEAD, lead) == []
    await sees_nothing(bench, HEAD, lead)
    assert await may_open(bench, TOWNSHIP, lead)
    township = bench.person(TOWNSHIP)
    await takes(bench, township, lead)
    offered = " ".join((await township.press("转给")).labels)
    assert NAMES[HEAD] not in offered
    assert NAMES[INSTRUCTOR] in offered
    await township.press("取消")
    await does(township, lead, "核实", "不属实", note="看错了")
    await asks(township, lead)
    assert await heard(bench, HEAD, lead) == []
    await sees_nothing(bench, HEAD, lead)
    await decides(bench.person(RIGHTS), lead, "同意结案")
    assert (await now_is(bench, lead)).closed_by_id == (await actor_of(bench, RIGHTS)).member_id
    assert await heard(bench, HEAD, lead) == []
    await sees_nothing(bench, HEAD, lead)


@pytest.mark.parametrize("how", HOWS)
async def test_an_instructor_whom_it_goes_past_is_not_rung_later_and_breaks_no_glass(bench: Bench, how: str) -> None:
    number = await quarrel(bench)
    await keeps_out(bench, number, INSTRUCTOR, how)
    lead = await discloses(bench, number)
    await look_away(bench)
    bench.pass_time(minutes=6)
    await bench.tick()
    assert await heard(bench, INSTRUCTOR, lead) == []
    await sees_nothing(bench, INSTRUCTOR, lead)
    instructor = bench.person(INSTRUCTOR)
    assert (await instructor.say(f"/glass {lead.code}")).text == "没有找到。请核对后再试。"
    head = bench.person(HEAD)
    await takes(bench, head, lead)
    assert NAMES[INSTRUCTOR] not in " ".join((await head.press("转给")).labels)
    await head.press("取消")
    await look_away(bench)


async def test_the_witness_of_a_broken_glass_is_somebody_else(bench: Bench) -> None:
    number = await quarrel(bench)
    await keeps_out(bench, number, HEAD, "stands_back")
    lead = await discloses(bench, number)
    await look_away(bench)
    await break_it(bench, INSTRUCTOR, lead)
    assert len(await glasses(bench)) == 1
    assert await heard(bench, HEAD, lead) == []


async def test_a_tie_to_the_other_party_that_is_declared_afterwards_takes_it_away(bench: Bench) -> None:
    lead = await discloses(bench, await quarrel(bench))
    await look_away(bench)
    head = bench.person(HEAD)
    await takes(bench, head, lead)
    assert SAW in (await opens(head, lead)).text
    await declare(head, "单小红", "是我亲属")
    assert (await now_is(bench, lead)).handler_id is None
    await sees_nothing(bench, HEAD, lead)
    await bench.tick()
    assert await heard(bench, HEAD, lead) == []
    assert await may_open(bench, TOWNSHIP, lead)
    async with bench.database.transaction() as session:
        assert (await session.execute(select(col(Alert.holder_id)))).scalar_one() is None


async def test_she_who_said_it_and_is_tied_to_the_other_party_since_has_no_more_than_her_receipt(bench: Bench) -> None:
    lead = await discloses(bench, await quarrel(bench))
    await look_away(bench)
    assert await may_open(bench, WORKER, lead)
    await declare(bench.person(WORKER), "单小红", "是我近邻")
    await sees_nothing(bench, WORKER, lead)


async def test_everybody_else_is_rung_as_ever(bench: Bench) -> None:
    lead = await discloses(bench, await quarrel(bench))
    await bench.deliverer.deliver_all()
    for who in (HEAD, TOWNSHIP, RIGHTS):
        assert [said.text for said in bench.person(who).reads() if lead.code in said.text], who
    bench.all_unread()
    assert all([await may_open(bench, who, lead) for who in (HEAD, TOWNSHIP, RIGHTS, WORKER)])
    assert FACTS in (await opens(bench.person(HEAD), lead)).text


async def mediated_lead(bench: Bench) -> tuple[Lead, int]:
    """An ordinary lead of 王秀英's household in the hands of the instructor, and the dispute that was made of it."""
    lead = await a_lead(bench, "women_work", HOME)
    await look_away(bench)
    instructor = bench.person(INSTRUCTOR)
    await takes(bench, instructor, lead)
    await does(instructor, lead, "核实", "一般纠纷", note="为了水渠")
    return lead, await quarrel(bench, lead=lead)


@pytest.mark.parametrize("how", HOWS)
async def test_a_lead_that_becomes_red_goes_past_whom_its_dispute_went_past(bench: Bench, how: str) -> None:
    lead, number = await mediated_lead(bench)
    await keeps_out(bench, number, HEAD, how)
    await does(bench.person(INSTRUCTOR), lead, "发现暴力", note=SAW)
    assert await heard(bench, HEAD, lead) == []
    await sees_nothing(bench, HEAD, lead)
    assert await may_open(bench, TOWNSHIP, lead)
    assert await may_open(bench, INSTRUCTOR, lead)


@pytest.mark.parametrize("how", HOWS)
async def test_she_who_handles_it_and_is_kept_away_leaves_it_to_those_who_are_rung(bench: Bench, how: str) -> None:
    lead, number = await mediated_lead(bench)
    await keeps_out(bench, number, INSTRUCTOR, how)
    assert lead.code in (await does(bench.person(INSTRUCTOR), lead, "发现暴力", note=SAW)).text
    assert (await now_is(bench, lead)).handler_id is None
    assert await heard(bench, HEAD, lead) != []
    await sees_nothing(bench, INSTRUCTOR, lead)
    await takes(bench, bench.person(HEAD), lead)
    assert SAW in ((await timeline(bench, lead, EntryKind.COLOUR))[0].body or "")


@pytest.mark.parametrize("code", [HOME, OTHER_HOME])
async def test_an_ordinary_lead_keeps_away_those_of_its_own_household_alone(bench: Bench, code: str) -> None:
    number = await quarrel(bench)
    await keeps_out(bench, number, HEAD, "stands_back")
    await is_kin(bench, HEAD, await home_of(bench, OTHER_HOME))
    lead = await a_lead(bench, "domestic_violence", code)
    assert len(await heard(bench, HEAD, lead)) == (code == HOME)
    assert bool(await may_open(bench, HEAD, lead)) is (code == HOME)
