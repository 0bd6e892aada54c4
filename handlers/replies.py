"""Replies on their way out: each chat in order, chats side by side, without holding up the next round."""

import asyncio
import contextlib
from collections import Counter, OrderedDict
from collections.abc import Coroutine, Sequence

from domain.channel import Outgoing, PressAnswer, Receipt
from handlers.sender import TelegramSender
from handlers.sent import SentMessages

REMEMBERED = 50_000  # chats


class Replies:
    """Hands the replies of committed rounds to the sender.

    A reply that is lost on the way is harmless: the conversation's row still knows the question.
    """

    def __init__(self, sender: TelegramSender, sent: SentMessages) -> None:
        """`sent` writes down what has gone out."""
        self._sender = sender
        self._sent = sent
        # Where the present question of a chat stands. Forgetting it (a restart) leaves an old button more,
        # whose press is answered kindly.
        self._cards: OrderedDict[int, int] = OrderedDict()
        self._under_way: set[asyncio.Task[object]] = set()
        # Messages that are on their way to be a chat's question, though not yet there.
        self._becoming: Counter[tuple[int, int]] = Counter()

    def __call__(self, replies: Sequence[Outgoing | PressAnswer]) -> None:
        """Send them; returns at once."""
        for reply in replies:
            going = self._put(reply) if isinstance(reply, Outgoing) else self._sender.answer(reply)
            task: asyncio.Task[object] = asyncio.create_task(going)
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    def _put(self, message: Outgoing) -> Coroutine[object, object, None]:
        if not message.card or message.edit is None:
            return self._send(message)
        place = (message.chat_id, message.edit)
        self._becoming[place] += 1
        return self._send_into(place, message)

    async def _send_into(self, place: tuple[int, int], message: Outgoing) -> None:
        try:
            await self._send(message)
        finally:
            self._becoming[place] -= 1
            if not self._becoming[place]:
                del self._becoming[place]

    async def _send(self, message: Outgoing) -> None:
        receipt = await self._sender.send(message)
        # Before anything is waited for: the chat's next reply may be there before this one is written down.
        before = self._previous_question(message, receipt)
        await self._sent.note(message, receipt)
        if before is not None:
            chat_id = message.chat_id
            await self._sender.strip(chat_id, before, unless=lambda: self._is_question(chat_id, before))

    def _previous_question(self, message: Outgoing, receipt: Receipt) -> int | None:
        """Where the chat's question stood until now, if this reply has taken its place in another message."""
        before = self._cards.get(message.chat_id)
        if message.card and receipt.message_id is not None:
            self._cards[message.chat_id] = receipt.message_id
            self._cards.move_to_end(message.chat_id)
            if len(self._cards) > REMEMBERED:
                self._cards.popitem(last=False)
            return before if before != receipt.message_id else None
        if before is not None and message.edit == before:
            del self._cards[message.chat_id]  # the conversation has ended in its own card
        return None

    def _is_question(self, chat_id: int, message_id: int) -> bool:
        """Whether the message is the chat's question, or about to be: she may press in it before it is stripped."""
        return self._cards.get(chat_id) == message_id or (chat_id, message_id) in self._becoming

    async def drain(self, seconds: float | None = None) -> None:
        """Wait until everything handed in so far has gone out and is written down; at most `seconds`, if they are said.

        What has not gone out by then is asked for again by whoever misses it. One that fails cuts no other off: its
        error is raised when they have gone.
        """
        failed: list[Exception] = []
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._under_way:
                    ends = await asyncio.gather(*self._under_way, return_exceptions=True)
                    failed += [end for end in ends if isinstance(end, Exception)]
        await self._sent.flush()
        if failed:
            raise failed[0]
