"""How a council's chair binds its group: a code that she alone can use there, once (spec 5)."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.usecases.council_groups import CODE_MINUTES, issue_group_code
from handlers.turn import Turn, pressed_number


@dataclass(frozen=True, slots=True)
class BindGroup:
    """What she has to do in the group. `link` and `bot` are empty while the bot does not know its name."""

    code: str
    link: str
    bot: str
    minutes: int


async def bind_pressed(turn: Turn, args: Sequence[str]) -> None:
    """The button `co:bind:<council>`: a new code. Raises RefusedError: NOT_YOURS, CHAIR_ONLY."""
    scene, bot = turn.scene, turn.scene.bot_name
    council_id = pressed_number(args)
    assert council_id is not None  # noqa: S101 - `RecordPresses` has seen to it
    code = await issue_group_code(
        scene.session, actor=scene.actor, council_id=council_id, now=scene.now, token=scene.token
    )
    link = f"https://t.me/{bot}?startgroup={code}" if bot else ""
    turn.press_answered_apart()
    turn.say(BindGroup(code, link, bot, CODE_MINUTES))
