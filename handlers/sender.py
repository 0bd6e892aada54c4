"""Sends messages to Telegram and tells honestly how it went."""

import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from telegram.error import TelegramError

from domain.channel import Erased, Erasure, Lane, Outcome, Outgoing, PressAnswer, Receipt, UploadKind
from handlers.api import Answer, BotApi
from handlers.causes import Cause, cause, loggable
from handlers.limiter import Limiter, NoMoreTurnsError, Turn
from handlers.request import NotSent

_log = logging.getLogger(__name__)

_UPLOADS = {
    UploadKind.PHOTO: "sendPhoto",
    UploadKind.VOICE: "sendVoice",
    UploadKind.DOCUMENT: "sendDocument",
}
_NO_PREVIEW = {"is_disabled": True}
_OUTCOMES = {
    Cause.UNCHANGED: Outcome.DELIVERED,
    Cause.GONE: Outcome.BLOCKED,
    Cause.MIGRATED: Outcome.MIGRATED,
    Cause.UNSURE: Outcome.UNKNOWN,
    Cause.WAIT: Outcome.UNREACHABLE,
    Cause.TOKEN: Outcome.UNREACHABLE,
    Cause.EDIT_LOST: Outcome.REJECTED,
    Cause.FOR_GOOD: Outcome.REJECTED,
}


class TelegramSender:
    """The `domain.channel.Channel` of Telegram. Messages of one chat and lane go out in the order of `send`."""

    def __init__(
        self,
        api: BotApi,
        limiter: Limiter,
        *,
        tries: int = 3,
        patience: float = 60.0,
        note: Callable[[Lane, Outcome], None] = lambda _lane, _outcome: None,
    ) -> None:
        """`tries` bounds how often one message is offered when Telegram asks to wait; a halt longer than
        `patience` seconds is not waited for: the message is UNREACHABLE at once and its owner may decide.
        `note` hears how each message went.
        """
        self._note = note
        self._api = api
        self._limiter = limiter
        self._tries = tries
        self._patience = patience

    async def send(self, message: Outgoing) -> Receipt:
        """Send or edit one message. Never raises for a failed send.

        A message carries either its inline buttons or the keyboard, and the buttons win; an edit never carries
        a keyboard. Both are Telegram's rules.
        """
        receipt = await self._send(message)
        self._note(message.lane, receipt.outcome)
        return receipt

    async def _send(self, message: Outgoing) -> Receipt:
        if self._limiter.halt(message.chat_id) > self._patience:
            return Receipt(Outcome.UNREACHABLE)
        try:
            async with self._limiter.turn(message.chat_id, message.lane) as turn:
                return await self._deliver(message, turn)
        except NoMoreTurnsError:
            return Receipt(Outcome.UNREACHABLE)
        except NotSent as error:
            _log.warning("send_not_sent chat=%d error=%s", message.chat_id, error)
            return Receipt(Outcome.UNREACHABLE)
        except TelegramError as error:
            _log.warning("send_unknown chat=%d error=%s", message.chat_id, error)
            return Receipt(Outcome.UNKNOWN)

    async def answer(self, press: PressAnswer) -> None:
        """End the waiting mark of a button press. Costs no turn; a press too old to answer is ignored."""
        parameters: dict[str, Any] = {"callback_query_id": press.callback_id}
        if press.text:
            parameters["text"] = press.text
            parameters["show_alert"] = press.alert
        await self._try("answerCallbackQuery", parameters)

    async def erase(self, chat_id: int, message_ids: Sequence[int]) -> Erased:
        """Delete up to 100 messages of one chat; those that are gone already count as deleted. Costs no turn."""
        try:
            answer = await self._api.call("deleteMessages", {"chat_id": chat_id, "message_ids": list(message_ids)})
        except TelegramError as error:
            _log.info("call_failed method=deleteMessages error=%s", error)
            return Erased(Erasure.LATER)
        if answer.ok:
            return Erased(Erasure.DONE)
        if answer.code == 429 or answer.code >= 500 or cause(answer) is Cause.TOKEN:
            return Erased(Erasure.LATER, answer.retry_after)
        _log.debug("erase_refused chat=%d code=%d reason=%r", chat_id, answer.code, loggable(answer.description))
        return Erased(Erasure.REFUSED)

    async def strip(self, chat_id: int, message_id: int, *, unless: Callable[[], bool] = lambda: False) -> None:
        """Take the buttons off a message of ours, if it is not kept by `unless` when its turn has come.

        A failure is nobody's loss.
        """
        with contextlib.suppress(NoMoreTurnsError):
            async with self._limiter.turn(chat_id, Lane.NOTICE):
                if unless():
                    return
                await self._try("editMessageReplyMarkup", {"chat_id": chat_id, "message_id": message_id})

    async def set_commands(self, commands: Mapping[str, Sequence[tuple[str, str]]]) -> bool:
        """Set the command list per language code, e.g. `{"zh": [("help", "帮助")]}`; False when one failed.

        The first language also serves everybody whose language is not among them.
        """
        worked = True
        for place, (language, pairs) in enumerate(commands.items()):
            listed = [{"command": command, "description": text} for command, text in pairs]
            worked &= await self._try("setMyCommands", {"commands": listed, "language_code": language})
            if place == 0:
                worked &= await self._try("setMyCommands", {"commands": listed})
        return worked

    async def _deliver(self, message: Outgoing, turn: Turn) -> Receipt:
        answer = await self._offer(message, turn)
        if not answer.ok and message.edit is not None and cause(answer) is Cause.EDIT_LOST:
            await turn.again()  # the refused edit has used this turn
            message = replace(message, edit=None)
            answer = await self._offer(message, turn)
        return _receipt(message, answer)

    async def _offer(self, message: Outgoing, turn: Turn) -> Answer:
        """Call Telegram until it does not ask to wait, at most `tries` times."""
        answer = await self._once(message)
        for _ in range(self._tries - 1):
            if answer.code != 429:
                return answer
            self._limiter.refused(message.chat_id, answer.retry_after)
            _log.warning("send_halted chat=%d seconds=%.0f", message.chat_id, answer.retry_after)
            if answer.retry_after > self._patience:
                return answer
            await turn.again()
            answer = await self._once(message)
        if answer.code == 429:
            self._limiter.refused(message.chat_id, answer.retry_after)
        return answer

    async def _once(self, message: Outgoing) -> Answer:
        method, parameters = _request(message)
        if message.upload is None:
            return await self._api.call(method, parameters)
        file = message.upload
        return await self._api.upload(method, parameters, file.kind.value, file.content, file.name)

    async def _try(self, method: str, parameters: Mapping[str, Any]) -> bool:
        try:
            answer = await self._api.call(method, parameters)
        except TelegramError as error:
            _log.info("call_failed method=%s error=%s", method, error)
            return False
        if not answer.ok:
            _log.debug("call_refused method=%s code=%d reason=%r", method, answer.code, loggable(answer.description))
        return answer.ok


