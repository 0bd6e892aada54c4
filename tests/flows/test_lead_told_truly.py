"""What the card, the list and the notices of a lead say is so, also when it rings again or has become worse."""

from domain.usecases.alerts import close_alert
from domain.usecases.closing import reopen
from domain.usecases.recolouring import recolour
from models.lead import Colour, Lead, LeadStage
from tests.support.alerts import bells, later
from tests.support.county import HEAD, RIGHTS, TOWNSHIP, WORKER
from tests.support.hands import Bench
from tests.support.leads import a_lead, actor_of
from tests.support.matters import does, look_away, opens, takes


async def test_violence_in_what_was_red_already_is_told_to_whoever_has_it_and_was_rung(bench: Bench) -> None:
    lead = await a_lead(bench, "elder_care")
    head_now = await actor_of(bench, HEAD)
    async with bench.database.transaction() as session:
        await recolour(
            session,
            actor=head_now,
            lead_id=lead.id,
            seen=lead.rev,
            colour=Colour.RED,
            body=None,
            now=bench.clock(),
            policy=bench.policy,
        )
    await bells(bench)
    head, township = bench.person(HEAD), bench.person(TOWNSHIP)
    await takes(bench, head, lead)
    await does(head, lead, "核实", "情况属实", note="属实")
    await does(head, lead, "支持", "就医验伤", "完成")
    saved = await does(township, lead, "发现暴力", note="身上有新伤")
    assert "正在提醒相关的人" in saved.text
    heard = await bells(bench)
    assert set(heard) == {HEAD, RIGHTS}
    assert "乡镇综治中心发现了更严重的情况，请马上重新核实" in heard[HEAD][0]
    assert "暴力" not in heard[HEAD][0]
    # She is asked by the clock again, and not on the next morning.
    asked = await later(bench, minutes=30)
    assert set(asked) == {HEAD}
    assert "还在处理吗" in asked[HEAD][0]


async def test_what_is_opened_again_is_nobodys_while_it_rings_and_offers_no_revisit_before_it_is_verified(
    bench: Bench,
) -> None:
    lead = await a_lead(bench, "child_alone")
    await look_away(bench)
    head = bench.person(HEAD)
    await takes(bench, head, lead)
    await does(head, lead, "核实", "情况属实", note="属实")
    actor = await actor_of(bench, TOWNSHIP)
    async with bench.database.transaction() as session:
        stored = await session.get_one(Lead, lead.id)
        stored.stage, stored.closing_by_id, stored.closed_at = LeadStage.CLOSED, stored.handler_id, bench.clock()
        stored.closed_by_id = actor.member_id
        await close_alert(session, stored, now=bench.clock())
    async with bench.database.transaction() as session:
        seen = (await session.get_one(Lead, lead.id)).rev
        await reopen(
            session, actor=actor, lead_id=lead.id, seen=seen, body="又出事了", now=bench.clock(), policy=bench.policy
        )
    await look_away(bench)
    worker = bench.person(WORKER)
    assert "还没有人签收" in (await opens(worker, lead)).text
    card = await opens(head, lead)
    assert "还没有人签收" in card.text
    await takes(bench, head, lead)
    bench.pass_time(days=7)
    await bench.tick()
    assert not [said for said in head.reads() if "该回访" in said.text]
    assert not [label for label in (await head.say("/leads")).labels if "该回访" in label]
    assert "回访" not in " ".join((await opens(head, lead)).labels)
    bench.all_unread()


async def test_the_card_of_a_blue_one_promises_no_bell(bench: Bench) -> None:
    lead = await a_lead(bench, "neighbours")
    assert await bells(bench) == {}
    worker = bench.person(WORKER)
    card = (await opens(worker, lead)).text
    assert ("早上的清单" in card, "提醒" in card) == (True, False)
    assert set(await later(bench, days=7)) == {HEAD}
    assert "会一直提醒到有人接" in (await opens(worker, lead)).text
