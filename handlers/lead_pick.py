"""The first step of every conversation about one lead: which one; mostly it is known from its card.

What it remembers of the lead is its code, its colour and how far it has come: nothing confidential.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from domain.lead_access import lead_for
from domain.refusals import RefusedError
from domain.usecases.lead_lists import leads_of
from handlers.flow import Step
from handlers.lead_line import lead_line
from handlers.questions import Answers, Facts, Found, Pick
from handlers.scene import Scene
from models.lead import Lead

Load = Callable[[Scene, int], Awaitable[tuple[Lead, dict[str, Any]]]]


@dataclass(frozen=True, slots=True)
class AskLead:
    """Which lead is it about?"""


@dataclass(frozen=True, slots=True)
class LeadPick:
    """Picks a lead; `load` authorises her for what the conversation does with it, and says what else is to be known."""

    load: Load

    @property
    def step(self) -> Step:
        """The step itself; another lead is another conversation, so it is not offered for change."""
        return Step("lead", lambda _a, _f: AskLead(), Pick(_search, self._resolve), editable=False)

    async def refresh(self, scene: Scene, answers: Answers) -> Facts:
        """What the conversation knows of the lead, as it is now. Raises RefusedError."""
        return await self._resolve(scene, answers["lead"], answers, {})

    async def in_reach(self, scene: Scene, answers: Answers) -> bool:
        """Whether the lead is still hers to see."""
        if "lead" not in answers:
            return True
        try:
            await self.load(scene, answers["lead"])
        except RefusedError:
            # She may see why it is declined, as long as she may see the lead at all.
            return await _sees(scene, answers["lead"])
        return True

    async def _resolve(self, scene: Scene, value: int, _answers: Answers, _facts: Facts) -> dict[str, Any]:
        lead, more = await self.load(scene, value)
        known = {"code": lead.code, "colour": lead.colour.value, "stage": lead.stage.value, "rev": lead.rev}
        return {**known, **more}


async def _sees(scene: Scene, lead_id: int) -> bool:
    try:
        await lead_for(scene.session, scene.actor, lead_id, now=scene.now)
    except RefusedError:
        return False
    return True


async def _search(scene: Scene, _answers: Answers, _facts: Facts, query: str, offset: int, limit: int) -> Found:
    rows, total = await leads_of(
        scene.session, actor=scene.actor, today=scene.today, query=query, offset=offset, limit=limit
    )
    return Found([(lead.id, lead_line(lead, standing, scene.actor.locale)) for lead, standing in rows], total)