def _request(message: Outgoing) -> tuple[str, dict[str, Any]]:
    """The Bot API's method and parameters for a message."""
    parameters: dict[str, Any] = {"chat_id": message.chat_id}
    markup = _markup(message)
    if markup is not None:
        parameters["reply_markup"] = markup
    if message.edit is not None:
        parameters["message_id"] = message.edit
    elif message.vanish is not None:
        # A copy elsewhere could not be called back; but a document is asked for to be opened by another program.
        parameters["protect_content"] = message.upload is None or message.upload.kind is not UploadKind.DOCUMENT
        parameters["disable_notification"] = True  # she has just asked for it: no screen need light up with it
    if message.photo is not None:
        return _photo(message, parameters)
    if message.upload is not None:
        return _UPLOADS[message.upload.kind], parameters | {"caption": message.text, "parse_mode": "HTML"}
    parameters |= {"text": message.text, "parse_mode": "HTML", "link_preview_options": _NO_PREVIEW}
    return "sendMessage" if message.edit is None else "editMessageText", parameters


def _photo(message: Outgoing, parameters: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    caption = {"caption": message.text, "parse_mode": "HTML"}
    if message.edit is None:
        return "sendPhoto", parameters | caption | {"photo": message.photo}
    return "editMessageMedia", parameters | {"media": {"type": "photo", "media": message.photo} | caption}


def _markup(message: Outgoing) -> dict[str, Any] | None:
    if message.buttons:
        rows = [[{"text": b.label, "callback_data": b.data} for b in row] for row in message.buttons]
        return {"inline_keyboard": rows}
    if message.keyboard is None or message.edit is not None:
        return None
    if not message.keyboard:
        return {"remove_keyboard": True}
    rows = [[{"text": label} for label in row] for row in message.keyboard]
    return {"keyboard": rows, "resize_keyboard": True, "is_persistent": True}


def _receipt(message: Outgoing, answer: Answer) -> Receipt:
    if answer.ok:
        sent = answer.result
        return Receipt(Outcome.DELIVERED, sent.get("message_id") if isinstance(sent, dict) else message.edit)
    meaning = cause(answer)
    outcome = _OUTCOMES[meaning]
    if outcome is Outcome.REJECTED:
        reason = loggable(answer.description)
        _log.error("send_rejected chat=%d code=%d reason=%r", message.chat_id, answer.code, reason)
    elif meaning is Cause.TOKEN:
        _log.error("send_token_refused code=%d", answer.code)
    elif outcome is Outcome.UNKNOWN:
        _log.warning("send_unknown chat=%d code=%d", message.chat_id, answer.code)
    message_id = message.edit if meaning is Cause.UNCHANGED else None
    return Receipt(outcome, message_id, answer.migrated_to)
