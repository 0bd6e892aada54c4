"""The first step of what a chair does about her council: which council; mostly it is known from its card."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from domain.council_access import council_for, councils_of, led_council
from domain.refusals import RefusedError
from handlers.flow import Step
from handlers.questions import Answers, Facts, Found, Pick
from handlers.scene import Scene
from models.council import Council

Resolve = Callable[[Scene, int, Answers, Facts], Awaitable[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class AskCouncil:
    """Which council is it about?"""


def council_facts(council: Council) -> dict[str, Any]:
    """What a conversation remembers of a council."""
    return {
        "name": council.name,
        "rev": council.rev,
        "quorum": f"{council.quorum_num}/{council.quorum_den}",
        "majority": council.majority.value,
        "abstain": council.abstain_counts,
        "secret": council.secret,
        "locale": council.locale,
        "alliance": council.alliance,
    }


async def _resolve(scene: Scene, value: int, _answers: Answers, _facts: Facts) -> dict[str, Any]:
    return council_facts((await led_council(scene.session, scene.actor, value)).council)


async def _search(scene: Scene, _answers: Answers, _facts: Facts, query: str, offset: int, limit: int) -> Found:
    led = [sight.council for sight in await councils_of(scene.session, scene.actor) if sight.leads]
    named = [council for council in led if query in council.name]
    return Found([(council.id, council.name) for council in named[offset : offset + limit]], len(named))


def led_council_step(resolve: Resolve) -> Step:
    """The step that picks one of the councils she leads; `resolve` says what is to be known of it."""
    return Step("council", lambda _a, _f: AskCouncil(), Pick(_search, resolve), editable=False)


LED_COUNCIL = led_council_step(_resolve)


async def refresh_council(scene: Scene, answers: Answers) -> Facts:
    """What the conversation knows of the council, as it is now. Raises RefusedError."""
    return await _resolve(scene, answers["council"], answers, {})


async def council_in_reach(scene: Scene, answers: Answers) -> bool:
    """Whether the council is still hers to see."""
    if "council" not in answers:
        return True
    try:
        await council_for(scene.session, scene.actor, answers["council"])
    except RefusedError:
        return False
    return True
