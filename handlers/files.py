"""The files that people sent, fetched from Telegram. What it says of a file is not believed before it is read."""

import logging

from telegram.error import TelegramError

from domain.channel import Fetched, FetchEnd
from handlers.api import Answer, BotApi
from handlers.causes import Cause, cause

_log = logging.getLogger(__name__)


class TelegramFiles:
    """The `domain.channel.FileSource` of Telegram, which lets a bot download up to 20 MB."""

    def __init__(self, api: BotApi) -> None:
        self._api = api

    async def fetch(self, file_id: str, most_bytes: int) -> Fetched:
        """One file by its id, if it has at most `most_bytes`."""
        try:
            answer = await self._api.call("getFile", {"file_id": file_id})
            if not answer.ok:
                return Fetched(_end(answer))
            path, size = answer.result.get("file_path"), answer.result.get("file_size") or 0
            if size > most_bytes:
                return Fetched(FetchEnd.TOO_LARGE)
            if not path:
                return Fetched(FetchEnd.GONE)
            status, content = await self._api.download(path, most_bytes)
        except TelegramError as error:
            _log.info("fetch_failed error=%s", error)
            return Fetched(FetchEnd.LATER)
        if status != 200:
            # The path is good for an hour; the next try asks for another.
            return Fetched(FetchEnd.LATER)
        return Fetched(FetchEnd.TOO_LARGE) if content is None else Fetched(FetchEnd.FETCHED, content)


def _end(answer: Answer) -> FetchEnd:
    if "too big" in answer.description.lower():
        return FetchEnd.TOO_LARGE
    return FetchEnd.GONE if cause(answer) in (Cause.FOR_GOOD, Cause.GONE, Cause.EDIT_LOST) else FetchEnd.LATER
