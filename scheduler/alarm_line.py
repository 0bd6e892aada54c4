"""The line to the operator: alarms go straight to the messenger, past the outbox and the database they may be about."""

import html
import logging
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from domain.channel import Channel, Lane, Outcome, Outgoing
from domain.usecases.incidents import Alarm, Listener, Reading
from messages.console import phrase

_log = logging.getLogger(__name__)
MOST = 100  # alarms that wait while nobody can be told
TRIES = 3  # of one whose end nobody knows


@dataclass(frozen=True, slots=True)
class _Word:
    alarm: Alarm
    section: str
    values: Mapping[str, object]


class AlarmLine:
    """Tells that an incident has begun or is over, each once to each listener, in their order.

    What Telegram did not take waits for the next flush. What may have arrived is sent again a few times, like every
    alert (docs/adr/0002): an alarm that comes twice harms less than one that is lost.
    """

    def __init__(self, channel: Channel, *, place: str, listener: Listener | None = None) -> None:
        """`place` names this process; without a `listener` of the installation, administrators are told."""
        self._channel = channel
        self._place = place
        self._fixed = listener is not None
        self._listeners: Sequence[Listener] = [listener] if listener else []
        self._words: deque[_Word] = deque(maxlen=MOST)
        self._waiting: deque[Outgoing] = deque(maxlen=10 * MOST)
        self._in_doubt = 0  # how often the first that waits may have arrived

    def listened_to_by(self, administrators: Sequence[Listener]) -> None:
        """Who is told when the installation names no chat; nobody at all does not replace those who were known."""
        if not self._fixed and administrators:
            self._listeners = administrators

    def begun(self, reading: Reading) -> None:
        """Something is wrong."""
        _log.error("alarm kind=%s level=%d %s", reading.alarm, reading.level, _spelled(reading.values))
        self._words.append(_Word(reading.alarm, "alarm", reading.values))

    def over(self, alarm: Alarm, minutes: int) -> None:
        """It is well again."""
        _log.warning("alarm_over kind=%s minutes=%d", alarm, minutes)
        self._words.append(_Word(alarm, "alarm_over", {"minutes": minutes}))

    async def flush(self) -> None:
        """Send what waits, as far as Telegram takes it."""
        while self._words and self._listeners:
            word = self._words.popleft()
            self._waiting += [self._message(word, listener) for listener in self._listeners]
        while self._waiting:
            message = self._waiting[0]
            receipt = await self._channel.send(message)
            self._in_doubt = self._in_doubt + 1 if receipt.outcome is Outcome.UNKNOWN else 0
            if receipt.outcome is Outcome.UNREACHABLE or 0 < self._in_doubt < TRIES:
                return
            self._in_doubt = 0
            if receipt.outcome is Outcome.MIGRATED and receipt.migrated_to is not None:
                self._move(message.chat_id, receipt.migrated_to)
                continue
            self._waiting.popleft()
            if receipt.outcome in (Outcome.BLOCKED, Outcome.REJECTED):
                _log.error("alarm_not_told outcome=%s hint=%r", receipt.outcome, "see SUOZI_ALARM_CHAT")

    def _move(self, before: int, after: int) -> None:
        """The group has become a supergroup: until the setting is changed its new number is used."""
        _log.warning("alarm_chat_migrated hint=%r", "set SUOZI_ALARM_CHAT anew; bot.py doctor tells the number")
        self._listeners = [replace(one, chat_id=after) if one.chat_id == before else one for one in self._listeners]
        moved = [replace(one, chat_id=after) if one.chat_id == before else one for one in self._waiting]
        self._waiting = deque(moved, maxlen=self._waiting.maxlen)

    def _message(self, word: _Word, listener: Listener) -> Outgoing:
        head = phrase(listener.locale, "alarm_head", word.section, kind=word.alarm, place=self._place)
        said = phrase(listener.locale, word.section, word.alarm, **word.values)
        # Few of them, and the digests of a province must not keep one waiting.
        return Outgoing(listener.chat_id, html.escape(f"{head}\n{said}", quote=False), lane=Lane.RED)


def _spelled(values: Mapping[str, object]) -> str:
    return " ".join(f"{name}={value}" for name, value in values.items())
