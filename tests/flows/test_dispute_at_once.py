"""Two at once on one case: neither waits for the other for ever, and nobody undoes unseen what the other did."""

import asyncio
from uuid import uuid4

from sqlalchemy import select
from sqlmodel import col

from domain.usecases.dispute_freezing import disclose_in_dispute
from domain.usecases.disputes import DisputeFacts, PartyFacts, mediable_matter, register_dispute
from domain.usecases.recolouring import disclose_violence
from models.dispute import Dispute, DisputeSource, DisputeState
from models.lead import Colour, Lead
from models.mediation import MediationRequest, MediationState
from models.member import Role
from tests.support.alerts import id_of, leaves_post, takes_post
from tests.support.attempts import accept
from tests.support.county import HEAD, INSTRUCTOR, SATURDAY, WORKER
from tests.support.hands import Bench
from tests.support.ladder import EXECUTIVE, OTHER_ELDER, a_dispute, actor_of, add_ladder, dispute_of
from tests.support.leads import a_lead
from tests.support.matters import does, look_away, now_is
from tests.support.moving import card, passes_up
from tests.support.registering import the_dispute

SAW = "老板动手打人"
A_MOMENT = 0.5  # real seconds: so long the other is let run into the lock


async def waiting_lead(bench: Bench) -> Lead:
    """A lead that is an ordinary dispute and waits to become one."""
    lead = await a_lead(bench, "women_work")
    await look_away(bench)
    await does(bench.person(INSTRUCTOR), lead, "核实", "一般纠纷", note="厂里不肯给产假")
    return lead


async def turns_red(bench: Bench, lead: Lead) -> None:
    """The instructor says that violence has come to light in the lead."""
    actor, seen = await actor_of(bench, INSTRUCTOR), (await now_is(bench, lead)).rev
    async with bench.database.transaction() as session:
        await disclose_violence(
            session, actor=actor, lead_id=lead.id, seen=seen, body=SAW, now=bench.clock.now, policy=bench.policy
        )


def of_the_lead(bench: Bench, lead: Lead) -> DisputeFacts:
    """What is registered of it."""
    return DisputeFacts(
        matter=mediable_matter("women_work", None, bench.policy),
        source=DisputeSource.LEAD,
        facts="厂里不肯给产假",
        parties=(PartyFacts("外村的老黄", consent=True),),
        lead_id=lead.id,
    )


async def is_frozen_with(bench: Bench, lead: Lead) -> None:
    """The lead is red, its dispute and its request are frozen."""
    red = await now_is(bench, lead)
    assert (red.colour, red.key_matter, red.mediable) == (Colour.RED, True, False)
    dispute = await the_dispute(bench)
    assert (dispute.state, dispute.mediable, dispute.owner_id) == (DisputeState.FROZEN, False, None)
    async with bench.database.transaction() as session:
        query = select(col(MediationRequest.state)).where(col(MediationRequest.lead_id) == lead.id)
        assert (await session.execute(query)).scalar_one() is MediationState.FROZEN
    await look_away(bench)


async def test_a_lead_that_is_registered_while_violence_comes_to_light_in_it_ends_frozen(bench: Bench) -> None:
    lead = await waiting_lead(bench)
    actor = await actor_of(bench, INSTRUCTOR)
    async with bench.database.transaction() as session:
        # The registering has begun: it has the lead, and nothing else yet.
        await session.execute(select(col(Lead.id)).where(col(Lead.id) == lead.id).with_for_update(key_share=True))
        other = asyncio.create_task(turns_red(bench, lead))
        await asyncio.sleep(A_MOMENT)
        await register_dispute(
            session, actor=actor, facts=of_the_lead(bench, lead), conversation_id=str(uuid4()), now=bench.clock.now,
            policy=bench.policy,
        )  # fmt: skip
    await other
    await is_frozen_with(bench, lead)


async def test_violence_told_in_a_case_and_in_its_lead_at_once_freezes_both(bench: Bench) -> None:
    lead = await waiting_lead(bench)
    actor = await actor_of(bench, INSTRUCTOR)
    async with bench.database.transaction() as session:
        await register_dispute(
            session, actor=actor, facts=of_the_lead(bench, lead), conversation_id=str(uuid4()), now=bench.clock.now,
            policy=bench.policy,
        )  # fmt: skip
    number = (await the_dispute(bench)).id

    async def told_in_the_case() -> None:
        async with bench.database.transaction() as session:
            await session.execute(select(col(Dispute.id)).where(col(Dispute.id) == number).with_for_update())
            other = asyncio.create_task(turns_red(bench, lead))
            waiting.append(other)
            await asyncio.sleep(A_MOMENT)
            await disclose_in_dispute(
                session, actor=actor, dispute_id=number, body=SAW, conversation_id="at-once", now=bench.clock.now,
                policy=bench.policy,
            )  # fmt: skip

    waiting: list[asyncio.Task[None]] = []
    await told_in_the_case()
    await asyncio.gather(*waiting)
    await is_frozen_with(bench, lead)


async def in_three_hands(bench: Bench) -> int:
    """A case of the village, where head, executive and an elder stand; the head has it."""
    await add_ladder(bench)
    await leaves_post(bench, OTHER_ELDER)
    await takes_post(bench, OTHER_ELDER, Role.MEDIATOR, "T-A", SATURDAY.date())
    number = await a_dispute(bench, by=WORKER, household="T-A-01-001")
    await accept(bench, number, WORKER)
    await look_away(bench)
    await passes_up(bench, WORKER, number)
    await accept(bench, number, HEAD)
    await look_away(bench)
    return number


async def test_whoever_hands_over_what_has_another_owner_meanwhile_looks_again_first(bench: Bench) -> None:
    number = await in_three_hands(bench)
    head, elder = bench.person(HEAD), bench.person(OTHER_ELDER)
    for person, receiver, why in ((head, "许红", "我要出门"), (elder, "老吴", "我和他们熟")):
        await card(bench, person.id, number)
        await person.press("转给")
        await person.press(receiver)
        await person.say(why)
    assert "许红" in (await head.press("保存")).text
    changed = await elder.press("保存")
    assert "别人刚刚改过" in changed.text
    assert "我和他们熟" in changed.text  # nothing that she wrote is lost
    assert (await dispute_of(bench, number)).owner_id == await id_of(bench, EXECUTIVE)
    assert "老吴" in (await elder.press("保存")).text
    assert (await dispute_of(bench, number)).owner_id == await id_of(bench, OTHER_ELDER)
    await look_away(bench)
