"""Disputes at every stage of their way, straight through the use-cases; and which conversation begins at which."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from domain.usecases.dispute_closing import ask_dispute_closing
from domain.usecases.dispute_notes import add_dispute_note
from domain.usecases.dispute_passing import pass_up
from models.mediation import AttemptResult
from tests.support.attempts import accept, attempt
from tests.support.county import EXPERT, HEAD, INSTRUCTOR, WORKER
from tests.support.dispute_help import dispute_card, refers_dispute
from tests.support.hands import Bench
from tests.support.ladder import a_dispute, actor_of, dispute_of, past_the_morning
from tests.support.matters import look_away
from tests.support.referrals import the_request

Stage = Callable[[Bench], Awaitable[int]]


async def mediating(bench: Bench) -> int:
    """The instructor has accepted it."""
    await past_the_morning(bench)
    number = await a_dispute(bench, by=WORKER, household="T-A-01-001")
    await accept(bench, number, INSTRUCTOR)
    await look_away(bench)
    return number


async def noted(bench: Bench) -> int:
    """The instructor has written something that she could correct."""
    number = await mediating(bench)
    actor = await actor_of(bench, INSTRUCTOR)
    async with bench.database.transaction() as session:
        await add_dispute_note(
            session, actor=actor, dispute_id=number, body="界石还在", now=bench.clock(), policy=bench.policy
        )
    await look_away(bench)
    return number


async def passed_up(bench: Bench) -> int:
    """The instructor has passed it up to the village."""
    number = await mediating(bench)
    actor, dispute = await actor_of(bench, INSTRUCTOR), await dispute_of(bench, number)
    async with bench.database.transaction() as session:
        await pass_up(
            session, actor=actor, dispute_id=number, seen=dispute.rev, reason="够不着", now=bench.clock(),
            policy=bench.policy,
        )  # fmt: skip
    await look_away(bench)
    return number


async def agreed(bench: Bench) -> int:
    """The parties have agreed."""
    number = await mediating(bench)
    await attempt(bench, number, INSTRUCTOR, AttemptResult.AGREED)
    await look_away(bench)
    return number


async def ended(bench: Bench) -> int:
    """A party wants no mediation."""
    number = await mediating(bench)
    await attempt(bench, number, INSTRUCTOR, AttemptResult.REFUSED)
    await look_away(bench)
    return number


async def closing(bench: Bench) -> int:
    """The instructor has asked for its closing."""
    number = await mediating(bench)
    actor, dispute = await actor_of(bench, INSTRUCTOR), await dispute_of(bench, number)
    async with bench.database.transaction() as session:
        await ask_dispute_closing(
            session, actor=actor, dispute_id=number, seen=dispute.rev, body="两家自己说好了", now=bench.clock(),
            policy=bench.policy,
        )  # fmt: skip
    await look_away(bench)
    return number


async def asked(bench: Bench) -> int:
    """An expert is asked about it."""
    number = await mediating(bench)
    instructor = bench.person(INSTRUCTOR)
    await dispute_card(instructor, await dispute_of(bench, number))
    await refers_dispute(instructor)
    await look_away(bench)
    return number


async def taken_on(bench: Bench) -> int:
    """The expert has accepted."""
    number = await asked(bench)
    await bench.person(EXPERT).press("查看委托")
    await bench.person(EXPERT).press("接下")
    await look_away(bench)
    return number


@dataclass(frozen=True, slots=True)
class Beginning:
    """Who begins a conversation, with a dispute at which stage, and what she types besides."""

    stage: Stage
    who: int
    texts: tuple[tuple[str, str], ...] = ()


BEGINNINGS: dict[str, Beginning] = {
    "plan": Beginning(mediating, INSTRUCTOR),
    "record": Beginning(mediating, INSTRUCTOR),
    "passup": Beginning(mediating, INSTRUCTOR),
    "giveback": Beginning(passed_up, HEAD),
    "hand": Beginning(mediating, INSTRUCTOR),
    "recuse": Beginning(mediating, INSTRUCTOR),
    "violence": Beginning(mediating, INSTRUCTOR),
    "followup": Beginning(agreed, INSTRUCTOR),
    "court": Beginning(agreed, INSTRUCTOR),
    "closing": Beginning(mediating, INSTRUCTOR),
    "withdraw": Beginning(closing, INSTRUCTOR),
    "decide": Beginning(closing, HEAD),
    "reopen": Beginning(ended, HEAD),
    "note": Beginning(mediating, INSTRUCTOR),
    "correct": Beginning(noted, INSTRUCTOR),
    "party": Beginning(mediating, INSTRUCTOR),
    "colour": Beginning(mediating, INSTRUCTOR),
    "refer": Beginning(mediating, INSTRUCTOR),
    "whistle": Beginning(mediating, HEAD),
    # Those of the expert, by the request's number.
    "ref:decline": Beginning(asked, EXPERT),
    "ref:report": Beginning(taken_on, EXPERT),
}


async def button_of(bench: Bench, what: str, number: int) -> str:
    """The data of the button that begins it."""
    if what.startswith("ref:"):
        return f"{what}:{(await the_request(bench)).id}"
    return f"disp:{what}:{number}"
