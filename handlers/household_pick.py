"""Which household a conversation is about: searched in the register; mostly it is known from its card."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Any

from domain.access import EDITS_REGISTER, registered_household, still_covers
from domain.usecases.households import find_households
from handlers.flow import Step
from handlers.household_line import household_line
from handlers.questions import Answers, Facts, Found, Pick
from handlers.scene import Scene
from models.area import Area
from models.household import Household
from models.member import Role

# The steps that pick a household.
ABOUT = ("household", "duplicate")
Load = Callable[[Scene, Household, Area], Awaitable[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class AskHousehold:
    """Which household is it about?"""


async def nothing_more(_scene: Scene, _household: Household, _grid: Area) -> dict[str, Any]:
    """What a conversation loads that needs to know nothing more of the household."""
    return {}


async def in_reach(scene: Scene, answers: Answers) -> bool:
    """Whether every household that a conversation is about is still the actor's to see."""
    about = [answers[key] for key in ABOUT if key in answers]
    return not about or await still_covers(scene.session, scene.actor, about)


@dataclass(frozen=True, slots=True)
class HouseholdSearch:
    """The search of a `Pick` among the households that the actor may see in one of `roles`."""

    roles: Collection[Role]

    async def __call__(
        self, scene: Scene, _answers: Answers, _facts: Facts, query: str, offset: int, limit: int
    ) -> Found:
        """One page of those that `query` finds, each on a line."""
        rows, total = await find_households(
            scene.session,
            actor=scene.actor,
            query=query,
            today=scene.today,
            roles=self.roles,
            offset=offset,
            limit=limit,
        )
        return Found([(row.id, household_line(row, scene.today, scene.actor.locale)) for row in rows], total)


@dataclass(frozen=True, slots=True)
class HouseholdPick:
    """Picks a household of the actor's register; `load` gives what else the conversation must know of it."""

    load: Load = nothing_more

    @property
    def step(self) -> Step:
        """The step itself; another household is another conversation, so it is not offered for change."""
        return Step(
            "household",
            lambda _a, _f: AskHousehold(),
            Pick(HouseholdSearch(EDITS_REGISTER), self._resolve),
            editable=False,
        )

    async def refresh(self, scene: Scene, answers: Answers) -> Facts:
        """What the conversation knows of the household, as it is now. Raises RefusedError."""
        return await self._resolve(scene, answers["household"], answers, {})

    async def _resolve(self, scene: Scene, value: int, _answers: Answers, _facts: Facts) -> dict[str, Any]:
        household, grid = await registered_household(scene.session, scene.actor, value, EDITS_REGISTER)
        known = {
            "household": household.name,
            "code": household.code,
            "address": household.address,
            "tier": household.tier.value,
            "rev": household.rev,
        }
        return {**known, **await self.load(scene, household, grid)}
