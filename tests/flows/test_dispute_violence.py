"""Violence comes to light in a dispute: mediation ends for good, and a red lead rings, in one transaction."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from domain.refusals import RefusedError
from domain.usecases.dispute_freezing import disclose_in_dispute
from domain.usecases.disputes import DisputeFacts, PartyFacts, mediable_matter, register_dispute
from handlers import conversations
from models.alert import Alert, AlertState
from models.dispute import Dispute, DisputeEntry, DisputeEntryKind, DisputeParty, DisputeSource, DisputeState
from models.household import Household, HouseholdStatus
from models.lead import Colour, Lead, LeadStage, Triage, Where
from models.mediation import AttemptResult, Mediation, MediationRequest, MediationStage, MediationState
from models.referral import Referral, ReferralGround, ReferralKind, ReferralState
from tests.support.attempts import accept, attempt, failed_twice
from tests.support.county import COUNTY, EXPERT, HEAD, INSTRUCTOR, TOWNSHIP, WORKER
from tests.support.hands import Bench, Person, Said
from tests.support.ladder import (
    ELDER,
    EXECUTIVE,
    GROUP_HOME,
    GROUP_WORKER,
    a_dispute,
    actor_of,
    add_ladder,
    dispute_of,
    history,
)
from tests.support.leads import a_lead
from tests.support.matters import does, forges, look_away, now_is, takes

SAW = "他又推了她一把，她手臂有伤"


async def presses_violence(person: Person, number: int) -> Said:
    """The one button of the card."""
    said = await forges(person, f"disp:violence:{number}")
    assert len(said) == 1, [one.text for one in said]
    return said[0]


async def red_lead(bench: Bench, number: int) -> Lead:
    """The lead that froze the dispute."""
    dispute = await dispute_of(bench, number)
    async with bench.database.transaction() as session:
        return await session.get_one(Lead, dispute.red_lead_id)


async def stages(bench: Bench) -> list[LeadStage]:
    """The stage of every lead that there is."""
    async with bench.database.transaction() as session:
        return list((await session.execute(select(col(Lead.stage)))).scalars())


async def mediated(bench: Bench) -> int:
    """A dispute that the worker of the village group's grid mediates."""
    await add_ladder(bench)
    number = await a_dispute(bench)
    await accept(bench, number, GROUP_WORKER)
    await look_away(bench)
    return number


async def test_one_button_and_one_confirmation_end_mediation_and_call_for_help(bench: Bench) -> None:
    number = await mediated(bench)
    worker = bench.person(GROUP_WORKER)
    card = await presses_violence(worker, number)
    assert all(digits in card.text for digits in ("110", "120", "12338"))  # before anything is asked
    receipt = await worker.press("保存")
    dispute, lead = await dispute_of(bench, number), await red_lead(bench, number)
    assert (dispute.state, dispute.mediable, dispute.owner_id, dispute.next_on) == (
        DisputeState.FROZEN,
        False,
        None,
        None,
    )
    assert (lead.colour, lead.key_matter, lead.mediable) == (Colour.RED, True, False)
    assert (lead.triage, lead.whereabouts) == ([Triage.DANGER.value], Where.HOUSEHOLD)
    assert lead.household_id == dispute.household_id
    assert "两家为了院墙争执" in (lead.narrative or "")
    assert "冯大山" in (lead.persons or "")
    assert "外村的老黄" in (lead.persons or "")
    assert (await history(bench, number))[-1] == "frozen"
    assert dispute.code in receipt.text
    assert lead.code in receipt.text
    assert "村（社区）负责人" in receipt.text
    for secret in ("院墙", "冯大山", "暴力"):
        assert secret not in receipt.text
    await bench.deliverer.deliver_all()
    for who in (HEAD, TOWNSHIP):
        rung = bench.person(who).reads()
        assert any(lead.code in said.text for said in rung)
        assert not any("冯大山" in said.text for said in rung)
    bench.all_unread()
    mine = await worker.press("查看详情")
    assert "两家为了院墙争执" in mine.text
    async with bench.database.transaction() as session:
        assert (await session.execute(select(Alert))).scalar_one().state is AlertState.RINGING


