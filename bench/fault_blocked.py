"""T4: whoever is to be alarmed has blocked the bot: within 60 seconds the next person of the chain is told.

Each alert has a county of its own, and by chance some of those on its chain have blocked the bot, which
nobody knows yet. Who must be told is read from the chain's own data.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.clockwork import MORNING, Clockwork, wind_up
from bench.promise import Campaign, Outcome, Promise
from domain.access import actors_by_telegram_id
from domain.usecases.leads import LeadFacts, report_lead
from domain.usecases.loading import CountyLoader
from models.lead import Colour, LeadSource, Triage, Where
from models.member import Role
from sandbox.county import AreaRow, StaffRow

IN_TIME = 60.0
FIRST_CHAT = 40_001
EACH = 6  # people of a county, in the order of POSTS
POSTS = (
    ("grid_worker", "{}-1-1-1"),
    ("instructor", "{}-1-1-1"),
    ("head", "{}-1-1"),
    ("township_centre", "{}-1"),
    ("federation_officer", "{}"),
    ("county_centre", "{}"),
)
ITEMS = {Colour.RED: "domestic_violence", Colour.ORANGE: "elder_care"}


@dataclass(frozen=True)
class Case:
    """An alert, its people by their posts, and who of them has blocked the bot."""

    colour: Colour
    people: dict[Role, int]
    blocked: frozenset[Role]

    def must_be_told(self, clockwork: Clockwork) -> set[int]:
        """Those of the first rung on which somebody can be reached who can be."""
        for rung in clockwork.policy.chains[self.colour].rungs:
            there = [post.role for post in rung.posts if post.role in self.people]
            if reached := {self.people[role] for role in there if role not in self.blocked}:
                return reached
        return set()


def drawn(rng: random.Random, number: int) -> Case:
    """A case by chance: at least one of the first rung has blocked the bot, the county's centre never has."""
    people = {Role(role): FIRST_CHAT + number * EACH + place for place, (role, _) in enumerate(POSTS)}
    colour = rng.choice(list(ITEMS))
    first = [Role.HEAD, Role.TOWNSHIP_CENTRE, Role.FEDERATION_OFFICER] if colour is Colour.RED else [Role.HEAD]
    blocked = set(first if rng.random() < 0.5 else rng.sample(first, 1))
    blocked |= {role for role in (Role.INSTRUCTOR, Role.TOWNSHIP_CENTRE) if rng.random() < 0.4}
    return Case(colour, people, frozenset(blocked))


async def found(clockwork: Clockwork, cases: Sequence[Case]) -> None:
    """A county for each case."""
    async with clockwork.database.transaction() as session:
        loader = CountyLoader(session, now=MORNING, policy=clockwork.policy)
        await loader.start()
        for number, case in enumerate(cases):
            code = f"K{number:04d}"
            kinds = ("county", "township", "community", "grid")
            for depth, kind in enumerate(kinds):
                above = code + "-1" * (depth - 1) if depth else None
                place = AreaRow(code + "-1" * depth, above, kind, f"第{number}{kind}")
                await loader.area(replace(place, grid_kind="rural") if kind == "grid" else place)
            for (role, area), chat in zip(POSTS, case.people.values(), strict=True):
                clockwork.box.add_person(chat, "陈秀兰", started=True)
                clockwork.box.world.people[chat].blocked = Role(role) in case.blocked
                await loader.member(StaffRow(chat, "陈秀兰", "zh", ((role, area.format(code)),)))
        await loader.finish()


async def report(clockwork: Clockwork, case: Case, number: int) -> str:
    """The grid worker of the case reports; the lead's code."""
    worker = case.people[Role.GRID_WORKER]
    async with clockwork.database.transaction() as session:
        today = clockwork.policy.today(clockwork.now())
        actor = (await actors_by_telegram_id(session, [worker], today))[worker]
        danger = (Triage.DANGER,) if case.colour is Colour.RED else ()
        facts = LeadFacts(ITEMS[case.colour], danger, Where.NO_HOUSEHOLD, None, LeadSource.SEEN, "…")
        return (
            await report_lead(
                session,
                actor=actor,
                facts=facts,
                conversation_id=f"blocked-{number}",
                now=clockwork.now(),
                policy=clockwork.policy,
            )
        ).code


async def happens(clockwork: Clockwork, campaign: Campaign) -> Outcome:
    """One alert after the other, and who was told of it when."""
    rng = random.Random(campaign.seed)
    cases = [drawn(rng, number) for number in range(campaign.of(400, least=6))]
    await found(clockwork, cases)
    codes, began, late, waits, passed = [], [], 0, [], 0
    async with clockwork.at_work():
        for number, case in enumerate(cases):
            began.append(clockwork.seconds)
            codes.append(await report(clockwork, case, number))
            await clockwork.until(clockwork.seconds + rng.uniform(0, 2))
        wanted = [
            (chat, code) for case, code in zip(cases, codes, strict=True) for chat in case.must_be_told(clockwork)
        ]
        everybody = lambda: all(clockwork.told(*one) for one in wanted)  # noqa: E731
        await clockwork.unless(everybody, clockwork.seconds + IN_TIME)
    for case, code, since in zip(cases, codes, began, strict=True):
        told = [clockwork.told(chat, code) for chat in case.must_be_told(clockwork)]
        late += sum(not at or at[0] - since > IN_TIME for at in told)
        waits += [at[0] - since for at in told if at]
        passed += len(case.blocked)
    return Outcome(
        lost=late,
        figures={"alerts": len(cases), "blocked": passed, "told": len(waits), "slowest_s": round(max(waits), 1)},
    )


async def keep_blocked(campaign: Campaign, like: Path | None = None) -> Outcome:
    """400 alerts."""
    return await wind_up(campaign, lambda clockwork: happens(clockwork, campaign), like)


PROMISES = (Promise("T4", "a blocked recipient of an alert: the next person within 60 s", keep_blocked),)
