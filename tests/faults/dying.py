"""The bot as it is, but for one moment at which it is killed as by `kill -9`: `python dying.py <moment> run`.

Moments: when an attempt is written and its course not yet taken; when all of it is written and nothing committed; when
it is committed and the receipt not sent; when the first of the next rung was called and that is not yet noted.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

import bot
from domain.channel import Outgoing, Receipt
from domain.usecases import attempt_course, attempts
from handlers.sender import TelegramSender

RECEIPT, CALL = "已自动上报到村民小组", "已自动上报到您这一级"
MOMENTS = ("recorded", "climbed", "committed", "called")


def die() -> NoReturn:
    """What no handler sees, and no `finally` either."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise SystemExit  # never reached


def dies_while_recording(*, after: bool) -> None:
    """Killed before the case takes its course, or after that."""
    take = attempt_course.take_its_course

    async def killed(*args: Any, **named: Any) -> Any:
        if after:
            await take(*args, **named)
            await args[0].flush()
        die()

    vars(attempts)["take_its_course"] = killed


def dies_while_sending(words: str, *, after: bool) -> None:
    """Killed before or after a message with these words is sent."""
    send = TelegramSender.send

    async def killed(self: TelegramSender, message: Outgoing) -> Receipt:
        if words not in message.text:
            return await send(self, message)
        if after:
            await send(self, message)
        die()

    TelegramSender.send = killed  # type: ignore[method-assign]


if __name__ == "__main__":
    match sys.argv[1]:
        case "recorded":
            dies_while_recording(after=False)
        case "climbed":
            dies_while_recording(after=True)
        case "committed":
            dies_while_sending(RECEIPT, after=False)
        case "called":
            dies_while_sending(CALL, after=True)
    sys.exit(bot.main(sys.argv[2:]))