async def test_help_waits_for_no_form_that_only_a_newer_program_knows(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await mediated(bench)
    worker = bench.person(GROUP_WORKER)
    hello = await worker.say("/help")
    await worker.say_all("/visit")
    visit = conversations.FLOWS["visit"]
    monkeypatch.delitem(conversations.FLOWS, "visit")
    *_, card = await worker.press_data(hello.message_id, f"disp:violence:{number}")
    assert "110" in card.text
    await worker.press("保存")
    assert (await dispute_of(bench, number)).state is DisputeState.FROZEN
    await look_away(bench)
    monkeypatch.setitem(conversations.FLOWS, "visit", visit)
    assert any("走访登记" in one for one in (await worker.say("草稿")).labels)


async def test_what_she_saw_goes_with_it_and_stays_in_no_chat(bench: Bench) -> None:
    number = await mediated(bench)
    worker = bench.person(GROUP_WORKER)
    await presses_violence(worker, number)
    await worker.press("修改")
    await worker.press("看到听到的")
    card = await worker.say(SAW)
    assert SAW in card.text
    receipt = await worker.press("保存")
    assert SAW not in receipt.text
    assert SAW in ((await red_lead(bench, number)).narrative or "")
    await bench.tick()
    left = [message.get("text", "") for message in bench.box.messages(GROUP_WORKER)]
    assert not [text for text in left if SAW in text]
    async with bench.database.transaction() as session:
        entries = await session.execute(select(DisputeEntry).where(col(DisputeEntry.dispute_id) == number))
        frozen = [entry for entry in entries.scalars() if entry.kind is DisputeEntryKind.FROZEN]
    assert [entry.body for entry in frozen] == [SAW]
    bench.all_unread()


async def test_what_was_planned_is_off_and_those_before_are_told(bench: Bench) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench)
    assert await failed_twice(bench, number, GROUP_WORKER) == "village_group"
    await accept(bench, number, ELDER)
    await plan(bench, number, ELDER)
    await look_away(bench)
    await presses_violence(bench.person(ELDER), number)
    await bench.person(ELDER).press("保存")
    await bench.deliverer.deliver_all()
    told = bench.person(GROUP_WORKER).reads()
    assert ["调解已全部停止" in said.text for said in told] == [True]
    async with bench.database.transaction() as session:
        stages = list((await session.execute(select(col(Mediation.stage)))).scalars())
    assert MediationStage.PLANNED not in stages
    assert (await history(bench, number))[-2:] == ["cancelled", "frozen"]
    bench.all_unread()


async def plan(bench: Bench, number: int, leader: int) -> None:
    """A mediation is planned for tomorrow."""
    dispute, member = await dispute_of(bench, number), (await actor_of(bench, leader)).member_id
    async with bench.database.transaction() as session:
        session.add(
            Mediation(
                dispute_id=number,
                rung=dispute.rung,
                stage=MediationStage.PLANNED,
                planned_at=bench.clock.now + timedelta(days=1),
                planned_by_id=member,
                leader_id=member,
            )
        )


async def test_frozen_is_for_good(bench: Bench) -> None:
    number = await mediated(bench)
    worker = bench.person(GROUP_WORKER)
    await presses_violence(worker, number)
    await worker.press("保存")
    await look_away(bench)
    # (The rung, its head, who followed: nobody finds a way back; a second press reports no second lead.)
    for who in (GROUP_WORKER, HEAD):
        for what in ("violence", "closing", "reopen", "followup", "court", "accept"):
            said = await forges(bench.person(who), f"disp:{what}:{number}")
            assert not said or "不能做这件事" in said[0].text, (who, what, said)
    # An attempt that was held is not lost; and it does not count.
    late = await attempt(bench, number, GROUP_WORKER, AttemptResult.FAILED)
    assert late.late
    assert (await dispute_of(bench, number)).state is DisputeState.FROZEN
    assert len(await stages(bench)) == 1
    bench.all_unread()


async def test_an_old_card_of_somebody_else_is_told_that_it_is_frozen(bench: Bench) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench)
    await failed_twice(bench, number, GROUP_WORKER)
    await accept(bench, number, ELDER)
    await look_away(bench)
    worker, elder = bench.person(GROUP_WORKER), bench.person(ELDER)
    await presses_violence(worker, number)
    await presses_violence(elder, number)
    await elder.press("保存")
    again = await worker.press("保存")
    assert "已经停止一切调解" in again.text
    assert len(await stages(bench)) == 1
    await look_away(bench)


