"""The first step of every conversation about one dispute: which one; mostly it is known from its card.

What it remembers of the dispute is its code, its colour and how far it has come: nothing that was said.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from domain.dispute_access import dispute_for
from domain.refusals import RefusedError
from domain.usecases.dispute_search import disputes_with_code
from handlers.flow import Step
from handlers.questions import Answers, Facts, Found, Pick
from handlers.scene import Scene
from messages.render import label
from models.dispute import Dispute

# Beside every question whose answer may tell of violence: nobody has to leave her words for it.
VIOLENCE_BUTTON = ("freeze_dispute", "disp:violence")
Load = Callable[[Scene, int], Awaitable[tuple[Dispute, dict[str, Any]]]]


@dataclass(frozen=True, slots=True)
class AskDispute:
    """Which dispute is it about?"""


@dataclass(frozen=True, slots=True)
class DisputePick:
    """Picks a dispute; `load` authorises her for what the conversation does, and says what else is to be known."""

    load: Load

    @property
    def step(self) -> Step:
        """The step itself; another dispute is another conversation, so it is not offered for change."""
        return Step("dispute", lambda _a, _f: AskDispute(), Pick(_search, self._resolve), editable=False)

    async def refresh(self, scene: Scene, answers: Answers) -> Facts:
        """What the conversation knows of the dispute, as it is now. Raises RefusedError."""
        return await self._resolve(scene, answers["dispute"], answers, {})

    async def in_reach(self, scene: Scene, answers: Answers) -> bool:
        """Whether the dispute is still hers to see."""
        if "dispute" not in answers:
            return True
        try:
            await self.load(scene, answers["dispute"])
        except RefusedError:
            # She may see why it is declined, as long as she may see the dispute at all.
            return await _sees(scene, answers["dispute"])
        return True

    async def _resolve(self, scene: Scene, value: int, _answers: Answers, _facts: Facts) -> dict[str, Any]:
        dispute, more = await self.load(scene, value)
        known = {
            "code": dispute.code,
            "colour": dispute.colour.value,
            "state": dispute.state.value,
            "rung": scene.policy.ladder.name(dispute.rung, scene.actor.locale),
            "rev": dispute.rev,
        }
        return {**known, **more}


async def _sees(scene: Scene, dispute_id: int) -> bool:
    try:
        await dispute_for(scene.session, scene.actor, dispute_id, now=scene.now, policy=scene.policy)
    except RefusedError:
        return False
    return True


async def _search(scene: Scene, _answers: Answers, _facts: Facts, query: str, offset: int, limit: int) -> Found:
    rows, total = await disputes_with_code(
        scene.session, actor=scene.actor, ladder=scene.policy.ladder, query=query, offset=offset, limit=limit
    )
    return Found([(row.id, _line(row, scene.actor.locale)) for row in rows], total)


def _line(dispute: Dispute, locale: str) -> str:
    return f"{label(dispute.colour.value, locale, 'colour_mark')} {dispute.code}"
