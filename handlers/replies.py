"""Replies on their way out: each chat in order, chats side by side, without holding up the next round."""

import asyncio
from collections.abc import Sequence

from domain.channel import Outgoing, PressAnswer
from handlers.sender import TelegramSender


class Replies:
    """Hands the replies of committed rounds to the sender.

    A reply that is lost on the way is harmless: the conversation's row still knows the question.
    """

    def __init__(self, sender: TelegramSender) -> None:
        self._sender = sender
        self._under_way: set[asyncio.Task[object]] = set()

    def __call__(self, replies: Sequence[Outgoing | PressAnswer]) -> None:
        """Send them; returns at once."""
        for reply in replies:
            going = self._sender.send(reply) if isinstance(reply, Outgoing) else self._sender.answer(reply)
            task: asyncio.Task[object] = asyncio.create_task(going)
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def drain(self) -> None:
        """Wait until everything handed in so far has gone out."""
        while self._under_way:
            await asyncio.gather(*self._under_way)
