"""The hands of people in a group chat, and what the bot shows there."""

from dataclasses import dataclass
from typing import Any

from tests.support.councils import GROUP_CHAT
from tests.support.hands import Bench, Said


@dataclass(slots=True)
class InGroup:
    """Somebody's hands in a group. The bot answers nobody there but by the press's own word."""

    bench: Bench
    id: int
    chat_id: int = GROUP_CHAT

    async def says(self, text: str) -> None:
        """Write something; the bot says nothing to it in the group."""
        await self.does("text", text=text)

    async def press(self, label: str) -> str:
        """Press the button with `label` under the bot's newest message that has one; the word that answers it."""
        said = next(
            said
            for said in reversed(group_messages(self.bench, self.chat_id))
            if any(label in word for word in said.labels)
        )
        return await self.press_data(said.message_id, said.button(label))

    async def press_data(self, message_id: int, data: str) -> str:
        """Press a button by its data, as a forged client could; the word that answers it."""
        await self.does("press", message_id=message_id, data=data)
        return self.bench.person(self.id).toast()

    async def does(self, action: str, file: tuple[str, str, bytes] | None = None, **fields: Any) -> None:
        """Do something; the bot says nothing to it in the group."""
        before = self.bench.box.world.chats[self.chat_id].last_message_id
        self.bench.box.act(self.id, self.chat_id, action, file, **fields)
        await self.bench.settle()
        after = group_messages(self.bench, self.chat_id)
        assert not [said for said in after if said.message_id > before], "the bot spoke in the group"


def group_messages(bench: Bench, chat_id: int = GROUP_CHAT) -> list[Said]:
    """The bot's messages that stand in the group now, oldest first."""
    return [bench.said(message) for message in bench.box.messages(chat_id) if message["from"]["is_bot"]]


async def group_shows(bench: Bench, chat_id: int = GROUP_CHAT) -> list[Said]:
    """Let the seconds pass that the group's pace needs, until all is shown; what is new or changed there since."""
    for _ in range(8):
        bench.pass_time(seconds=4)
        if not await bench.program.poster.post_due():
            break
    return bench.unread(chat_id)