@pytest.mark.parametrize("state", ["agreed", "ended"])
async def test_also_after_mediation_has_ended(bench: Bench, state: str) -> None:
    number = await mediated(bench)
    result = AttemptResult.AGREED if state == "agreed" else AttemptResult.REFUSED
    await attempt(bench, number, GROUP_WORKER, result)
    assert (await dispute_of(bench, number)).state.value == state
    await look_away(bench)
    worker = bench.person(GROUP_WORKER)
    await presses_violence(worker, number)
    await worker.press("保存")
    dispute = await dispute_of(bench, number)
    assert (dispute.state, dispute.outcome) == (DisputeState.FROZEN, None)
    await look_away(bench)


@pytest.mark.parametrize("who", [WORKER, EXPERT, EXECUTIVE, COUNTY])
async def test_nobody_freezes_a_case_that_is_none_of_hers(bench: Bench, who: int) -> None:
    number = await mediated(bench)
    assert await forges(bench.person(who), f"disp:violence:{number}") == []
    assert "不在您的范围" in bench.person(who).toast()
    actor = await actor_of(bench, who)
    async with bench.database.transaction() as session:
        with pytest.raises(RefusedError):
            await disclose_in_dispute(
                session,
                actor=actor,
                dispute_id=number,
                body=None,
                conversation_id="forged",
                now=bench.clock(),
                policy=bench.policy,
            )
    assert (await dispute_of(bench, number)).state is DisputeState.MEDIATING
    bench.all_unread()


async def test_the_lost_receipt_is_shown_again_and_nothing_is_reported_twice(bench: Bench) -> None:
    number = await mediated(bench)
    worker = bench.person(GROUP_WORKER)
    card = await presses_violence(worker, number)
    data = card.button("保存")
    await worker.press_data(card.message_id, data)
    again = await worker.press_data(card.message_id, data)
    code = (await red_lead(bench, number)).code
    assert any(code in said.text for said in again)
    assert await stages(bench) == [LeadStage.REPORTED]
    bench.all_unread()


async def taken_up(bench: Bench) -> tuple[Lead, int]:
    """A lead that the instructor found to be an ordinary dispute, and the dispute that she made of it."""
    lead = await a_lead(bench, "women_work")
    await look_away(bench)
    instructor = bench.person(INSTRUCTOR)
    await takes(bench, instructor, lead)
    await does(instructor, lead, "核实", "一般纠纷", note="工钱说不清")
    actor = await actor_of(bench, INSTRUCTOR)
    async with bench.database.transaction() as session:
        dispute = await register_dispute(
            session,
            actor=actor,
            facts=DisputeFacts(
                matter=mediable_matter("women_work", None, bench.policy),
                source=DisputeSource.LEAD,
                facts="工钱说不清",
                parties=(PartyFacts("刘洋", consent=True), PartyFacts("老板", consent=True)),
                household_id=lead.household_id,
                lead_id=lead.id,
            ),
            conversation_id="taken-up",
            now=bench.clock(),
            policy=bench.policy,
        )
        number = dispute.id
    await look_away(bench)
    return await now_is(bench, lead), number


async def request_state(bench: Bench) -> MediationState:
    """How the lead's request for a mediation stands."""
    async with bench.database.transaction() as session:
        return (await session.execute(select(col(MediationRequest.state)))).scalar_one()


@pytest.mark.parametrize("accepted", [True, False])
async def test_a_lead_that_becomes_red_freezes_the_dispute_that_was_made_of_it(bench: Bench, accepted: bool) -> None:
    lead, number = await taken_up(bench)
    if accepted:
        await accept(bench, number, WORKER)
        await look_away(bench)
    instructor = bench.person(INSTRUCTOR)
    await does(instructor, lead, "发现暴力", note="他动手了")
    dispute, lead = await dispute_of(bench, number), await now_is(bench, lead)
    assert (dispute.state, dispute.red_lead_id, dispute.lead_mediable) == (DisputeState.FROZEN, lead.id, False)
    assert (lead.colour, lead.mediable) == (Colour.RED, False)
    assert await request_state(bench) is MediationState.FROZEN
    await bench.deliverer.deliver_all()
    assert any("调解已全部停止" in said.text for said in bench.person(WORKER).reads())
    bench.all_unread()


async def test_a_lead_whose_dispute_has_ended_can_become_red_too(bench: Bench) -> None:
    lead, number = await taken_up(bench)
    await accept(bench, number, WORKER)
    await attempt(bench, number, WORKER, AttemptResult.REFUSED)
    await look_away(bench)
    await does(bench.person(INSTRUCTOR), lead, "发现暴力", note="他动手了")
    assert (await dispute_of(bench, number)).state is DisputeState.FROZEN
    await look_away(bench)


