"""Chats that wait because the database could not do what their next update needs, while it does what others need."""

from collections.abc import Iterable
from dataclasses import dataclass

FIRST = 1.0  # seconds for which such a chat waits
LONGEST = 30.0  # and for which it waits at most, when the others go on and it fails again and again
MOST_HELD = 10  # times that are not counted against an update
_FORGOTTEN = 300.0  # seconds after which a chat that was not seen again is another replica's


@dataclass(slots=True)
class _Held:
    until: float
    times: int  # it failed, others having been handled before each
    others: int  # how many rounds had been handled


class HeldUp:
    """The chats of one inbox that wait, each for itself, with a pause that grows when the others go on.

    A database that is away is away for everybody: nothing grows then, and nothing is counted.
    """

    def __init__(self) -> None:
        self._chats: dict[int, _Held] = {}
        self._handled = 0  # rounds that were committed

    def __bool__(self) -> bool:
        """Whether a chat waits, or has waited and was not handled since."""
        return bool(self._chats)

    def chats(self, now: float) -> set[int]:
        """Those that are to be left alone; `now` is in seconds by the clock of `hold`."""
        self._chats = {chat: held for chat, held in self._chats.items() if held.until + _FORGOTTEN > now}
        return {chat for chat, held in self._chats.items() if held.until > now}

    def hold(self, chat_id: int, now: float) -> int:
        """Leave a chat alone for a while; how often it failed, with others handled in between."""
        held = self._chats.setdefault(chat_id, _Held(now, 0, -1))
        if held.others != self._handled:
            held.times, held.others = held.times + 1, self._handled
        held.until = now + min(LONGEST, FIRST * 2.0 ** (held.times - 1))
        return held.times

    def handled(self, chats: Iterable[int]) -> None:
        """A round of these chats is committed: they wait no longer."""
        self._handled += 1
        for chat in chats:
            self._chats.pop(chat, None)

    def free(self, chat_id: int) -> None:
        """Let a chat wait no longer: what held it up is out of its way."""
        self._chats.pop(chat_id, None)
