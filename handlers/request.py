"""The bot's HTTP client: python-telegram-bot's request interface over one aiohttp session.

python-telegram-bot's own httpx client takes most of the time of a message and collapses with many connections
in flight (`bench/replies.py` measures both). Two things matter here besides speed. The bot's token is part of
every URL, so no URL may reach a log line or an exception. And a send that failed must say whether the request
had left, because Telegram has no idempotency key: only what was never sent may be repeated without a thought.
"""

import json
from collections.abc import Mapping
from typing import Any, overload

import aiohttp
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData
from yarl import URL

_NEVER_LEFT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,  # also the wait for a free connection
    aiohttp.ClientHttpProxyError,  # the proxy refused the tunnel
    aiohttp.InvalidURL,
)
_Body = bytes | aiohttp.FormData | None
_Headers = Mapping[str, str] | None
_JSON = {"Content-Type": "application/json"}

# An idle connection is given up before any server gives it up: a message that is sent into a connection which the
# server is just closing may have arrived or not, and nobody can say.
IDLE_SECONDS = 4.0


class NotSent(NetworkError):
    """The request never left this machine: there was no connection. It may be sent again without risk."""


class AiohttpRequest(BaseRequest):
    """Speaks HTTP to the Bot API. All time-outs are seconds; None means to wait for ever.

    Raises `NotSent` when no connection was had in time, `TimedOut` when the answer did not come in time, and
    `NetworkError` when the connection broke in between. None of them carries the URL, not even as its cause.
    """

    def __init__(
        self,
        *,
        connections: int = 64,
        read_timeout: float | None = 10.0,
        write_timeout: float | None = 10.0,
        media_write_timeout: float | None = 30.0,
        connect_timeout: float | None = 5.0,
        pool_timeout: float | None = 10.0,
        proxy: str | None = None,
    ) -> None:
        """`connections` bounds how many requests are under way at once; `proxy` is an http:// address."""
        self._connections = connections
        self._read = read_timeout
        self._write = write_timeout
        self._media_write = media_write_timeout
        self._connect = connect_timeout
        self._pool = pool_timeout
        self._proxy = proxy
        self._session: aiohttp.ClientSession | None = None
        self._usual = _client_timeout(read_timeout, write_timeout, connect_timeout, pool_timeout)

    @property
    def read_timeout(self) -> float | None:
        """Seconds to wait for an answer unless a call says otherwise."""
        return self._read

    async def initialize(self) -> None:
        """Open the session; a second call does nothing."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._connections, ttl_dns_cache=60, keepalive_timeout=IDLE_SECONDS
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": self.USER_AGENT},
            )

    async def shutdown(self) -> None:
        """Close the session and its connections; a second call does nothing."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def post_json(
        self, url: str | URL, parameters: Mapping[str, Any], *, read_timeout: float | None = None
    ) -> tuple[int, bytes]:
        """Post parameters as one JSON object and return the HTTP status and the body.

        The short way for the bot's own calls. `read_timeout` of None means the usual one.
        """
        limits = self._usual
        if read_timeout is not None:
            limits = _client_timeout(read_timeout, self._write, self._connect, self._pool)
        return await self._exchange("POST", url, _json_bytes(parameters), _JSON, limits)

    async def post_file(
        self, url: str | URL, parameters: Mapping[str, Any], name: str, content: bytes, filename: str = ""
    ) -> tuple[int, bytes]:
        """Like `post_json`, with a file in the field `name`, called `filename`."""
        form = aiohttp.FormData()
        for key, value in parameters.items():
            form.add_field(key, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        form.add_field(name, content, filename=filename or name, content_type="application/octet-stream")
        limits = _client_timeout(self._read, self._media_write, self._connect, self._pool)
        return await self._exchange("POST", url, form, None, limits)

    async def get_bytes(self, url: str | URL, most_bytes: int) -> tuple[int, bytes | None]:
        """The HTTP status and the body of what stands at `url`; no body when it has more than `most_bytes`."""
        limits = _client_timeout(self._media_write, self._write, self._connect, self._pool)
        return await self._exchange("GET", url, None, None, limits, most_bytes)

    async def do_request(  # noqa: PLR0917 (the base class's signature)
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = BaseRequest.DEFAULT_NONE,
        write_timeout: object = BaseRequest.DEFAULT_NONE,
        connect_timeout: object = BaseRequest.DEFAULT_NONE,
        pool_timeout: object = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """What `telegram.Bot` calls: JSON, or multipart when the data holds files."""
        usual_write = self._write
        body: bytes | aiohttp.FormData | None = None
        headers: Mapping[str, str] | None = None
        if request_data is not None and request_data.contains_files:
            body, usual_write = _form(request_data), self._media_write
        elif request_data is not None:
            body, headers = _json_bytes(request_data.parameters), _JSON
        limits = _client_timeout(
            _chosen(read_timeout, self._read),
            _chosen(write_timeout, usual_write),
            _chosen(connect_timeout, self._connect),
            _chosen(pool_timeout, self._pool),
        )
        return await self._exchange(method, url, body, headers, limits)

    @overload
    async def _exchange(
        self, method: str, url: str | URL, body: _Body, headers: _Headers, limits: aiohttp.ClientTimeout
    ) -> tuple[int, bytes]: ...
    @overload
    async def _exchange(
        self,
        method: str,
        url: str | URL,
        body: _Body,
        headers: _Headers,
        limits: aiohttp.ClientTimeout,
        most_bytes: int,
    ) -> tuple[int, bytes | None]: ...
    async def _exchange(  # noqa: PLR0917 - one place for all that goes out
        self,
        method: str,
        url: str | URL,
        body: _Body,
        headers: _Headers,
        limits: aiohttp.ClientTimeout,
        most_bytes: int | None = None,
    ) -> tuple[int, bytes | None]:
        if self._session is None:
            raise NotSent("the HTTP client is not initialized")
        error: TelegramError
        try:
            async with self._session.request(
                method,
                url,
                data=body,
                headers=headers,
                timeout=limits,
                proxy=self._proxy,
                allow_redirects=False,  # a redirect could carry the token elsewhere
            ) as response:
                if most_bytes is None:
                    return response.status, await response.read()
                return response.status, await _read_up_to(response, most_bytes)
        except _NEVER_LEFT as exc:
            error = NotSent(_nameless(exc))
        except TimeoutError as exc:
            error = TimedOut(_nameless(exc))
        except (aiohttp.ClientError, OSError) as exc:
            error = NetworkError(_nameless(exc))
        # Raised out here so that aiohttp's error, which may name the URL, is not attached as its context.
        raise error


async def _read_up_to(response: aiohttp.ClientResponse, most_bytes: int) -> bytes | None:
    """The body, piece by piece: whatever its header says, no more than `most_bytes` of it are held."""
    pieces, size = [], 0
    async for piece in response.content.iter_chunked(65536):
        size += len(piece)
        if size > most_bytes:
            return None
        pieces.append(piece)
    return b"".join(pieces)


def _nameless(exc: Exception) -> str:
    """What went wrong, without a URL: the error's class and the system's own word for it."""
    reason = getattr(exc, "strerror", None)
    name = f"aiohttp.{type(exc).__name__}"
    return f"{name}: {reason}" if isinstance(reason, str) and "/" not in reason else name


def _json_bytes(parameters: Mapping[str, Any]) -> bytes:
    # A name may hold half a surrogate pair (JSON can spell it); it must not make a message unsendable.
    return json.dumps(parameters, ensure_ascii=False).encode("utf-8", "replace")


def _form(request_data: RequestData) -> aiohttp.FormData:
    form = aiohttp.FormData()
    for name, value in request_data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, mime_type) in request_data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=mime_type)
    return form


def _chosen(given: object, usual: float | None) -> float | None:
    # python-telegram-bot marks "not said" by an object of its own, because None means to wait for ever.
    return given if given is None or isinstance(given, int | float) else usual


def _client_timeout(
    read: float | None, write: float | None, connect: float | None, pool: float | None
) -> aiohttp.ClientTimeout:
    """aiohttp's time-outs from Telegram's four; all seconds.

    `total` ends a peer that drips byte by byte. It is longer than `connect`, so whenever it strikes a
    connection had been made and the request counts as sent.
    """
    wait = None if connect is None or pool is None else connect + pool
    total = None if wait is None or read is None or write is None else wait + write + read
    return aiohttp.ClientTimeout(total=total, connect=wait, sock_connect=connect, sock_read=read)
