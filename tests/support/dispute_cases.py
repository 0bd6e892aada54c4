"""A dispute brought where a test wants it, by the use-cases themselves and not by its conversations."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

from sqlalchemy import select
from sqlmodel import col

from domain.usecases.attempts import Attempted, AttemptFacts, record_attempt
from domain.usecases.dispute_accepting import accept_dispute
from domain.usecases.dispute_freezing import disclose_in_dispute
from domain.usecases.disputes import DisputeFacts, PartyFacts, mediable_matter, register_dispute
from domain.usecases.mediations import PlanFacts, plan_mediation
from models.area import Area
from models.dispute import DisputeSource
from models.mediation import AttemptResult, MediationMethod
from tests.support.hands import Bench, Said
from tests.support.ladder import actor_of

MATTER, FEELINGS, PROMISE = "院墙的界线在哪里", "老人觉得没有面子", "一个月内把墙退回来"


async def accepted(bench: Bench, who: int, number: int) -> None:
    """Somebody accepts it."""
    actor = await actor_of(bench, who)
    async with bench.database.transaction() as session:
        await accept_dispute(session, actor=actor, dispute_id=number, now=bench.clock.now, policy=bench.policy)


async def attempted(
    bench: Bench, who: int, number: int, result: AttemptResult = AttemptResult.FAILED, days_ago: int = 0
) -> Attempted:
    """Somebody records an attempt."""
    actor = await actor_of(bench, who)
    facts = AttemptFacts(
        result=result,
        held_on=bench.policy.today(bench.clock.now) - timedelta(days=days_ago),
        method=MediationMethod.TOGETHER,
        matter=MATTER,
        feelings=FEELINGS,
        promises=PROMISE if result is AttemptResult.AGREED else None,
        absent=(2,) if result is AttemptResult.ABSENT else (),
    )
    async with bench.database.transaction() as session:
        return await record_attempt(
            session,
            actor=actor,
            dispute_id=number,
            facts=facts,
            conversation_id=str(uuid4()),
            now=bench.clock.now,
            policy=bench.policy,
        )


async def planned(bench: Bench, who: int, number: int, *guests: int, days: int = 2) -> int:
    """Somebody plans a mediation, led by herself; its number."""
    actor = await actor_of(bench, who)
    invited = [(await actor_of(bench, guest)).member_id for guest in guests]
    facts = PlanFacts(
        planned_at=bench.clock.now + timedelta(days=days),
        leader_id=actor.member_id,
        place="村委会调解室",
        guests=tuple(invited),
        agreed=bool(invited),
    )
    async with bench.database.transaction() as session:
        mediation = await plan_mediation(
            session,
            actor=actor,
            dispute_id=number,
            facts=facts,
            conversation_id=str(uuid4()),
            now=bench.clock.now,
            policy=bench.policy,
        )
        return mediation.id


async def registered(
    bench: Bench,
    who: int,
    parties: Sequence[tuple[str, str | None, bool, str | None]],
    facts: str = "院墙之争",
    at: str | None = None,
) -> int:
    """Somebody registers one of no household, with these parties: name, telephone, consent, wishes; `at` her post's
    area, or at the one with this code.
    """
    actor = await actor_of(bench, who)
    async with bench.database.transaction() as session:
        area_id = (await session.execute(select(col(Area.id)).where(col(Area.code) == at))).scalar_one_or_none()
    said = DisputeFacts(
        matter=mediable_matter("neighbours", None, bench.policy),
        source=DisputeSource.OFFICE,
        facts=facts,
        parties=[PartyFacts(name, consent, phone=phone, wishes=wishes) for name, phone, consent, wishes in parties],
        area_id=area_id,
    )
    async with bench.database.transaction() as session:
        dispute = await register_dispute(
            session, actor=actor, facts=said, conversation_id=str(uuid4()), now=bench.clock.now, policy=bench.policy
        )
        return dispute.id


async def frozen(bench: Bench, who: int, number: int) -> None:
    """Somebody discloses violence."""
    actor = await actor_of(bench, who)
    async with bench.database.transaction() as session:
        await disclose_in_dispute(
            session,
            actor=actor,
            dispute_id=number,
            body="他动手打人",
            conversation_id=str(uuid4()),
            now=bench.clock.now,
            policy=bench.policy,
        )


async def read_all(bench: Bench) -> None:
    """What was told is delivered, and everybody has read it."""
    await bench.tick()
    bench.all_unread()


async def opens(bench: Bench, who: int, number: int, what: str = "show") -> Said:
    """Somebody presses a button of the case, as from any notice: exactly one message is the answer."""
    person = bench.person(who)
    hello = await person.say("/help")
    found = await person.press_data(hello.message_id, f"disp:{what}:{number}")
    assert len(found) == 1, [said.text for said in found]
    return found[0]
