"""One update being answered: what the person sent, who she is, and the replies that go out after the commit."""

import html
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from domain.access import Actor
from domain.channel import Button, Outgoing, PressAnswer, Upload
from handlers.book import ConversationBook
from handlers.flow import Rows
from handlers.scene import Scene
from messages.render import label, render

# What the database's own numbers go up to.
_HIGHEST = 2**31 - 1


def pressed_number(args: Sequence[str], place: int = 0) -> int | None:
    """The number (of a record, of a page) at `place` of a button's data.

    None for what none of our buttons says: the data comes from outside and may be forged.
    """
    text = args[place] if place < len(args) else ""
    if not (text.isascii() and text.isdecimal() and len(text) <= 10):
        return None
    number = int(text)
    return number if number <= _HIGHEST else None


@dataclass(frozen=True, slots=True)
class Press:
    """A pressed button and the message it hangs under (None when Telegram no longer shows it)."""

    callback_id: str
    data: str
    message_id: int | None


@dataclass(slots=True)
class Turn:
    """The surroundings of one update and the replies to it."""

    scene: Scene
    chat_id: int
    user_id: int
    book: ConversationBook
    press: Press | None = None
    update_id: int = 0
    message_id: int | None = None  # of the message she sent, when it is one
    group: int | None = None  # the group in which she pressed or wrote; what is said goes to her private chat
    replies: list[Outgoing | PressAnswer] = field(default_factory=list)
    answered: bool = False

    @property
    def actor(self) -> Actor:
        """Who acts."""
        return self.scene.actor

    @property
    def locale(self) -> str:
        """Her language."""
        return self.scene.actor.locale

    def button(self, key: str, data: str) -> Button:
        """A button with the word for `key` in her language."""
        return Button(label(key, self.locale), data)

    def rows(self, rows: Sequence[Sequence[tuple[str, str]]]) -> Rows:
        """Rows of (label key, callback data) as buttons in her language."""
        return tuple(tuple(self.button(key, data) for key, data in row) for row in rows)

    def say(self, view: object, buttons: Rows = (), keyboard: tuple[tuple[str, ...], ...] | None = None) -> None:
        """Send a new message."""
        self.replies.append(Outgoing(self.chat_id, render(view, self.locale), buttons, keyboard))

    def show_secret(self, view: object, buttons: Rows = (), upload: Upload | None = None) -> None:
        """Send what is confidential: always a new message, which leaves the chat after `policy.details_minutes`."""
        self.show_secret_text(render(view, self.locale), buttons, upload)

    def show_secret_text(self, text: str, buttons: Rows = (), upload: Upload | None = None) -> None:
        """Like `show_secret`, for a text that is rendered already."""
        vanish = timedelta(minutes=self.scene.policy.details_minutes)
        self.replies.append(Outgoing(self.chat_id, text, buttons, vanish=vanish, upload=upload))

    def say_file(self, view: object, upload: Upload) -> None:
        """Send a file that may stay in the chat and be saved: nothing confidential is in it."""
        self.replies.append(Outgoing(self.chat_id, render(view, self.locale), upload=upload))

    def press_answered_apart(self) -> None:
        """Leave the message alone whose button was pressed: what `show` has to say comes as a new one."""
        if self.press:
            self.press = Press(self.press.callback_id, self.press.data, None)

    def show(self, view: object, buttons: Rows = ()) -> None:
        """Rewrite the message whose button was pressed; without a press, send a new one."""
        self.show_text(render(view, self.locale), buttons)

    def show_text(self, text: str, buttons: Rows = ()) -> None:
        """Like `show`, for a text that is rendered already."""
        edit = self.press.message_id if self.press else None
        self.replies.append(Outgoing(self.chat_id, text, buttons, edit=edit))

    def say_text(self, text: str, buttons: Rows = ()) -> None:
        """Like `say`, for a text that is rendered already."""
        self.replies.append(Outgoing(self.chat_id, text, buttons))

    def put_card(self, text: str, buttons: Rows, *, new: bool, hush: str | None) -> None:
        """Put a conversation's question: as a new message, or in place of the one whose button was pressed."""
        edit = None if new or self.press is None else self.press.message_id
        self.replies.append(Outgoing(self.chat_id, text, buttons, edit=edit, card=True, hush=hush))

    def toast(self, key: str, *, alert: bool = False) -> None:
        """Answer the press with a short word of messages' `[toast]`."""
        if self.press and not self.answered:
            text = label(key, self.locale, "toast")
            self.replies.append(PressAnswer(self.press.callback_id, text, alert))
            self.answered = True

    def refuse(self, reason: StrEnum) -> None:
        """Decline a press with the sentence for `reason`, in a window of its own."""
        if self.press and not self.answered:
            self.replies.append(PressAnswer(self.press.callback_id, label(reason, self.locale), True))
            self.answered = True
        else:
            self.say_text(html.escape(label(reason, self.locale)))

    def end_press(self) -> None:
        """Take the waiting mark off the pressed button, when no toast has done it."""
        if self.press and not self.answered:
            self.replies.append(PressAnswer(self.press.callback_id))
            self.answered = True
