"""How disputes are found in the year's replay: where, by whom, about what, and between whom; and who is on leave."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Self

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bench.year_people import People
from domain.refusals import RefusedError
from domain.rules.policy import Policy
from domain.usecases.disputes import DisputeFacts, PartyFacts, mediable_matter, register_dispute
from domain.usecases.leaves import note_leave
from models.dispute import DisputeKind, DisputeSource
from models.household import Household, Resident
from models.lead import Colour
from models.member import Appointment, Member, Role

_SOURCES = (DisputeSource.VISIT, DisputeSource.OFFICE, DisputeSource.COUNCIL)
_WORDS = "两家为一件小事争执，来回说了好几次，都觉得自己有理。"
_ON_LEAVE_DAILY = 0.002  # of all workers and mediators: about two weeks a year for each


@dataclass(frozen=True, slots=True)
class Finder:
    """Where there are households, who finds disputes in them, and what can be mediated."""

    rng: Random
    policy: Policy
    households: Sequence[tuple[int, int]]  # with the grid of each
    neighbours: dict[int, list[int]]
    finders: dict[int, list[int]]
    staff: Sequence[int]
    items: Sequence[str]

    @classmethod
    async def of(cls, session: AsyncSession, rng: Random, policy: Policy) -> Self:
        """Look at the county."""
        rows = (await session.execute(select(col(Household.id), col(Household.grid_id)))).all()
        households = [(row[0], row[1]) for row in rows]
        neighbours: dict[int, list[int]] = defaultdict(list)
        for household, grid in households:
            neighbours[grid].append(household)
        posts = (await session.execute(select(Appointment))).scalars().all()
        finders: dict[int, list[int]] = defaultdict(list)
        for post in posts:
            if post.role in (Role.GRID_WORKER, Role.INSTRUCTOR):
                finders[post.area_id].append(post.member_id)
        works = (Role.GRID_WORKER, Role.INSTRUCTOR, Role.MEDIATOR, Role.HEAD, Role.TOWNSHIP_CENTRE)
        staff = sorted({post.member_id for post in posts if post.role in works})
        found = policy.catalogue.items.items()
        items = [key for key, item in found if not item.key_matter and item.colour is not Colour.RED]
        return cls(rng, policy, households, neighbours, finders, staff, items)

    async def find(self, session: AsyncSession, people: People, now: datetime) -> int:
        """Somebody registers a dispute; its number."""
        household, grid = self.rng.choice(self.households)
        worker = self.finders[grid][0] if self.rng.random() < 0.8 else self.rng.choice(self.finders[grid])
        counselling = self.rng.random() < 0.04
        facts = DisputeFacts(
            matter=mediable_matter("marriage" if counselling else self.rng.choice(self.items), None, self.policy),
            source=self.rng.choice(_SOURCES),
            facts=_WORDS,
            parties=await self._parties(session, household, grid),
            kind=DisputeKind.COUNSELLING if counselling else DisputeKind.DISPUTE,
            household_id=household,
        )
        dispute = await register_dispute(
            session, actor=await people.actor(session, worker, now), facts=facts,
            conversation_id=people.conversation(), now=now, policy=self.policy,
        )  # fmt: skip
        people.done["registered"] += 1
        return dispute.id

    async def _parties(self, session: AsyncSession, household: int, grid: int) -> list[PartyFacts]:
        """Somebody of the household, and a neighbour, an outsider, or many of them."""
        homes = {household}
        if self.rng.random() < 0.3:
            homes.add(self.rng.choice(self.neighbours[grid]))
        query = select(Resident).where(col(Resident.household_id).in_(homes), col(Resident.relation) == "head")
        parties = [
            PartyFacts(person.name, consent=True, resident_id=person.id, wishes=_WORDS)
            for person in (await session.execute(query)).scalars()
        ]
        many = self.rng.randint(5, 30) if self.rng.random() < 0.03 else 1
        outsiders = [PartyFacts(f"外来第{number}人", consent=self.rng.random() < 0.9) for number in range(many)]
        return parties + outsiders if len(parties) == 1 else parties

    async def leaves(self, session: AsyncSession, people: People, now: datetime) -> None:
        """On this morning some go on leave for a week."""
        today = self.policy.today(now)
        for member in self.staff:
            if self.rng.random() < _ON_LEAVE_DAILY:
                actor = await people.actor(session, member, now)
                try:
                    await note_leave(
                        session, actor=actor, starts_on=today, ends_on=today + timedelta(days=6),
                        now=now, policy=self.policy,
                    )  # fmt: skip
                except RefusedError as refused:
                    people.refused[refused.reason.value] += 1


async def telegram_ids(session: AsyncSession) -> dict[int, int]:
    """Everybody's number on Telegram."""
    rows = (await session.execute(select(col(Member.id), col(Member.telegram_id)))).all()
    return {row[0]: row[1] for row in rows}
