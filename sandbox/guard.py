"""Keeps web sites out: only pages of this very server and programs on this machine may speak to it."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.wire import answer

LOOPBACK = {"127.0.0.1", "localhost", "[::1]"}


class Guard:
    """Answers 403 to a request for a foreign host name or from a foreign web page.

    A foreign host name means DNS rebinding; a foreign Origin means that some web site's script is asking.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes friendly requests on."""
        if scope["type"] != "http":
            return
        if _friendly(scope):
            await self._app(scope, receive, send)
        else:
            await answer(send, 403, {"ok": False, "description": "Only this machine's own pages may ask."})


def _friendly(scope: Scope) -> bool:
    host = origin = b""
    cross_site = asks_for_page = False
    for name, value in scope["headers"]:
        if name == b"host":
            host = value
        elif name == b"origin":
            origin = value
        elif name == b"sec-fetch-site":
            cross_site = value == b"cross-site"
        elif name == b"sec-fetch-mode":
            asks_for_page = value == b"navigate"
    name, colon, port = host.decode("latin-1").rpartition(":")
    if not (colon and port.isdigit()):
        name = host.decode("latin-1")
    if name.lower() not in LOOPBACK or (origin and origin != b"http://" + host):
        return False
    return not cross_site or (asks_for_page and scope["path"] == "/")
