"""Whoever declares a tie after a lead was reported hears no more of it, whatever her part in it was (spec 4)."""

import pytest

from domain.usecases.closing import reopen
from domain.usecases.kept_files import lose_file
from domain.usecases.remarks import add_note
from models.lead import FileKind, FileState, Lead, LeadFile
from tests.flows.test_closing import asks, decides, ready, recolours
from tests.support.alerts import change_member, is_kin, leaves_post
from tests.support.county import EXPERT, HEAD, INSTRUCTOR, POLICY, RIGHTS, WORKER
from tests.support.hands import Bench
from tests.support.leads import a_lead, actor_of
from tests.support.matters import look_away, now_is, opens, takes
from tests.support.referrals import in_hand, refers


async def hears(bench: Bench, person: int) -> int:
    """How many notices she finds; all of the others' are read."""
    await bench.deliverer.deliver_all()
    heard = len(bench.person(person).reads())
    bench.all_unread()
    return heard


@pytest.mark.parametrize("tied", [True, False])
async def test_a_reporter_who_is_tied_since_hears_of_no_other_colour(bench: Bench, tied: bool) -> None:
    lead = await a_lead(bench)
    await look_away(bench)
    if tied:
        await is_kin(bench, WORKER, lead.household_id)
    await recolours(bench.person(INSTRUCTOR), lead, "橙色", "跳过")
    assert await hears(bench, WORKER) == (0 if tied else 1)


@pytest.mark.parametrize("tied", [True, False])
async def test_the_receipt_of_a_lower_colour_says_who_is_told_only_when_she_is(bench: Bench, tied: bool) -> None:
    lead = await a_lead(bench)
    await look_away(bench)
    if tied:
        await is_kin(bench, WORKER, lead.household_id)
    done = await recolours(bench.person(INSTRUCTOR), lead, "蓝色", "没有那么急")
    assert "已调为" in done.text
    assert ("已告诉上报人" in done.text) is not tied
    assert await hears(bench, WORKER) == (0 if tied else 1)


async def test_whoever_lowers_what_she_reported_herself_is_not_told_that_she_is_told(bench: Bench) -> None:
    lead = await a_lead(bench, by=INSTRUCTOR)
    await look_away(bench)
    done = await recolours(bench.person(INSTRUCTOR), lead, "蓝色", "没有那么急")
    assert "已调为" in done.text
    assert "已告诉上报人" not in done.text
    assert await hears(bench, INSTRUCTOR) == 0


@pytest.mark.parametrize("tied", [True, False])
async def test_whoever_was_rung_and_is_tied_since_hears_of_no_other_colour(bench: Bench, tied: bool) -> None:
    lead = await a_lead(bench)
    await recolours(bench.person(INSTRUCTOR), lead, "橙色", "跳过")
    bench.pass_time(hours=9)
    await bench.sweep.alerts()
    assert await hears(bench, HEAD) == 1
    if tied:
        await is_kin(bench, HEAD, lead.household_id)
    await recolours(bench.person(INSTRUCTOR), lead, "红色", "跳过")
    assert (await hears(bench, HEAD) == 0) is tied


@pytest.mark.parametrize("tied", [True, False])
async def test_whoever_was_rung_and_is_tied_since_does_not_hear_who_has_it(bench: Bench, tied: bool) -> None:
    lead = await a_lead(bench, "domestic_violence")
    await look_away(bench)
    if tied:
        await is_kin(bench, RIGHTS, lead.household_id)
    await opens(bench.person(HEAD), lead)
    await bench.person(HEAD).press("签收")
    assert await hears(bench, RIGHTS) == (0 if tied else 1)


@pytest.mark.parametrize("who", [WORKER, INSTRUCTOR])
@pytest.mark.parametrize("tied", [True, False])
async def test_neither_reporter_nor_holder_hears_of_the_closing(bench: Bench, who: int, tied: bool) -> None:
    lead, instructor = await ready(bench)
    await asks(instructor, lead)
    await look_away(bench)
    if tied:
        await is_kin(bench, who, lead.household_id)
    await decides(bench.person(HEAD), lead, "同意结案")
    assert await hears(bench, who) == (0 if tied else 1)


