"""The first step of every conversation about one meeting: which one; mostly it is known from its card."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from domain.refusals import RefusedError
from domain.usecases.council_meetings import meeting_for
from domain.usecases.meeting_lists import her_meetings
from handlers.flow import Step
from handlers.questions import Answers, Facts, Found, Pick
from handlers.scene import Scene
from messages.render import day_text

Load = Callable[[Scene, int], Awaitable[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class AskMeeting:
    """Which meeting is it about?"""


@dataclass(frozen=True, slots=True)
class MeetingPick:
    """Picks a meeting; `load` authorises her for what the conversation does, and says what is to be known of it."""

    load: Load

    @property
    def step(self) -> Step:
        """The step itself; another meeting is another conversation, so it is not offered for change."""
        return Step("meeting", lambda _a, _f: AskMeeting(), Pick(_search, self._resolve), editable=False)

    async def refresh(self, scene: Scene, answers: Answers) -> Facts:
        """What the conversation knows of the meeting, as it is now. Raises RefusedError."""
        return await self.load(scene, answers["meeting"])

    async def in_reach(self, scene: Scene, answers: Answers) -> bool:
        """Whether the meeting is still hers to see."""
        if "meeting" not in answers:
            return True
        try:
            await meeting_for(scene.session, scene.actor, answers["meeting"])
        except RefusedError:
            return False
        return True

    async def _resolve(self, scene: Scene, value: int, _answers: Answers, _facts: Facts) -> dict[str, Any]:
        return await self.load(scene, value)


async def _search(scene: Scene, _answers: Answers, _facts: Facts, query: str, offset: int, limit: int) -> Found:
    rows, total = await her_meetings(scene.session, scene.actor, query, offset=offset, limit=limit)
    named = [(row.id, f"{day_text(scene.policy.today(row.planned_at), scene.actor.locale)} {row.code}") for row in rows]
    return Found(named, total)
