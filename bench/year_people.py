"""The simulated people of the year's replay: what they do next with a dispute, and when.

Everything they do goes through the use-cases, one transaction each, as a press of a button does. Of a dispute they
know only what is stored. The shares are made up; they are such that about 98 of 100 disputes are settled, as the
sources tell of a county.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Actor, actors_by_telegram_id
from domain.refusals import RefusedError
from domain.rules.agreements import FollowUpResult
from domain.rules.ladder import may_give_back
from domain.rules.policy import Policy
from domain.usecases.attempts import AttemptFacts, record_attempt
from domain.usecases.dispute_accepting import accept_dispute
from domain.usecases.dispute_closers import closers_of
from domain.usecases.dispute_closing import ask_dispute_closing, close_dispute, send_dispute_back
from domain.usecases.dispute_follow_ups import follow_up
from domain.usecases.dispute_freezing import disclose_in_dispute
from domain.usecases.dispute_moving import rung_people, standing_of
from domain.usecases.dispute_passing import give_back, pass_up
from domain.usecases.dispute_plans import planned_mediation
from domain.usecases.dispute_recusal import recuse
from domain.usecases.dispute_rungs import rungs_over
from domain.usecases.mediations import PlanFacts, invitable, plan_mediation
from models.dispute import Dispute, DisputeKind, DisputeState
from models.mediation import AttemptResult, MediationMethod

# Of a thousand mediations.
_RESULTS = {
    AttemptResult.AGREED: 600,
    AttemptResult.PARTLY: 120,
    AttemptResult.FAILED: 215,
    AttemptResult.ABSENT: 60,
    AttemptResult.REFUSED: 5,
}
_SESSIONS = 3
_HOUR = timedelta(hours=1)
_FORGETS = 0.05  # nobody thinks of it for weeks: the clock does
_WORDS = "两家都在场，把各自的话说完了，道理和情面都谈到。"


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody's moment with a dispute, in the transaction of what she does."""

    session: AsyncSession
    dispute: Dispute
    actor: Actor
    now: datetime