async def test_whoever_asked_for_the_closing_does_not_hear_that_it_is_sent_back(bench: Bench) -> None:
    lead, instructor = await ready(bench)
    await asks(instructor, lead)
    await look_away(bench)
    await is_kin(bench, INSTRUCTOR, lead.household_id)
    await decides(bench.person(HEAD), lead, "退回")
    assert await hears(bench, INSTRUCTOR) == 0


async def closed(bench: Bench) -> Lead:
    """A lead that the instructor worked on and the head has closed."""
    lead, instructor = await ready(bench)
    await asks(instructor, lead)
    await decides(bench.person(HEAD), lead, "同意结案")
    await look_away(bench)
    return await now_is(bench, lead)


@pytest.mark.parametrize("how", ["there", "tied", "frozen", "gone"])
async def test_opened_again_it_is_told_to_whoever_worked_on_it_if_she_may_hear_of_it(bench: Bench, how: str) -> None:
    lead = await closed(bench)
    if how == "tied":
        await is_kin(bench, INSTRUCTOR, lead.household_id)
    elif how == "frozen":
        await change_member(bench, INSTRUCTOR, frozen_at=bench.clock())
    elif how == "gone":
        await leaves_post(bench, INSTRUCTOR)
    head = await actor_of(bench, HEAD)
    async with bench.database.transaction() as session:
        await reopen(
            session, actor=head, lead_id=lead.id, seen=lead.rev, body="又有情况", now=bench.clock(), policy=POLICY
        )
    await bench.deliverer.deliver_all()
    told = [said for said in bench.person(INSTRUCTOR).reads() if "重新打开" in said.text]
    assert len(told) == (how == "there")
    bench.all_unread()


async def test_the_morning_does_not_count_what_she_is_tied_to_since(bench: Bench) -> None:
    lead, _ = await a_lead(bench, "neighbours"), await a_lead(bench, "neighbours", "T-A-01-003")
    await is_kin(bench, INSTRUCTOR, lead.household_id)
    bench.pass_time(days=1)
    await bench.tick()
    (told,) = [said.text for said in bench.person(INSTRUCTOR).reads() if "等您看的线索" in said.text]
    assert "有 1 条" in told
    bench.all_unread()


@pytest.mark.parametrize("tied", [True, False])
async def test_she_does_not_hear_that_a_file_was_lost(bench: Bench, tied: bool) -> None:
    lead = await a_lead(bench)
    await look_away(bench)
    if tied:
        await is_kin(bench, WORKER, lead.household_id)
    async with bench.database.transaction() as session:
        file = LeadFile(lead_id=lead.id, kind=FileKind.PHOTO, file_id="x")
        session.add(file)
        await session.flush()
        await lose_file(session, file.id, FileState.LOST, now=bench.clock(), policy=POLICY)
    assert await hears(bench, WORKER) == (0 if tied else 1)


@pytest.mark.parametrize("tied", [True, False])
async def test_whoever_has_it_does_not_hear_what_the_reporter_adds(bench: Bench, tied: bool) -> None:
    lead = await a_lead(bench)
    await look_away(bench)
    await takes(bench, bench.person(INSTRUCTOR), lead)
    if tied:
        await is_kin(bench, INSTRUCTOR, lead.household_id)
    worker = await actor_of(bench, WORKER)
    async with bench.database.transaction() as session:
        await add_note(session, actor=worker, lead_id=lead.id, body="x", now=bench.clock(), policy=POLICY)
    assert await hears(bench, INSTRUCTOR) == (0 if tied else 1)


@pytest.mark.parametrize("tied", [True, False])
async def test_whoever_asked_an_expert_does_not_hear_the_answer(bench: Bench, tied: bool) -> None:
    lead, head = await in_hand(bench)
    await refers(head)
    await look_away(bench)
    if tied:
        await is_kin(bench, HEAD, lead.household_id)
    expert = bench.person(EXPERT)
    await expert.press("查看委托")
    await expert.press("接下")
    assert await hears(bench, HEAD) == (0 if tied else 1)


async def test_an_expert_who_is_tied_since_hears_no_more_of_the_request(bench: Bench) -> None:
    lead, head = await in_hand(bench)
    await refers(head)
    await look_away(bench)
    await is_kin(bench, EXPERT, lead.household_id)
    bench.pass_time(days=8)
    await bench.sweep.referrals()
    assert await hears(bench, EXPERT) == 0
