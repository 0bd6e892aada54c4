"""A page of the log of readings, as a message."""

from dataclasses import dataclass
from datetime import datetime

from domain.usecases.read_log import readings
from handlers.flow import Finished
from handlers.scene import Scene
from models.confidential import Ground
from models.member import Role

PAGE = 10


@dataclass(frozen=True, slots=True)
class ReadLog:
    """Who read which lead when, and by what right; of one lead when `code` is given."""

    code: str
    readings: tuple[tuple[datetime, str, str, Role | None, Ground], ...]  # when, code, name, post, right
    page: int


@dataclass(frozen=True, slots=True)
class NothingRead:
    """Nobody has read anything below her posts."""


async def log_page(scene: Scene, page: int, lead_id: int | None) -> Finished:
    """The page and its buttons; the first one instead of one beyond the last."""
    rows, more = await readings(
        scene.session, actor=scene.actor, policy=scene.policy, lead_id=lead_id, offset=page * PAGE, limit=PAGE
    )
    if not rows and page > 0:
        return await log_page(scene, 0, lead_id)
    if not rows:
        return Finished(NothingRead(), [] if lead_id is None else [_narrow(lead_id)])
    shown = tuple((row.at.astimezone(scene.policy.zone), row.code, row.name, row.role, row.ground) for row in rows)
    view = ReadLog(rows[0].code if lead_id is not None else "", shown, page + 1)
    return Finished(view, [*_turn(page, lead_id, more=more), _narrow(lead_id)])


def _turn(page: int, lead_id: int | None, *, more: bool) -> list[list[tuple[str, str]]]:
    of = "" if lead_id is None else f":{lead_id}"
    row = [("previous", f"reads:{page - 1}{of}")] if page > 0 else []
    row += [("next", f"reads:{page + 1}{of}")] if more else []
    return [row] if row else []


def _narrow(lead_id: int | None) -> list[tuple[str, str]]:
    of_one = [("reads_of_one", "reads:one")]
    return of_one if lead_id is None else [("all_reads", "reads:0"), *of_one]
