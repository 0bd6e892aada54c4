"""The program without a messenger: raw updates go in, forged ones too, and what it would have sent is kept."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from domain.channel import Outgoing, PressAnswer
from handlers.inbox import Inbox
from models.session import Database
from tests.support.county import POLICY, SATURDAY

_TEXT = "text:"  # what is no button's data


@dataclass(slots=True)
class Program:
    """The program from the arrival of an update to its replies; what it says is kept."""

    database: Database
    said: list[Outgoing | PressAnswer] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    async def presses(self, who: int, data: Iterable[str], chat: str = "private") -> str:
        """Somebody presses buttons with these data (or says a /command), all at once; everything that she is shown."""
        inbox = Inbox(self.database, clock=lambda: SATURDAY, policy=POLICY, send=self.said.extend)
        self.said.clear()
        updates = [self._update(who, one, chat) for one in data]
        await inbox.store(updates)
        while await inbox.round() and len(updates) != 1:  # one round is enough for one update
            pass
        return "\n".join(f"{one.text} {one.buttons}" for one in self.said if isinstance(one, Outgoing))

    async def says(self, who: int, text: str) -> str:
        """Somebody sends a text; everything that she is shown."""
        return await self.presses(who, [_TEXT + text])

    def button(self, label: str) -> str:
        """The data of the newest button with this label."""
        shown = [
            one for message in self.said if isinstance(message, Outgoing) for row in message.buttons for one in row
        ]
        found = [one.data for one in shown if label in one.label]
        assert found, f"no button {label!r} among {[one.label for one in shown]}"
        return found[-1]

    def toasts(self) -> list[str]:
        """What stood in the small windows."""
        return [one.text for one in self.said if isinstance(one, PressAnswer)]

    def _update(self, who: int, data: str, chat: str) -> dict[str, Any]:
        number = next(self.numbers)
        person = {"id": who, "is_bot": False, "first_name": "林小满"}
        place = {"id": who if chat == "private" else -100 - who, "type": chat}
        message = {"message_id": number, "date": int(SATURDAY.timestamp()), "chat": place}
        if data.startswith(("/", _TEXT)):
            text = data.removeprefix(_TEXT)
            return {"update_id": number, "message": {**message, "from": person, "text": text}}
        press = {"id": str(number), "from": person, "chat_instance": "1", "data": data}
        bot = {"id": 1, "is_bot": True, "first_name": "梭子"}
        return {"update_id": number, "callback_query": {**press, "message": {**message, "from": bot, "text": "x"}}}
