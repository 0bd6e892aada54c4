"""The first step of every conversation about one agenda item: which one; mostly it is known from its card."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from domain.council_access import ItemSight, item_for
from domain.refusals import RefusedError
from domain.usecases.item_lists import items_with_code
from handlers.flow import Step
from handlers.questions import Answers, Facts, Found, Pick
from handlers.scene import Scene
from handlers.shortened import short_name
from models.agenda import AgendaItem
from models.area import Area

Load = Callable[[Scene, int], Awaitable[tuple[ItemSight, dict[str, Any]]]]


@dataclass(frozen=True, slots=True)
class AskItem:
    """Which item is it about?"""


@dataclass(frozen=True, slots=True)
class ItemPick:
    """Picks an item; `load` authorises her for what the conversation does, and says what else is to be known.

    What is remembered of the item: `code`, `title`, `urgency`, `state`, `rev`, `council` (its number), and `area_path`,
    in whose register public words are looked for.
    """

    load: Load

    @property
    def step(self) -> Step:
        """The step itself; another item is another conversation, so it is not offered for change."""
        return Step("item", lambda _a, _f: AskItem(), Pick(_search, self._resolve), editable=False)

    async def refresh(self, scene: Scene, answers: Answers) -> Facts:
        """What the conversation knows of the item, as it is now. Raises RefusedError."""
        return await self._resolve(scene, answers["item"], answers, {})

    async def in_reach(self, scene: Scene, answers: Answers) -> bool:
        """Whether the item is still hers to see; why a step is declined she may read."""
        if "item" not in answers:
            return True
        try:
            await item_for(scene.session, scene.actor, answers["item"])
        except RefusedError:
            return False
        return True

    async def _resolve(self, scene: Scene, value: int, _answers: Answers, _facts: Facts) -> dict[str, Any]:
        sight, more = await self.load(scene, value)
        area = await scene.session.get_one(Area, sight.council.area_id)
        known = {
            "code": sight.item.code,
            "title": sight.item.title,
            "urgency": sight.item.urgency.value,
            "state": sight.item.state.value,
            "rev": sight.item.rev,
            "council": sight.council.id,
            "area_path": area.path,
        }
        return {**known, **more}


async def _search(scene: Scene, _answers: Answers, _facts: Facts, query: str, offset: int, limit: int) -> Found:
    rows, total = await items_with_code(scene.session, actor=scene.actor, query=query, offset=offset, limit=limit)
    return Found([(row.id, item_name(row)) for row in rows], total)


def item_name(item: AgendaItem) -> str:
    """An item on a button."""
    return f"{item.code[-6:]} {short_name(item.title)}"