class People:
    """Everybody of the county. `done` counts what they did, by their own account."""

    def __init__(self, rng: Random, policy: Policy, telegram_ids: dict[int, int]) -> None:
        self._rng = rng
        self._policy = policy
        self._telegram_ids = telegram_ids
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    async def act(self, session: AsyncSession, dispute_id: int, now: datetime) -> datetime | None:
        """Do what comes next with a dispute; when somebody thinks of it again, None once it is over."""
        dispute = await session.get_one(Dispute, dispute_id)
        actor = await self._somebody(session, dispute, now)
        turn = Turn(session, dispute, actor, now)
        match dispute.state:
            case DisputeState.REGISTERED:
                return await self._arrived(turn)
            case DisputeState.MEDIATING:
                return await self._mediated(turn)
            case DisputeState.AGREED:
                return await self._agreed(turn)
            case DisputeState.CLOSING:
                return await self._closing(turn)
            case _:
                return None

    def later(self, now: datetime, least: float, most: float) -> datetime:
        """Within working hours, so many days from now; sometimes it is forgotten."""
        days = self._rng.uniform(12, 45) if self._rng.random() < _FORGETS else self._rng.uniform(least, most)
        day = self._policy.today(now + timedelta(days=days))
        return max(self._policy.at(day, time(8 + self._rng.randrange(10), self._rng.randrange(60))), now + _HOUR)

    def conversation(self) -> str:
        """The number of a conversation."""
        return str(UUID(int=self._rng.getrandbits(128)))

    async def actor(self, session: AsyncSession, member_id: int, now: datetime) -> Actor:
        """Who somebody is today."""
        number = self._telegram_ids[member_id]
        return (await actors_by_telegram_id(session, [number], self._policy.today(now)))[number]

    async def _somebody(self, session: AsyncSession, dispute: Dispute, now: datetime) -> Actor:
        """Her whose case it is; now and then a colleague of the rung."""
        member = dispute.owner_id or dispute.registered_by_id
        if dispute.state is DisputeState.CLOSING:
            asker = dispute.closing_by_id or 0
            seconds = await closers_of(session, dispute, besides=asker, now=now, policy=self._policy)
            member = seconds[0] if seconds else member
        elif self._rng.random() < 0.3:
            people = await rung_people(session, dispute, now=now, policy=self._policy)
            member = self._rng.choice(people.able) if people and people.able else member
        return await self.actor(session, member, now)

    async def _arrived(self, turn: Turn) -> datetime:
        dispute, chance = turn.dispute, self._rng.random()
        if may_give_back(standing_of(dispute)) and chance < 0.2:
            await give_back(
                turn.session, actor=turn.actor, dispute_id=dispute.id, seen=dispute.rev, reason=_WORDS,
                now=turn.now, policy=self._policy,
            )  # fmt: skip
            return self._noted("given_back", turn, 0.1, 1.2)
        if chance > 0.98:
            return await self._pass_up(turn)
        if chance > 0.97:
            await recuse(
                turn.session, actor=turn.actor, dispute_id=dispute.id, member_id=turn.actor.member_id, reason=_WORDS,
                now=turn.now, policy=self._policy,
            )  # fmt: skip
            return self._noted("recused", turn, 0.1, 2)
        await accept_dispute(
            turn.session, actor=turn.actor, dispute_id=dispute.id, now=turn.now, policy=self._policy, namesake=True
        )
        return self._noted("accepted", turn, 0.1, 3)

    async def _mediated(self, turn: Turn) -> datetime:
        chance = self._rng.random()
        if chance < 0.002:
            return await self._violence(turn)
        if chance < 0.004:
            return await self._ask_closing(turn)  # the parties need no help any more
        plan = await planned_mediation(turn.session, turn.dispute)
        if plan is not None and plan.planned_at is not None:
            ahead = plan.planned_at > turn.now
            return self.later(plan.planned_at, 0.05, 1.5) if ahead else await self._record(turn)
        if chance < 0.55:
            return await self._plan(turn)
        counselling = turn.dispute.kind is DisputeKind.COUNSELLING
        if counselling and chance > 1 - 0.45 / _SESSIONS:
            return await self._ask_closing(turn)
        return await (self._pass_up(turn) if chance > 0.97 and not counselling else self._record(turn))

    async def _plan(self, turn: Turn) -> datetime:
        guests: Sequence[int] = ()
        if self._rng.random() < 0.4:
            found = await invitable(turn.session, turn.dispute, now=turn.now, policy=self._policy)
            guests = [one.member_id for one in found[:2]]
        day = self._policy.today(turn.now) + timedelta(days=self._rng.randint(1, 8))
        at = self._policy.at(day, time(9 + self._rng.randrange(8)))
        facts = PlanFacts(at, turn.actor.member_id, place=_WORDS, guests=guests, agreed=bool(guests))
        await plan_mediation(
            turn.session, actor=turn.actor, dispute_id=turn.dispute.id, facts=facts,
            conversation_id=self.conversation(), now=turn.now, policy=self._policy,
        )  # fmt: skip
        self.done["planned"] += 1
        return self.later(at, 0.05, 1.5)

    async def _record(self, turn: Turn) -> datetime:
        result = self._rng.choices(list(_RESULTS), list(_RESULTS.values()))[0]
        if turn.dispute.kind is DisputeKind.COUNSELLING:
            result = AttemptResult.SESSION
        facts = AttemptFacts(
            result,
            self._policy.today(turn.now),
            self._rng.choice(list(MediationMethod)),
            matter=_WORDS,
            feelings=_WORDS,
            promises=_WORDS if result is AttemptResult.AGREED else None,
            absent=(1,) if result is AttemptResult.ABSENT else (),
        )
        await record_attempt(
            turn.session, actor=turn.actor, dispute_id=turn.dispute.id, facts=facts,
            conversation_id=self.conversation(), now=turn.now, policy=self._policy,
        )  # fmt: skip
        soon = turn.dispute.state is DisputeState.REGISTERED  # the next rung has it, and was called
        return self._noted(f"held:{result.value}", turn, 0.1 if soon else 0.5, 1.2 if soon else 9)

    async def _pass_up(self, turn: Turn) -> datetime:
        today = self._policy.today(turn.now)
        above = await rungs_over(turn.session, turn.dispute, today=today, ladder=self._policy.ladder)
        if not above.can:
            return self.later(turn.now, 0.5, 2)
        await pass_up(
            turn.session, actor=turn.actor, dispute_id=turn.dispute.id, seen=turn.dispute.rev, reason=_WORDS,
            now=turn.now, policy=self._policy,
        )  # fmt: skip
        return self._noted("passed_up", turn, 0.1, 1.2)

    async def _violence(self, turn: Turn) -> datetime:
        await disclose_in_dispute(
            turn.session, actor=turn.actor, dispute_id=turn.dispute.id, body=_WORDS,
            conversation_id=self.conversation(), now=turn.now, policy=self._policy,
        )  # fmt: skip
        return self._noted("frozen", turn, 1, 2)

    async def _agreed(self, turn: Turn) -> datetime:
        dispute, today = turn.dispute, self._policy.today(turn.now)
        if dispute.follow_ups_done >= len(self._policy.revisit_days):
            return await self._ask_closing(turn)
        due = dispute.next_on or today
        if due > today:
            return self.later(self._policy.at(due, time(8)), 0, 2)
        results = (FollowUpResult.HOLDS, FollowUpResult.BROKEN, FollowUpResult.NOT_REACHED)
        result = self._rng.choices(results, (93, 2, 5))[0]
        await follow_up(
            turn.session, actor=turn.actor, dispute_id=dispute.id, seen=dispute.rev, result=result, body=_WORDS,
            now=turn.now, policy=self._policy,
        )  # fmt: skip
        return self._noted(f"followed_up:{result.value}", turn, 1, 3)

    async def _ask_closing(self, turn: Turn) -> datetime:
        await ask_dispute_closing(
            turn.session, actor=turn.actor, dispute_id=turn.dispute.id, seen=turn.dispute.rev, body=_WORDS,
            now=turn.now, policy=self._policy,
        )  # fmt: skip
        return self._noted("closing", turn, 0.1, 4)

    async def _closing(self, turn: Turn) -> datetime:
        back = self._rng.random() < 0.03
        decide = send_dispute_back if back else close_dispute
        await decide(
            turn.session, actor=turn.actor, dispute_id=turn.dispute.id, seen=turn.dispute.rev, body=_WORDS,
            now=turn.now, policy=self._policy,
        )  # fmt: skip
        return self._noted("not_closed" if back else "closed", turn, 1, 4)

    def _noted(self, what: str, turn: Turn, least: float, most: float) -> datetime:
        self.done[what] += 1
        return self.later(turn.now, least, most)


async def try_to(people: People, session: AsyncSession, dispute_id: int, now: datetime) -> datetime | None:
    """Let somebody act; a refusal is counted, and she tries again in a day or two."""
    try:
        async with session.begin_nested():
            return await people.act(session, dispute_id, now)
    except RefusedError as refused:
        people.refused[refused.reason.value] += 1
        return people.later(now, 0.5, 2)