async def test_violence_in_a_dispute_made_of_a_lead_is_a_new_lead_that_points_to_it(bench: Bench) -> None:
    lead, number = await taken_up(bench)
    await presses_violence(bench.person(WORKER), number)
    await bench.person(WORKER).press("保存")
    red = await red_lead(bench, number)
    assert (red.linked_to_id, red.colour) == (lead.id, Colour.RED)
    assert await request_state(bench) is MediationState.FROZEN
    # And the first lead can still become red itself.
    await look_away(bench)
    await does(bench.person(INSTRUCTOR), lead, "发现暴力", note="他动手了")
    assert (await dispute_of(bench, number)).red_lead_id == red.id
    await look_away(bench)


@pytest.mark.parametrize("ended", [False, True])
async def test_the_expert_who_was_asked_may_say_it_too(bench: Bench, ended: bool) -> None:
    number = await mediated(bench)
    expert, worker = await actor_of(bench, EXPERT), await actor_of(bench, GROUP_WORKER)
    async with bench.database.transaction() as session:
        session.add(
            Referral(
                dispute_id=number,
                kind=ReferralKind.EXPERT,
                member_id=expert.member_id,
                asked_by_id=worker.member_id,
                asked_at=bench.clock(),
                ground=ReferralGround.CONSENT,
                request="看看合同",
                state=ReferralState.ENDED if ended else ReferralState.ACCEPTED,
                until=bench.clock() + timedelta(days=14),
            )
        )
    if ended:
        assert await forges(bench.person(EXPERT), f"disp:violence:{number}") == []
        return
    await presses_violence(bench.person(EXPERT), number)
    receipt = await bench.person(EXPERT).press("保存")
    assert receipt.labels == []  # leads are none of hers
    assert (await dispute_of(bench, number)).state is DisputeState.FROZEN
    await look_away(bench)


async def test_the_head_of_the_rung_may_say_it_too(bench: Bench) -> None:
    number = await mediated(bench)
    await presses_violence(bench.person(HEAD), number)
    await bench.person(HEAD).press("保存")
    assert (await dispute_of(bench, number)).state is DisputeState.FROZEN
    await bench.deliverer.deliver_all()
    assert any("调解已全部停止" in said.text for said in bench.person(GROUP_WORKER).reads())
    bench.all_unread()


async def test_the_red_lead_is_of_the_household_that_was_kept_in_a_merger(bench: Bench) -> None:
    number = await mediated(bench)
    async with bench.database.transaction() as session:
        kept = (
            await session.execute(select(col(Household.id)).where(col(Household.code) == "T-A-01-001"))
        ).scalar_one()
        merged = {"status": HouseholdStatus.MERGED, "merged_into_id": kept}
        await session.execute(update(Household).where(col(Household.code) == GROUP_HOME).values(**merged))
    await presses_violence(bench.person(GROUP_WORKER), number)
    await bench.person(GROUP_WORKER).press("保存")
    assert (await red_lead(bench, number)).household_id == kept
    await look_away(bench)


async def test_of_two_hundred_parties_the_card_of_the_red_lead_still_fits(bench: Bench) -> None:
    number = await mediated(bench)
    async with bench.database.transaction() as session:
        now = bench.clock()
        session.add_all(
            DisputeParty(dispute_id=number, position=place, name=f"村民{place:03}", consent=True, consent_at=now)
            for place in range(3, 201)
        )
        await session.execute(update(Dispute).where(col(Dispute.id) == number).values(facts="墙" * 1500))
    worker = bench.person(GROUP_WORKER)
    await presses_violence(worker, number)
    await worker.press("保存")
    card = await worker.press("查看详情")
    assert "冯大山" in card.text
    assert len(card.text) < 4096
    await look_away(bench)


async def test_violence_and_a_last_failed_attempt_at_once_end_frozen(bench: Bench) -> None:
    number = await mediated(bench)
    await attempt(bench, number, GROUP_WORKER)
    actor = await actor_of(bench, GROUP_WORKER)

    async def discloses() -> None:
        async with bench.database.transaction() as session:
            await disclose_in_dispute(
                session,
                actor=actor,
                dispute_id=number,
                body=SAW,
                conversation_id="at-once",
                now=bench.clock(),
                policy=bench.policy,
            )

    await asyncio.gather(attempt(bench, number, GROUP_WORKER), discloses())
    assert (await dispute_of(bench, number)).state is DisputeState.FROZEN
    assert await stages(bench) == [LeadStage.REPORTED]
    await look_away(bench)
