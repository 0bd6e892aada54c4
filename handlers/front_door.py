"""The program's HTTP face: the webhook, and the operator's probes."""

from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.routing import Route

from handlers.health import Health
from handlers.http_server import HttpServer, listening_socket
from handlers.webhook import PATH, Webhook


@dataclass(frozen=True, slots=True)
class Address:
    """Where the program listens; and, when updates are brought, the address that Telegram knows and its secret."""

    host: str
    port: int
    webhook_url: str = ""
    secret: str = ""


def front_door(health: Health, webhook: Webhook | None) -> Starlette:
    """The application; without a webhook (the program polls) it has the probes alone."""
    routes = [
        Route("/healthz", health.alive),
        Route("/readyz", health.ready),
        Route("/metrics", health.metrics),
    ]
    if webhook is not None:
        routes.append(Route(PATH, webhook.update, methods=["POST"]))
    return Starlette(routes=routes)


class FrontDoor:
    """The application on its socket."""

    def __init__(self, address: Address, health: Health, webhook: Webhook | None) -> None:
        """Takes the socket at once. Raises OSError when it cannot be had."""
        self._listener = listening_socket(address.host, address.port)
        self._server = HttpServer(front_door(health, webhook))

    async def run(self) -> None:
        """Serve until cancelled; what is under way then is finished first."""
        await self._server.serve_until_cancelled(self._listener)
