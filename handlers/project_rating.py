"""How satisfied is she with a project? One press is the answer: for good, and without her name (spec 5)."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.usecases.satisfaction import may_rate, rate
from handlers.turn import Turn, pressed_number
from models.agenda import AgendaItem


@dataclass(frozen=True, slots=True)
class AskRating:
    """How satisfied is she?"""

    code: str
    title: str


@dataclass(frozen=True, slots=True)
class RatingThanks:
    """It has been put in; what it was is not said again."""

    code: str


async def ask_rating(turn: Turn, args: Sequence[str]) -> None:
    """The press `proj:rating:<project>`. Raises RefusedError: NOT_YOURS, RATED_ALREADY, RATING_OVER."""
    number = pressed_number(args) or 0
    project = await may_rate(turn.scene.session, turn.actor, number, now=turn.scene.now)
    item = await turn.scene.session.get_one(AgendaItem, project.item_id)
    marks = [
        [("rate_5", f"proj:rate:{number}:5")],
        [("rate_4", f"proj:rate:{number}:4")],
        [("rate_3", f"proj:rate:{number}:3")],
        [("rate_2", f"proj:rate:{number}:2")],
        [("rate_1", f"proj:rate:{number}:1")],
    ]
    turn.show(AskRating(item.code, item.title), turn.rows(marks))


async def rate_pressed(turn: Turn, args: Sequence[str]) -> None:
    """The press `proj:rate:<project>:<1..5>`. Raises RefusedError: see `rate`."""
    scene, number = turn.scene, pressed_number(args) or 0
    mark = pressed_number(args, 1) or 0
    project = await may_rate(scene.session, scene.actor, number, now=scene.now)
    item = await scene.session.get_one(AgendaItem, project.item_id)
    await rate(scene.session, actor=scene.actor, project_id=number, mark=mark, now=scene.now, policy=scene.policy)
    turn.show(RatingThanks(item.code))
