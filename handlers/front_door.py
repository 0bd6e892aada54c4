"""The program's HTTP face: the webhook, and the operator's probes."""

from starlette.applications import Starlette
from starlette.routing import Route

from handlers.health import Health
from handlers.webhook import PATH, Webhook


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
