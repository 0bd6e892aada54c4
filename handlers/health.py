"""What the operator's probes ask: is it alive, is it ready, and the figures for Prometheus."""

from collections.abc import Awaitable, Callable

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from handlers.metrics import Metrics


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
