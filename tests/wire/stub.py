"""A stand-in for the Bot API on a real socket: it records what arrives and answers as a test says."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

TOKEN = "4242:AAsecret-token"


@dataclass(frozen=True)
class Call:
    """One request as it arrived; `sent` holds the JSON object or the form's fields."""

    method: str
    sent: dict[str, Any]
    content_type: str


Reply = Callable[[Call], Awaitable[web.StreamResponse] | web.StreamResponse]


def ok(result: object) -> web.Response:
    """Telegram's answer when it did what was asked."""
    return web.json_response({"ok": True, "result": result})


def refused(code: int, description: str, **parameters: int) -> web.Response:
    """Telegram's answer when it did not."""
    body: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    if parameters:
        body["parameters"] = parameters
    return web.Response(status=code, text=json.dumps(body), content_type="application/json")


@dataclass
class Stub:
    """`reply` is asked for each request unless `script` still holds an answer."""

    base_url: str = ""
    calls: list[Call] = field(default_factory=list)
    script: list[Reply | web.Response] = field(default_factory=list)
    message_id: int = 100
    called: asyncio.Event = field(default_factory=asyncio.Event)

    def methods(self) -> list[str]:
        """The names of the methods called so far."""
        return [call.method for call in self.calls]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Record and answer one request."""
        call = Call(request.match_info["method"], await _fields(request), request.content_type)
        self.calls.append(call)
        self.called.set()
        if not self.script:
            self.message_id += 1
            return ok({"message_id": self.message_id, "date": 0, "chat": {"id": 1, "type": "private"}})
        reply = self.script.pop(0)
        if isinstance(reply, web.Response):
            return web.Response(status=reply.status, body=reply.body, headers=reply.headers)  # one serves once
        answer = reply(call)
        return answer if isinstance(answer, web.StreamResponse) else await answer


async def _fields(request: web.Request) -> dict[str, Any]:
    if request.content_type == "application/json":
        parsed: dict[str, Any] = await request.json()
        return parsed
    fields: dict[str, Any] = {}
    for name, value in (await request.post()).items():
        fields[name] = value.file.read() if isinstance(value, web.FileField) else value
    return fields


def cut(call: Call) -> Awaitable[web.StreamResponse]:
    """A reply that breaks the connection after the request has arrived."""
    raise ConnectionAbortedError


async def never(call: Call) -> web.StreamResponse:
    """A reply that does not come."""
    await asyncio.Event().wait()
    raise AssertionError


@asynccontextmanager
async def running() -> AsyncIterator[Stub]:
    """A stub that listens on a free port of 127.0.0.1."""
    stub = Stub()

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await stub.handle(request)
        except ConnectionAbortedError:
            assert request.transport is not None
            request.transport.close()
            return web.Response()

    app = web.Application()
    app.router.add_route("*", f"/bot{TOKEN}/{{method}}", handle)
    runner = web.AppRunner(app, shutdown_timeout=0, handler_cancellation=True, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    stub.base_url = f"http://127.0.0.1:{port}/bot{TOKEN}"
    try:
        yield stub
    finally:
        await runner.cleanup()
