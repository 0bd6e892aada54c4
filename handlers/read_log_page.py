"""A page of the log of readings, as a message."""

from dataclasses import dataclass
from datetime import datetime

from domain.usecases.read_log import Reading, readings
from handlers.flow import Finished
from handlers.scene import Scene
from models.confidential import DisputeGround, Ground
from models.member import Role

PAGE = 10


@dataclass(frozen=True, slots=True)
class ReadLog:
    """Who read which lead or dispute when, and by what right; of one of them when `code` is given.

    Each row: when, code, name, post; the right to a lead or to a dispute; whether she took its file.
    """

    code: str
    readings: tuple[tuple[datetime, str, str, Role | None, Ground | None, DisputeGround | None, bool], ...]
    page: int


@dataclass(frozen=True, slots=True)
class NothingRead:
    """Nobody has read anything below her posts."""


async def log_page(scene: Scene, page: int, number: int | None) -> Finished:
    """The page and its buttons; the first one instead of one beyond the last."""
    rows, more = await readings(
        scene.session, actor=scene.actor, policy=scene.policy, number=number, offset=page * PAGE, limit=PAGE
    )
    if not rows and page > 0:
        return await log_page(scene, 0, number)
    if not rows:
        return Finished(NothingRead(), [] if number is None else [_narrow(number)])
    shown = tuple(_row(row, scene) for row in rows)
    view = ReadLog(rows[0].code if number is not None else "", shown, page + 1)
    return Finished(view, [*_turn(page, number, more=more), _narrow(number)])


def _row(
    row: Reading, scene: Scene
) -> tuple[datetime, str, str, Role | None, Ground | None, DisputeGround | None, bool]:
    of_lead = row.ground if isinstance(row.ground, Ground) else None
    of_dispute = row.ground if isinstance(row.ground, DisputeGround) else None
    return row.at.astimezone(scene.policy.zone), row.code, row.name, row.role, of_lead, of_dispute, row.exported


def _turn(page: int, number: int | None, *, more: bool) -> list[list[tuple[str, str]]]:
    of = "" if number is None else f":{number}"
    row = [("previous", f"reads:{page - 1}{of}")] if page > 0 else []
    row += [("next", f"reads:{page + 1}{of}")] if more else []
    return [row] if row else []


def _narrow(number: int | None) -> list[tuple[str, str]]:
    of_one = [("reads_of_one", "reads:one")]
    return of_one if number is None else [("all_reads", "reads:0"), *of_one]
