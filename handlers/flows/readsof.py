"""Finding a lead or a dispute by its code in the log of readings; it ends with who has read that one."""

from dataclasses import dataclass
from typing import Any

from domain.refusals import Reason, RefusedError
from domain.usecases.read_log import READS_LOG, read_records, readings
from handlers.flow import Finished, Flow, Step
from handlers.questions import Answers, Facts, Found, Pick
from handlers.read_log_page import log_page
from handlers.scene import Scene


@dataclass(frozen=True, slots=True)
class AskCode:
    """Whose readings?"""


async def _search(scene: Scene, _answers: Answers, _facts: Facts, query: str, offset: int, limit: int) -> Found:
    rows, total = await read_records(scene.session, actor=scene.actor, query=query, offset=offset, limit=limit)
    return Found(rows, total)


async def _resolve(scene: Scene, value: int, _answers: Answers, _facts: Facts) -> dict[str, Any]:
    found, _ = await readings(scene.session, actor=scene.actor, policy=scene.policy, number=value, limit=1)
    if not found:
        raise RefusedError(Reason.NOT_FOUND)
    return {}


async def _finish(scene: Scene, answers: Answers, _facts: Facts, _conversation_id: str) -> Finished:
    return await log_page(scene, 0, answers["lead"])


READSOF = Flow(
    name="readsof",
    version=1,
    roles=READS_LOG,
    steps=(Step("lead", lambda _a, _f: AskCode(), Pick(_search, _resolve, by_code=True)),),
    finish=_finish,
    saves=False,
)
