"""The disputes of the made-up county: lived through with the real use-cases, at the times at which they happened."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor, actors_by_telegram_id
from domain.rules.agreements import FollowUpResult
from domain.rules.policy import Policy
from domain.usecases.attempts import AttemptFacts, record_attempt
from domain.usecases.dispute_accepting import accept_dispute
from domain.usecases.dispute_closing import ask_dispute_closing, close_dispute
from domain.usecases.dispute_follow_ups import follow_up
from domain.usecases.dispute_passing import pass_up
from domain.usecases.disputes import DisputeFacts, PartyFacts, mediable_matter, register_dispute
from domain.usecases.mediations import PlanFacts, plan_mediation
from models.dispute import Dispute, DisputeKind, DisputeSource
from models.household import Household, Resident
from models.mediation import AttemptResult, MediationMethod
from models.outbox import OutboxMessage
from sandbox.county.quarrels import QuarrelRow, StepRow
from sandbox.county.rows import StaffRow

# So long the staff of the county has had its posts: whoever acts in the past must have had hers then.
POSTS_SINCE = timedelta(days=90)
_TEN = time(10)
_HOUR = timedelta(hours=1)


async def quarrel(
    session: AsyncSession, rows: Iterable[QuarrelRow], staff: Iterable[StaffRow], *, now: datetime, policy: Policy
) -> None:
    """Bring the disputes into a county that has just been loaded, into which nothing else was written yet.

    What was told in those days is not told again: whoever opens the chat finds the cases, not their old notices.
    """
    people = {person.name: person.telegram_id for person in staff}
    for number, row in enumerate(rows):
        await _Life(session, row, number, people, now, policy).live()
    await session.flush()
    await session.execute(delete(OutboxMessage))


@dataclass(frozen=True, slots=True)
class _Life:
    """One dispute, from the day on which it was registered."""

    session: AsyncSession
    row: QuarrelRow
    number: int
    people: dict[str, int]
    now: datetime
    policy: Policy

    async def live(self) -> None:
        """Register it, and do what was done."""
        dispute = await self._register()
        for place, step in enumerate(self.row.steps, 1):
            # A plan is made right after what came before it, and two things of one day one after the other.
            days_ago = step.days_ago if step.days_ago > 0 else self.row.steps[place - 2].days_ago
            await self._step(dispute, step, place, self._at(days_ago) + place * _HOUR / 4)

    async def _register(self) -> Dispute:
        row, now = self.row, self._at(self.row.days_ago)
        found = await self.session.execute(select(Household).where(col(Household.code) == row.household))
        household = found.scalar_one()
        query = select(Resident).where(col(Resident.household_id) == household.id, col(Resident.relation) == "head")
        head = (await self.session.execute(query)).scalar_one()
        facts = DisputeFacts(
            matter=mediable_matter(row.item, None, self.policy),
            source=DisputeSource(row.source),
            facts=row.facts,
            parties=[
                PartyFacts(
                    party.name or head.name,
                    consent=party.consent,
                    resident_id=None if party.name else head.id,
                    wishes=party.wishes,
                )
                for party in row.parties
            ],
            kind=DisputeKind(row.kind),
            household_id=household.id,
        )
        return await register_dispute(
            self.session,
            actor=await self._actor(row.by, now),
            facts=facts,
            conversation_id=self._conversation(0),
            now=now,
            policy=self.policy,
        )

    async def _step(self, dispute: Dispute, step: StepRow, place: int, now: datetime) -> None:
        session, policy = self.session, self.policy
        actor = await self._actor(step.by, now)
        match step.what:
            case "accept":
                await accept_dispute(session, actor=actor, dispute_id=dispute.id, now=now, policy=policy)
            case "pass_up":
                await pass_up(
                    session, actor=actor, dispute_id=dispute.id, seen=dispute.rev, reason=step.matter,
                    now=now, policy=policy,
                )  # fmt: skip
            case "plan":
                plan = PlanFacts(self._at(step.days_ago), actor.member_id, place=step.matter)
                await plan_mediation(
                    session, actor=actor, dispute_id=dispute.id, facts=plan,
                    conversation_id=self._conversation(place), now=now, policy=policy,
                )  # fmt: skip
            case "follow_up":
                await follow_up(
                    session, actor=actor, dispute_id=dispute.id, seen=dispute.rev, result=FollowUpResult.HOLDS,
                    body=step.matter, now=now, policy=policy,
                )  # fmt: skip
            case "ask_closing" | "close":
                does = close_dispute if step.what == "close" else ask_dispute_closing
                await does(
                    session, actor=actor, dispute_id=dispute.id, seen=dispute.rev, body=step.matter,
                    now=now, policy=policy,
                )  # fmt: skip
            case result:
                held = AttemptFacts(
                    AttemptResult(result), policy.today(now), MediationMethod.TOGETHER,
                    step.matter, step.feelings, step.promises,
                )  # fmt: skip
                await record_attempt(
                    session, actor=actor, dispute_id=dispute.id, facts=held,
                    conversation_id=self._conversation(place), now=now, policy=policy,
                )  # fmt: skip

    async def _actor(self, name: str, now: datetime) -> Actor:
        number = self.people[name]
        return (await actors_by_telegram_id(self.session, [number], self.policy.today(now)))[number]

    def _at(self, days_ago: int) -> datetime:
        return self.policy.at(self.policy.today(self.now) - timedelta(days=days_ago), _TEN)

    def _conversation(self, place: int) -> str:
        # The same ones every time, and with them the same letters in the codes.
        return str(uuid5(NAMESPACE_OID, f"{self.number}.{place}"))
