"""Calls to the Bot API as plain parameters and answers, without python-telegram-bot's objects.

`Bot.send_message` builds its parameters through four layers and parses the answer into a `Message` that nobody
reads; of an answer the sender needs a number and the poll loop the raw updates. See `bench/replies.py`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from yarl import URL

from handlers.request import AiohttpRequest

# A gateway or a captive portal answered in Telegram's place; its own code (403, say) would mean something else.
NO_TELEGRAM = 502


@dataclass(frozen=True, slots=True)
class Answer:
    """What the Bot API said: a result, or a code with a description for developers.

    `retry_after` is seconds (0: none asked for). The description may quote the message's text: never log it.
    """

    ok: bool
    code: int
    result: Any = None
    description: str = ""
    retry_after: float = 0.0
    migrated_to: int | None = None


class BotApi:
    """Calls methods by name. `base_url` ends in the bot's token, e.g. `telegram.Bot.base_url`."""

    def __init__(self, request: AiohttpRequest, base_url: str) -> None:
        self._request = request
        self._base_url = base_url
        self._urls: dict[str, URL] = {}  # parsing an URL costs more than looking it up

    async def call(self, method: str, parameters: Mapping[str, Any], *, read_timeout: float | None = None) -> Answer:
        """Call one method and return its answer, also when that is a refusal.

        Raises `NotSent`, `TimedOut` or `NetworkError` when there is no answer at all.
        """
        url = self._urls.get(method)
        if url is None:
            url = self._urls[method] = URL(f"{self._base_url}/{method}")
        status, body = await self._request.post_json(url, parameters, read_timeout=read_timeout)
        return _answer(status, body)

    async def upload(
        self, method: str, parameters: Mapping[str, Any], name: str, content: bytes, filename: str = ""
    ) -> Answer:
        """Like `call`, with a file in the field `name`, called `filename`."""
        url = URL(f"{self._base_url}/{method}")
        status, body = await self._request.post_file(url, parameters, name, content, filename)
        return _answer(status, body)

    async def download(self, path: str, most_bytes: int) -> tuple[int, bytes | None]:
        """The HTTP status and the bytes of a file by the path that `getFile` named; no bytes when it is larger.

        Raises as `call`.
        """
        server, _, token = self._base_url.rpartition("/bot")
        return await self._request.get_bytes(URL(server) / "file" / f"bot{token}" / path, most_bytes)


def _answer(status: int, body: bytes) -> Answer:
    try:
        said = json.loads(body)
    except ValueError:
        said = None
    if not isinstance(said, dict) or not isinstance(said.get("ok"), bool) or 300 <= status < 400:
        return Answer(ok=False, code=NO_TELEGRAM)
    if said["ok"]:
        return Answer(ok=True, code=status, result=said.get("result"))
    parameters = said.get("parameters") or {}
    return Answer(
        ok=False,
        code=int(said.get("error_code", status)),
        description=str(said.get("description", "")),
        retry_after=float(parameters.get("retry_after", 0)),
        migrated_to=parameters.get("migrate_to_chat_id"),
    )
