"""Every message of a private chat by its number, so that it can be deleted while Telegram allows it (spec 8).

What must vanish, and the cards of a hushed conversation, are written down as soon as they are sent; all others
together every few seconds: what a kill loses of these is messages that a freeze leaves in the chat.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from domain.channel import Channel, Outgoing, Receipt
from domain.usecases.chat_messages import write_down_card, write_down_sent
from models.session import Database

_log = logging.getLogger(__name__)
AT_ONCE = 500  # rows in one insert
MOST = 100_000  # rows that wait while the database is away


class SentMessages:
    """Writes down what has been sent, by us and by members."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._plain: list[dict[str, Any]] = []
        self._pressing: list[dict[str, Any]] = []

    async def note(self, message: Outgoing, receipt: Receipt) -> None:
        """Remember one message that was sent: now if it is to leave the chat, soon if it is like any other.

        Groups are not remembered: nothing confidential is said there. An edit is the message it was.
        """
        if receipt.message_id is None or receipt.message_id == message.edit or message.chat_id < 0:
            return
        now = self._clock()
        row = {
            "chat_id": message.chat_id,
            "message_id": receipt.message_id,
            "sent_at": now,
            "flow": message.hush,
            "delete_at": None if message.vanish is None else now + message.vanish,
        }
        if message.hush is None and message.vanish is None:
            self._plain.append(row)
            return
        self._pressing.append(row)
        await self._write_pressing()

    def hear(self, messages: Sequence[tuple[int, int]]) -> None:
        """Remember soon what members have sent, each by its chat and number: a bot can delete that as well."""
        now = self._clock()
        self._plain += [
            {"chat_id": chat_id, "message_id": message_id, "sent_at": now, "flow": None, "delete_at": None}
            for chat_id, message_id in messages
        ]

    async def flush(self) -> None:
        """Write down what waits. When the database is away it goes on waiting."""
        await self._write_pressing()
        while rows := self._plain[:AT_ONCE]:
            del self._plain[: len(rows)]
            try:
                async with self._database.transaction() as session:
                    await write_down_sent(session, rows)
            except BaseException as error:
                self._plain = [*rows, *self._plain][:MOST]
                if isinstance(error, Exception):
                    _log.warning("sent_not_written waiting=%d", len(self._plain), exc_info=error)
                    return
                raise

    async def _write_pressing(self) -> None:
        """Each in a transaction of its own: one that holds several conversations could wait for a round for ever."""
        rows, self._pressing = self._pressing, []
        while rows:
            try:
                async with self._database.transaction() as session:
                    await write_down_card(session, rows[0])
                del rows[0]
            except BaseException as error:
                self._pressing = [*rows, *self._pressing][:MOST]
                if isinstance(error, Exception):
                    _log.warning("sent_not_written waiting=%d", len(self._pressing), exc_info=error)
                    return
                raise


class NotedChannel:
    """A channel whose messages are written down."""

    def __init__(self, channel: Channel, sent: SentMessages) -> None:
        self._channel = channel
        self._sent = sent

    async def send(self, message: Outgoing) -> Receipt:
        """Send it, and remember it."""
        receipt = await self._channel.send(message)
        await self._sent.note(message, receipt)
        return receipt
