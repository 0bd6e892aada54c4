"""The council of the made-up county: its matters, lived through with the real use-cases at the times they happened."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor, actors_by_telegram_id
from domain.rules.ballot import usual_deadline
from domain.rules.policy import Policy
from domain.usecases.ballot_casting import cast_vote
from domain.usecases.ballot_closing import close_ballot, close_due
from domain.usecases.ballot_opening import open_ballot
from domain.usecases.councils import council_of_area
from domain.usecases.item_deciding import decide_item, give_opinion
from domain.usecases.item_proposing import ItemWords, propose_item
from domain.usecases.meeting_people import sign_in
from domain.usecases.meeting_planning import MeetingFacts, begin_meeting, end_meeting, plan_meeting
from domain.usecases.project_progress import finish_project, note_progress, steps_of
from domain.usecases.project_starting import ProjectPlan, start_project
from domain.usecases.satisfaction import rate
from models.agenda import AgendaItem, ItemEvent, Urgency
from models.ballot import Ballot, BallotChoice
from models.council import Council
from models.meeting import MeetingMode, SignedBy
from models.member import Role
from models.outbox import OutboxMessage
from models.project import CouncilProject
from sandbox.county.matters import CHAIR, MEMBERS, MatterRow, MatterStep
from sandbox.county.rows import StaffRow

# A ballot of the first day was opened a while ago, so that some have voted already.
_A_WHILE = timedelta(hours=6)
_STEP = timedelta(minutes=15)
_CHOICES = {"f": BallotChoice.FAVOUR, "a": BallotChoice.AGAINST, "0": BallotChoice.ABSTAIN}
_DECISIONS = {"accept": ItemEvent.ACCEPTED, "decline": ItemEvent.DECLINED, "discuss": ItemEvent.DISCUSSION}


async def deliberate(
    session: AsyncSession, rows: Iterable[MatterRow], staff: Iterable[StaffRow], *, now: datetime, policy: Policy
) -> None:
    """Bring the council's matters into a county that has just been loaded.

    What was told in those days is not told again: whoever opens the chat finds the items, not their old notices.
    """
    people = {person.name: person.telegram_id for person in staff}
    found = await actors_by_telegram_id(session, [people[CHAIR]], policy.today(now))
    (area,) = [post for post in found[people[CHAIR]].posts if post.role is Role.COUNCIL_CHAIR]
    council = await council_of_area(
        session,
        actor=found[people[CHAIR]],
        area_id=area.area_id,
        name=f"{area.area_name}妇女议事会",
        now=now - timedelta(days=60),
    )
    for number, row in enumerate(rows):
        await _Matter(session, council, row, number, people, now, policy).live()
    await session.flush()
    await session.execute(delete(OutboxMessage))


@dataclass(frozen=True, slots=True)
class _Matter:
    """One item, from the day on which it was proposed."""

    session: AsyncSession
    council: Council
    row: MatterRow
    number: int
    people: dict[str, int]
    now: datetime
    policy: Policy

    async def live(self) -> None:
        """Propose it, and do what was done."""
        now, row = self._at(self.row.days_ago, 0), self.row
        item = await propose_item(
            self.session,
            actor=await self._actor(row.by, now),
            council_id=self.council.id,
            words=ItemWords(row.title, row.body, Urgency(row.urgency)),
            conversation_id=self._conversation(0),
            now=now,
            policy=self.policy,
        )
        for place, step in enumerate(row.steps, 1):
            await self._step(item, step, place, self._at(step.days_ago, place))

    async def _step(self, item: AgendaItem, step: MatterStep, place: int, now: datetime) -> None:
        session, policy = self.session, self.policy
        actor = await self._actor(step.by, now)
        if step.what in _DECISIONS:
            await decide_item(
                session, actor=actor, item_id=item.id, step=_DECISIONS[step.what], body=step.words or None,
                now=now, policy=policy,
            )  # fmt: skip
            return
        match step.what:
            case "opinion":
                await give_opinion(session, actor=actor, item_id=item.id, body=step.words, now=now, policy=policy)
            case "meet":
                await self._meet(item, step, place, now)
            case "vote" | "secret":
                await self._vote(item, step, place, now)
            case "project":
                await self._project(item, step, place, now)
            case _:
                await self._carry_out(item, step, place, now)

    async def _meet(self, item: AgendaItem, step: MatterStep, place: int, now: datetime) -> None:
        session, policy, chair = self.session, self.policy, await self._actor(step.by, now)
        facts = MeetingFacts(MeetingMode.TOGETHER, now + _STEP, step.words, [item.id], chair.member_id)
        meeting = await plan_meeting(
            session, actor=chair, council_id=self.council.id, facts=facts,
            conversation_id=self._conversation(place), now=now, policy=policy,
        )  # fmt: skip
        begun = now + _STEP
        await begin_meeting(session, actor=chair, meeting_id=meeting.id, sign_code="3807", now=begun, policy=policy)
        for name, mark in zip(MEMBERS, step.votes, strict=True):
            if mark != "-":
                member = await self._actor(name, begun)
                await sign_in(
                    session, actor=member, meeting_id=meeting.id, how=SignedBy.BUTTON, now=begun, policy=policy
                )
        await end_meeting(session, actor=chair, meeting_id=meeting.id, now=begun + 4 * _STEP)

    async def _vote(self, item: AgendaItem, step: MatterStep, place: int, now: datetime) -> None:
        session, policy, chair = self.session, self.policy, await self._actor(step.by, now)
        closes_at = usual_deadline(item.urgency, now) or now + timedelta(days=3)
        ballot = await open_ballot(
            session, actor=chair, item_id=item.id, secret=step.what == "secret", closes_at=closes_at,
            conversation_id=self._conversation(place), now=now, token=lambda _size: self._conversation(place),
            policy=policy,
        )  # fmt: skip
        for count, (name, letter) in enumerate(zip(MEMBERS, step.votes, strict=True), 1):
            if letter in _CHOICES:
                at = now + count * timedelta(minutes=5)
                await cast_vote(
                    session, actor=await self._actor(name, at), ballot_id=ballot.id, choice=_CHOICES[letter],
                    now=at, policy=policy,
                )  # fmt: skip
        await self._close(ballot, step, chair, now + timedelta(hours=1))

    async def _close(self, ballot: Ballot, step: MatterStep, chair: Actor, now: datetime) -> None:
        if "-" not in step.votes:
            await close_ballot(self.session, actor=chair, ballot_id=ballot.id, now=now, policy=self.policy)
        elif ballot.closes_at <= self.now:
            await close_due(self.session, now=ballot.closes_at, policy=self.policy, limit=1)

    async def _project(self, item: AgendaItem, step: MatterStep, place: int, now: datetime) -> None:
        owner = await self._actor(step.by, now)
        plan = ProjectPlan(
            owner.member_id, self.policy.today(now) + timedelta(days=step.days), step.words, list(step.steps)
        )
        await start_project(
            self.session, actor=await self._actor(CHAIR, now), item_id=item.id, plan=plan,
            conversation_id=self._conversation(place), now=now, policy=self.policy,
        )  # fmt: skip

    async def _carry_out(self, item: AgendaItem, step: MatterStep, place: int, now: datetime) -> None:
        session, policy, actor = self.session, self.policy, await self._actor(step.by, now)
        found = await session.execute(select(CouncilProject).where(col(CouncilProject.item_id) == item.id))
        project = found.scalar_one()
        match step.what:
            case "progress":
                open_steps = [one.position for one in await steps_of(session, project.id) if one.done_on is None]
                await note_progress(
                    session, actor=actor, project_id=project.id, body=step.words, done=open_steps[:2],
                    conversation_id=self._conversation(place), now=now, policy=policy,
                )  # fmt: skip
            case "done":
                await finish_project(
                    session, actor=actor, project_id=project.id, seen=project.rev, result=step.words,
                    conversation_id=self._conversation(place), now=now, policy=policy,
                )  # fmt: skip
            case _:
                for name, mark in zip(MEMBERS, step.votes, strict=True):
                    if mark != "-":
                        asked = await self._actor(name, now)
                        await rate(session, actor=asked, project_id=project.id, mark=int(mark), now=now, policy=policy)

    async def _actor(self, name: str, now: datetime) -> Actor:
        number = self.people[name]
        return (await actors_by_telegram_id(self.session, [number], self.policy.today(now)))[number]

    def _at(self, days_ago: int, place: int) -> datetime:
        return self.now - timedelta(days=days_ago) - _A_WHILE + place * _STEP

    def _conversation(self, place: int) -> str:
        # The same ones every time, and with them the same letters in the codes.
        return str(uuid5(NAMESPACE_OID, f"council.{self.number}.{place}"))
