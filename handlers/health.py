"""What the operator's probes ask: is it alive, is it ready, and the figures for Prometheus."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from handlers.metrics import Metrics
from models.session import Database

_log = logging.getLogger(__name__)
_PATIENCE = 2.0  # seconds that the database has to answer


class Health:
    """The endpoints `/healthz`, `/readyz` and `/metrics`."""

    def __init__(self, metrics: Metrics, why_not_ready: Callable[[], Awaitable[str]]) -> None:
        """`why_not_ready` gives a word for what is missing, or nothing."""
        self._metrics = metrics
        self._why_not_ready = why_not_ready

    async def alive(self, _request: Request) -> Response:
        """200 as long as the program's loop turns at all."""
        return PlainTextResponse("ok\n")

    async def ready(self, _request: Request) -> Response:
        """200 when updates can be taken, otherwise 503 with a word that says why."""
        why = await self._why_not_ready()
        return PlainTextResponse(f"{why or 'ok'}\n", status_code=503 if why else 200)

    async def metrics(self, _request: Request) -> Response:
        """The figures, in Prometheus' text format. They count and time; they name nobody and nothing."""
        return Response(await self._metrics.text(), media_type=CONTENT_TYPE_LATEST)


async def why_not_ready(database: Database) -> str:
    """Without its database the program can take nothing."""
    try:
        async with asyncio.timeout(_PATIENCE):
            return "" if await database.answers() else "database"
    except Exception as error:
        _log.warning("not_ready error=%s", type(error).__name__)
        return "database"
