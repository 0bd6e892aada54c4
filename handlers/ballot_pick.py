"""The first step of what a chair does about an open ballot: which one; mostly it is known from her board."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from domain.refusals import RefusedError
from domain.usecases.ballot_reading import led_open_ballots, open_ballot_led
from domain.usecases.ballots import BallotSight, ballot_for
from handlers.flow import Step
from handlers.questions import Answers, Facts, Found, Pick
from handlers.scene import Scene
from handlers.shortened import short_name
from models.area import Area

More = Callable[[Scene, BallotSight], Awaitable[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class AskBallot:
    """Which ballot is it about?"""


@dataclass(frozen=True, slots=True)
class BallotPick:
    """Picks an open ballot of the chair's; `more` refuses it for this conversation, or says what else is to be known.

    What is remembered: `title` and `code` of its item, `secret`, `closes_at`, `rev`, and `area_path`.
    """

    more: More

    @property
    def step(self) -> Step:
        """The step itself; another ballot is another conversation, so it is not offered for change."""
        return Step("ballot", lambda _a, _f: AskBallot(), Pick(_search, self._resolve), editable=False)

    async def refresh(self, scene: Scene, answers: Answers) -> Facts:
        """What the conversation knows of the ballot, as it is now. Raises RefusedError."""
        return await self._resolve(scene, answers["ballot"], answers, {})

    async def in_reach(self, scene: Scene, answers: Answers) -> bool:
        """Whether the ballot is still hers to see; why a step is declined she may read."""
        if "ballot" not in answers:
            return True
        try:
            await ballot_for(scene.session, scene.actor, answers["ballot"])
        except RefusedError:
            return False
        return True

    async def _resolve(self, scene: Scene, value: int, _answers: Answers, _facts: Facts) -> dict[str, Any]:
        seen = await open_ballot_led(scene.session, scene.actor, value, scene.now)
        area = await scene.session.get_one(Area, seen.council.area_id)
        known = {
            "title": seen.item.title,
            "code": seen.item.code,
            "secret": seen.ballot.secret,
            "closes_at": seen.ballot.closes_at.astimezone(scene.policy.zone).isoformat(),
            "rev": seen.ballot.rev,
            "area_path": area.path,
        }
        return {**known, **await self.more(scene, seen)}


async def nothing_more(_scene: Scene, _seen: BallotSight) -> dict[str, Any]:
    """For a conversation that needs to know no more of the ballot."""
    return {}


async def _search(scene: Scene, _answers: Answers, _facts: Facts, query: str, offset: int, limit: int) -> Found:
    found = await led_open_ballots(scene.session, scene.actor, query, scene.now)
    return Found([(one.ballot.id, short_name(one.title)) for one in found[offset : offset + limit]], len(found))
